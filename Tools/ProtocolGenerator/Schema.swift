/// The schema notation as it stands in `Protocol/`, parsed but not yet understood.

/// Versions from `low` to `high`, both included; empty when `low` is above `high`.
struct VersionRange: Equatable {
    var low: Int
    var high: Int

    static let none = VersionRange(low: 0, high: -1)
    static let all = VersionRange(low: 0, high: .max)

    var isEmpty: Bool { low > high }

    func contains(_ version: Int) -> Bool { version >= low && version <= high }

    func intersection(_ other: VersionRange) -> VersionRange {
        VersionRange(low: max(low, other.low), high: min(high, other.high))
    }

    func contains(_ other: VersionRange) -> Bool { other.isEmpty || (low <= other.low && high >= other.high) }

    /// The smallest range that holds both.
    func hull(_ other: VersionRange) -> VersionRange {
        if isEmpty { return other }
        if other.isEmpty { return self }
        return VersionRange(low: min(low, other.low), high: max(high, other.high))
    }
}

enum MessageKind: String {
    case request
    case response
    case header
    case metadata
    case coordinatorKey = "coordinator-key"
    case coordinatorValue = "coordinator-value"
    case data
}

indirect enum FieldType: Equatable {
    case bool, int8, int16, uint16, int32, uint32, int64, float64, string, bytes, records, uuid
    case array(FieldType)
    case structure(String)

    /// The struct that the field is, or is an array of.
    var structName: String? {
        switch self {
        case .structure(let name): name
        case .array(let element): element.structName
        default: nil
        }
    }
}

/// One field as written, with the fields of its struct when they follow it.
struct FieldSchema {
    var name: String
    var type: FieldType
    var versions: VersionRange
    var nullable = VersionRange.none
    var tagged = VersionRange.none
    var tag: Int?
    var ignorable = false
    var defaultText: String?
    /// `flexible=none`: this field keeps the long form in every version.
    var neverCompact = false
    var fields: [FieldSchema] = []
}

/// A `struct NAME` paragraph.
struct StructSchema {
    var name: String
    var versions: VersionRange
    var fields: [FieldSchema]
}

struct MessageSchema {
    var kind: MessageKind
    var name: String
    var key: Int?
    var versions = VersionRange.none
    var flexible = VersionRange.none
    var latestUnstable = false
    var fields: [FieldSchema] = []
    var structs: [StructSchema] = []
    /// The schema file's path below `Protocol/`.
    var source: String
}

/// What is wrong with an input file, and where.
struct GeneratorError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
