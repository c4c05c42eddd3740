/// Reads the syntax of Java's property files, which `server.properties` is written in: `key=value`, `key: value` or
/// `key value`, comments after `#` or `!`, lines continued by a backslash at their end, escapes `\t \n \r \f \uXXXX` and
/// `\` before any other character for that character itself.
package struct Properties: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let key: String
        package let value: String
        /// The number of the (first) line, from 1.
        package let line: Int
    }

    /// In the order of the file; a key that comes twice is here twice.
    package let entries: [Entry]

    /// The last value of each key, as Java takes it.
    package var values: [String: String] {
        Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    package init(_ text: String) throws(SettingError) {
        var reader = PropertyReader(text: Array(text.unicodeScalars))
        var entries: [Entry] = []
        while let entry = try reader.next() { entries.append(entry) }
        self.entries = entries
    }
}

private struct PropertyReader {
    let text: [Unicode.Scalar]
    var place = 0
    var line = 1

    /// The next key and value; nil at the end.
    mutating func next() throws(SettingError) -> Properties.Entry? {
        while true {
            skipSpace()
            guard let first = peek else { return nil }
            if Self.endsLine(first) {
                advance()
            } else if first == "#" || first == "!" {
                while let scalar = peek, !Self.endsLine(scalar) { place += 1 }
            } else {
                let start = line
                let key = try word(isKey: true)
                skipSpaceAndContinuations()
                if peek == "=" || peek == ":" {
                    place += 1
                    skipSpaceAndContinuations()
                }
                return Properties.Entry(key: key, value: try word(isKey: false), line: start)
            }
        }
    }

    private var peek: Unicode.Scalar? { place < text.count ? text[place] : nil }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{c}"
    }
    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }

    private mutating func skipSpace() {
        while let scalar = peek, Self.isSpace(scalar) { place += 1 }
    }

    /// Steps over a line's end, of one character or of CR LF.
    private mutating func advance() {
        let wasReturn = text[place] == "\r"
        place += 1
        if wasReturn && peek == "\n" { place += 1 }
        line += 1
    }

    /// True, and gone over with the white space of the next line, if a continued line's end is here.
    private mutating func skipContinuation() -> Bool {
        guard peek == "\\", place + 1 < text.count, Self.endsLine(text[place + 1]) else { return false }
        place += 1
        advance()
        skipSpace()
        return true
    }

    private mutating func skipSpaceAndContinuations() {
        repeat { skipSpace() } while skipContinuation()
    }

    private mutating func word(isKey: Bool) throws(SettingError) -> String {
        var made = String.UnicodeScalarView()
        while let scalar = peek, !Self.endsLine(scalar) {
            if isKey && (scalar == "=" || scalar == ":" || Self.isSpace(scalar)) { break }
            if scalar != "\\" {
                made.append(scalar)
                place += 1
            } else if !skipContinuation() {
                place += 1
                // A backslash at the very end of the text is dropped.
                if peek != nil { made.append(try escape()) }
            }
        }
        return String(made)
    }

    private mutating func escape() throws(SettingError) -> Unicode.Scalar {
        let scalar = text[place]
        place += 1
        switch scalar {
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "f": return "\u{c}"
        case "u":
            let unit = try hexadecimal()
            if let whole = Unicode.Scalar(UInt32(unit)) { return whole }
            // Half of a surrogate pair: the other half must follow as an escape of its own.
            if unit < 0xdc00, peek == "\\", place + 1 < text.count, text[place + 1] == "u" {
                place += 2
                let low = try hexadecimal()
                if (0xdc00...0xdfff).contains(low) {
                    let value = 0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00)
                    if let whole = Unicode.Scalar(value) { return whole }
                }
            }
            throw .malformed(line: line, "the escape \\u\(String(unit, radix: 16)) is half a character")
        default: return scalar
        }
    }

    private mutating func hexadecimal() throws(SettingError) -> UInt16 {
        let digits = text[place..<min(place + 4, text.count)]
        var spelled = ""
        spelled.unicodeScalars.append(contentsOf: digits)
        guard digits.count == 4, !spelled.hasPrefix("+"), let value = UInt16(spelled, radix: 16) else {
            throw .malformed(line: line, "a \\u escape needs four hexadecimal digits")
        }
        place += 4
        return value
    }
}
