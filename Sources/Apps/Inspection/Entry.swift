import Bytes
import Vocabulary

/// A line of a dump: fields by name, shown as `name: value name: value` or as a JSON object.
struct Entry {
    enum Value {
        case number(Int64)
        case text(String)
        case flag(Bool)
    }

    let type: String
    private(set) var fields: [(name: String, value: Value)] = []

    init(_ type: String) { self.type = type }

    mutating func add(_ name: String, _ number: some FixedWidthInteger) {
        fields.append((name, .number(Int64(truncatingIfNeeded: number))))
    }
    mutating func add(_ name: String, _ number: some TypedNumber) { add(name, number.rawValue) }
    mutating func add(_ name: String, _ text: String) { fields.append((name, .text(text))) }
    mutating func add(_ name: String, _ flag: Bool) { fields.append((name, .flag(flag))) }

    var text: String {
        fields.map { name, value in
            switch value {
            case .number(let number): "\(name): \(number)"
            case .text(let text): "\(name): \(text)"
            case .flag(let flag): "\(name): \(flag)"
            }
        }.joined(separator: " ")
    }

    /// Writes the fields as members of an object that is open.
    func describe(to json: inout JSONWriter) {
        json.member("type", type)
        for (name, value) in fields {
            switch value {
            case .number(let number): json.member(name, number)
            case .text(let text): json.member(name, text)
            case .flag(let flag): json.member(name, flag)
            }
        }
    }

    var json: String { JSONWriter.text { json in json.object { describe(to: &$0) } } }
}
