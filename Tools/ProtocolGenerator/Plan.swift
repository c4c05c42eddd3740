/// A message understood: every struct with the versions in which it can occur, every field with its conditions resolved.
struct MessagePlan {
    var schema: MessageSchema
    /// The message itself first, then its structs in order of appearance.
    var structs: [StructPlan]

    var versions: VersionRange { schema.versions }
    var flexible: VersionRange { schema.flexible.intersection(schema.versions) }
    /// The newest version that may be used without asking for unstable ones.
    var latestStable: Int { schema.latestUnstable ? schema.versions.high - 1 : schema.versions.high }
}

struct StructPlan {
    var name: String
    /// The versions of the message in which the struct occurs.
    var context: VersionRange
    var fields: [FieldPlan]
    /// Whether some other field's default is a struct of this type, so that it is asked whether it is at its defaults.
    var comparesWithDefaults = false
    /// The fewest bytes that one takes in any version.
    var leastSize = 1

    var untagged: [FieldPlan] { fields.filter { $0.tag == nil } }
    /// In rising order of tag.
    var tagged: [FieldPlan] { fields.filter { $0.tag != nil }.sorted { ($0.tag ?? 0) < ($1.tag ?? 0) } }
}

enum DefaultValue: Equatable {
    case null
    case zero
    /// A number or `true`, as Swift text.
    case literal(String)
}

struct FieldPlan {
    var schema: FieldSchema
    /// The versions of the context in which the field exists.
    var range: VersionRange
    /// The versions of the context in which it may be null.
    var nullable: VersionRange
    var defaultValue: DefaultValue

    var type: FieldType { schema.type }
    var tag: Int? { schema.tag }
    /// Whether the Swift type is optional: null in some version, even one that the message no longer has.
    var isOptional: Bool { !schema.nullable.isEmpty }
    var name: String { schema.name.prefix(1).lowercased() + schema.name.dropFirst() }
}

/// Turns a message's schema into its plan.
struct Planner {
    private let schema: MessageSchema
    private var order: [String] = []
    private var fieldsOf: [String: [FieldSchema]] = [:]
    private var contexts: [String: VersionRange] = [:]

    init(_ schema: MessageSchema) { self.schema = schema }

    mutating func plan() throws -> MessagePlan {
        try define(schema.name, schema.fields, in: schema.versions)
        for named in schema.structs {
            try define(named.name, named.fields, in: named.versions.intersection(schema.versions))
        }
        var structs = try order.map { name in
            let context = contexts[name] ?? .none
            return StructPlan(
                name: name, context: context, fields: try (fieldsOf[name] ?? []).map { try field($0, in: context) })
        }
        markCompared(&structs)
        for index in structs.indices { structs[index].leastSize = leastSize(of: structs[index], structs) }
        return MessagePlan(schema: schema, structs: structs)
    }

    private mutating func define(_ name: String, _ fields: [FieldSchema], in context: VersionRange) throws {
        guard fieldsOf[name] == nil else { throw GeneratorError("\(schema.source): struct \(name) is there twice") }
        order.append(name)
        fieldsOf[name] = fields
        contexts[name] = context.hull(contexts[name] ?? .none)
        for field in fields {
            guard let inner = field.type.structName else { continue }
            let range = field.versions.intersection(context)
            if field.fields.isEmpty {
                contexts[inner] = (contexts[inner] ?? .none).hull(range)
            } else {
                try define(inner, field.fields, in: range)
            }
        }
    }

    private func field(_ field: FieldSchema, in context: VersionRange) throws -> FieldPlan {
        if let inner = field.type.structName, fieldsOf[inner] == nil {
            throw GeneratorError("\(schema.source): no struct \(inner)")
        }
        let range = field.versions.intersection(context)
        return FieldPlan(
            schema: field, range: range, nullable: field.nullable.intersection(range),
            defaultValue: try defaultValue(field))
    }

    private func defaultValue(_ field: FieldSchema) throws -> DefaultValue {
        guard let text = field.defaultText else {
            return field.type == .records && !field.nullable.isEmpty ? .null : .zero
        }
        switch text {
        case "null":
            guard !field.nullable.isEmpty else { throw GeneratorError("\(schema.source): \(field.name) is never null") }
            return .null
        case "\"\"", "0", "false": return .zero
        default:
            guard case .bool = field.type else { break }
            return .literal(text)
        }
        let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
        guard let number = Int(digits, radix: text.hasPrefix("0x") ? 16 : 10) else {
            throw GeneratorError("\(schema.source): default \(text) of \(field.name) is not understood")
        }
        return .literal(String(number))
    }

    /// A struct is compared with its defaults when a tagged field holds one, or a field that a version may lack without
    /// being ignorable; then so are the structs within it.
    private func markCompared(_ structs: inout [StructPlan]) {
        func mark(_ name: String) {
            guard let index = structs.firstIndex(where: { $0.name == name }), !structs[index].comparesWithDefaults
            else { return }
            structs[index].comparesWithDefaults = true
            for field in structs[index].fields {
                if case .structure(let inner) = field.type { mark(inner) }
            }
        }
        for plan in structs {
            for field in plan.fields where field.tag != nil || (!field.schema.ignorable && field.range != plan.context)
            {
                if case .structure(let inner) = field.type { mark(inner) }
            }
        }
    }

    private func leastSize(of plan: StructPlan, _ structs: [StructPlan]) -> Int {
        guard !plan.context.isEmpty else { return 1 }
        let sizes = (plan.context.low...plan.context.high).map { size(of: plan, in: $0, structs) }
        return max(1, sizes.min() ?? 1)
    }

    private func size(of plan: StructPlan, in version: Int, _ structs: [StructPlan]) -> Int {
        let isFlexible = schema.flexible.contains(version)
        var sum = isFlexible ? 1 : 0
        for field in plan.untagged where field.range.contains(version) {
            let isCompact = isFlexible && !field.schema.neverCompact
            switch field.type {
            case .bool, .int8: sum += 1
            case .int16, .uint16: sum += 2
            case .int32, .uint32: sum += 4
            case .int64, .float64: sum += 8
            case .uuid: sum += 16
            case .string: sum += isCompact ? 1 : 2
            case .bytes, .records, .array: sum += isCompact ? 1 : 4
            case .structure(let name):
                if field.nullable.contains(version) {
                    sum += 1
                } else if let inner = structs.first(where: { $0.name == name }) {
                    sum += size(of: inner, in: version, structs)
                }
            }
        }
        return sum
    }
}
