/// Reads one `.schema` file: paragraphs of messages, each with its head, its fields by indentation, and named structs.
struct SchemaParser {
    private let source: String
    private var lines: [Line] = []
    private var next = 0

    private struct Line {
        let number: Int
        /// Levels of two spaces.
        let level: Int
        let words: [String]
    }

    init(_ text: String, source: String) {
        self.source = source
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ").map(String.init)
            if words.isEmpty { continue }
            lines.append(Line(number: index + 1, level: line.prefix { $0 == " " }.count / 2, words: words))
        }
    }

    mutating func messages() throws -> [MessageSchema] {
        var found: [MessageSchema] = []
        while next < lines.count { found.append(try message()) }
        return found
    }

    private func failure(_ line: Line, _ what: String) -> GeneratorError {
        GeneratorError("\(source):\(line.number): \(what): \(line.words.joined(separator: " "))")
    }

    private mutating func message() throws -> MessageSchema {
        let head = lines[next]
        next += 1
        guard head.level == 0, head.words.count >= 2, let kind = MessageKind(rawValue: head.words[0]) else {
            throw failure(head, "not the head of a message")
        }
        var made = MessageSchema(kind: kind, name: head.words[1], source: source)
        if head.words.count == 4, head.words[2] == "key" { made.key = Int(head.words[3]) }
        while next < lines.count, lines[next].level > 0 { try member(of: &made) }
        return made
    }

    private mutating func member(of message: inout MessageSchema) throws {
        let line = lines[next]
        guard line.level == 1 else { throw failure(line, "indented too deeply") }
        switch line.words[0] {
        case "versions":
            message.versions = try range(line, line.words[1])
            next += 1
        case "flexible":
            message.flexible = try range(line, line.words[1])
            next += 1
        case "listeners": next += 1  // apis.tsv says where an API is served
        case "latest-unstable":
            message.latestUnstable = true
            next += 1
        case "struct":
            next += 1
            message.structs.append(
                StructSchema(name: line.words[1], versions: try range(line, line.words[2]), fields: try fields(at: 2)))
        default: message.fields.append(try field())
        }
    }

    private mutating func fields(at level: Int) throws -> [FieldSchema] {
        var found: [FieldSchema] = []
        while next < lines.count, lines[next].level == level { found.append(try field()) }
        return found
    }

    private mutating func field() throws -> FieldSchema {
        let line = lines[next]
        next += 1
        guard line.words.count >= 3, line.words[0].hasSuffix(":") else { throw failure(line, "not a field") }
        var made = FieldSchema(
            name: String(line.words[0].dropLast()), type: type(line.words[1]), versions: try range(line, line.words[2]))
        for word in line.words.dropFirst(3) { try attribute(word, of: &made, line) }
        guard made.tagged.isEmpty == (made.tag == nil) else { throw failure(line, "tag and tagged belong together") }
        guard made.tag == nil || made.tagged.contains(made.versions) else { throw failure(line, "tagged in part") }
        made.fields = try fields(at: line.level + 1)
        return made
    }

    private func attribute(_ word: String, of field: inout FieldSchema, _ line: Line) throws {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count) {
        case ("default", 2): field.defaultText = parts[1]
        case ("nullable", 2): field.nullable = try range(line, parts[1])
        case ("tagged", 2): field.tagged = try range(line, parts[1])
        case ("tag", 2): field.tag = Int(parts[1])
        case ("ignorable", 1): field.ignorable = true
        case ("flexible", 2):
            guard parts[1] == "none" else { throw failure(line, "only flexible=none is known") }
            field.neverCompact = true
        case ("entity", 2), ("key", 1), ("bytes-view", 1): break  // meaning for readers, none for the bytes
        default: throw failure(line, "unknown attribute \(word)")
        }
    }

    private func range(_ line: Line, _ text: String) throws -> VersionRange {
        if text == "none" { return .none }
        if text.hasSuffix("+"), let low = Int(text.dropLast()) { return VersionRange(low: low, high: .max) }
        let ends = text.split(separator: "-").map { Int($0) }
        switch (ends.count, ends.first ?? nil, ends.last ?? nil) {
        case (1, let only?, _): return VersionRange(low: only, high: only)
        case (2, let low?, let high?): return VersionRange(low: low, high: high)
        default: throw failure(line, "not a range of versions: \(text)")
        }
    }

    private func type(_ text: String) -> FieldType {
        if text.hasPrefix("[]") { return .array(type(String(text.dropFirst(2)))) }
        switch text {
        case "bool": return .bool
        case "int8": return .int8
        case "int16": return .int16
        case "uint16": return .uint16
        case "int32": return .int32
        case "uint32": return .uint32
        case "int64": return .int64
        case "float64": return .float64
        case "string": return .string
        case "bytes": return .bytes
        case "records": return .records
        case "uuid": return .uuid
        default: return .structure(text)
        }
    }
}
