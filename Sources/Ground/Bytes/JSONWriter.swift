/// Writes one JSON text, from the front to the end: it sets the commas and quotes, and whoever calls it opens and closes
/// objects and arrays in pairs.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Whether another key or value would follow one, in the object or array that is open.
    private var wantsComma = false

    package init() {}

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text of what `body` writes.
    package static func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return writer.text
    }

    package mutating func object(_ body: (inout JSONWriter) -> Void) { enclosed("{", "}", body) }
    package mutating func array(_ body: (inout JSONWriter) -> Void) { enclosed("[", "]", body) }

    private mutating func enclosed(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: open))
        wantsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        wantsComma = true
    }

    /// The name of the value that is written next.
    package mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        wantsComma = false
    }

    package mutating func member(_ name: String, _ value: some JSONValue) {
        key(name)
        value.write(to: &self)
    }

    package mutating func null() { raw("null") }

    package mutating func string(_ text: String) {
        separate()
        quote(text)
        wantsComma = true
    }

    /// A value that is JSON already.
    package mutating func raw(_ json: String) {
        separate()
        bytes += json.utf8
        wantsComma = true
    }

    private mutating func separate() {
        if wantsComma { bytes.append(UInt8(ascii: ",")) }
    }

    /// Only what JSON does not allow in a string is escaped.
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 10: bytes += "\\n".utf8
            case 13: bytes += "\\r".utf8
            case 9: bytes += "\\t".utf8
            case ..<32:
                bytes += (byte < 16 ? "\\u000" : "\\u00").utf8
                bytes += String(byte, radix: 16).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// What can stand in a JSON text.
package protocol JSONValue {
    func write(to json: inout JSONWriter)
}

extension JSONValue where Self: FixedWidthInteger {
    package func write(to json: inout JSONWriter) { json.raw(String(self)) }
}

extension Int8: JSONValue {}
extension Int16: JSONValue {}
extension Int32: JSONValue {}
extension Int64: JSONValue {}
extension Int: JSONValue {}
extension UInt16: JSONValue {}
extension UInt32: JSONValue {}

extension Bool: JSONValue {
    package func write(to json: inout JSONWriter) { json.raw(self ? "true" : "false") }
}

extension Double: JSONValue {
    /// What is no number to JSON becomes text, as Kafka's tools have it.
    package func write(to json: inout JSONWriter) {
        if isFinite { json.raw("\(self)") } else { json.string(isNaN ? "NaN" : self > 0 ? "Infinity" : "-Infinity") }
    }
}

extension String: JSONValue {
    package func write(to json: inout JSONWriter) { json.string(self) }
}

extension ByteSlice: JSONValue {
    /// Base64, as Kafka's tools have bytes.
    package func write(to json: inout JSONWriter) { json.string(base64) }
}

extension Optional: JSONValue where Wrapped: JSONValue {
    package func write(to json: inout JSONWriter) {
        if let self { self.write(to: &json) } else { json.null() }
    }
}

extension Array: JSONValue where Element: JSONValue {
    package func write(to json: inout JSONWriter) {
        json.array { json in for element in self { element.write(to: &json) } }
    }
}

extension ByteSlice {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The bytes in base64 (RFC 4648), padded.
    package var base64: String {
        withBytes { bytes in
            var text: [UInt8] = []
            text.reserveCapacity((bytes.count + 2) / 3 * 4)
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let left = min(3, bytes.count - start)
                var group = 0
                for place in 0..<3 { group = group << 8 | (place < left ? Int(bytes[start + place]) : 0) }
                for place in 0..<4 {
                    text.append(
                        place <= left ? Self.digits[group >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
                }
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
