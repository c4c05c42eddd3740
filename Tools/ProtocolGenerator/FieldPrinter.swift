/// The Swift of one field: its type, its default, and the expressions that read, write and compare it.
struct FieldPrinter {
    let field: FieldPlan
    /// The struct's versions, against which conditions are simplified.
    let context: VersionRange
    /// Swift text that is true in flexible versions of the context.
    let flexible: String

    /// Names that mean something else where fields are read and written.
    private static let taken: Set<String> = [
        "reader", "writer", "json", "version", "flexible", "next", "left", "tag", "size",
    ]
    private static let keywords: Set<String> = ["protocol", "internal", "operator", "default", "extension", "in", "is"]

    static func declared(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

    /// The property as it is named in the bodies of `init` and `write`.
    var access: String {
        Self.taken.contains(field.name) || Self.keywords.contains(field.name) ? "self.\(field.name)" : field.name
    }

    private var isCompact: String { field.schema.neverCompact ? "false" : flexible }

    /// `version >= low && version <= high`, as far as the context leaves it open; nil when it is always true.
    static func condition(_ range: VersionRange, in context: VersionRange) -> String? {
        if range.isEmpty { return "false" }
        var parts: [String] = []
        if range.low > context.low { parts.append("version >= \(range.low)") }
        if range.high < context.high { parts.append("version <= \(range.high)") }
        return parts.isEmpty ? nil : parts.joined(separator: " && ")
    }

    var condition: String? { Self.condition(field.range, in: context) }

    // MARK: Type and default

    private func swiftType(_ type: FieldType) -> String {
        switch type {
        case .bool: "Bool"
        case .int8: "Int8"
        case .int16: "Int16"
        case .uint16: "UInt16"
        case .int32: "Int32"
        case .uint32: "UInt32"
        case .int64: "Int64"
        case .float64: "Double"
        case .string: "String"
        case .bytes, .records: "ByteSlice"
        case .uuid: "UUID128"
        case .array(let element): "[\(swiftType(element))]"
        case .structure(let name): name
        }
    }

    private var defaultText: String {
        switch (field.defaultValue, field.type) {
        case (.null, _): "nil"
        case (.literal(let text), _): text
        case (.zero, .bool): "false"
        case (.zero, .string): "\"\""
        case (.zero, .bytes), (.zero, .records): "ByteSlice()"
        case (.zero, .uuid): "UUID128.zero"
        case (.zero, .array): "[]"
        case (.zero, .structure(let name)): "\(name)()"
        case (.zero, _): "0"
        }
    }

    var declaration: String {
        let optional = field.isOptional ? "?" : ""
        return "package var \(Self.declared(field.name)): \(swiftType(field.type))\(optional) = \(defaultText)"
    }

    /// An expression that is true when the field is not at its default.
    var differsFromDefault: String {
        switch (field.defaultValue, field.type) {
        case (.null, _): "\(access) != nil"
        case (.literal("true"), .bool): "!\(access)"
        case (.literal(let text), _): "\(access) != \(text)"
        case (.zero, .bool): access
        case (.zero, .string), (.zero, .bytes), (.zero, .records), (.zero, .array):
            field.isOptional ? "\(access)?.isEmpty != true" : "!\(access).isEmpty"
        case (.zero, .uuid): "\(access) != .zero"
        case (.zero, .structure): field.isOptional ? "\(access)?.isDefault != true" : "!\(access).isDefault"
        case (.zero, _): "\(access) != 0"
        }
    }

    // MARK: Reading and writing

    /// The stem of the reader's and writer's methods for a scalar or an array of scalars.
    private func method(_ type: FieldType) -> String {
        switch type {
        case .bool: "bool"
        case .int8: "int8"
        case .int16: "int16"
        case .uint16: "uint16"
        case .int32: "int32"
        case .uint32: "uint32"
        case .int64: "int64"
        case .float64: "float64"
        case .string: "string"
        case .bytes, .records: "bytes"
        case .uuid: "uuid"
        case .array(let element): element.structName == nil ? method(element) + "Array" : "array"
        case .structure: "structure"
        }
    }

    private var optionalMethod: String {
        let stem = method(field.type)
        return "optional" + stem.prefix(1).uppercased() + stem.dropFirst()
    }

    /// `, nullable: …` where null is not allowed in every version that has the field.
    private var nullableArgument: String {
        guard let condition = Self.condition(field.nullable, in: field.range) else { return "" }
        return ", nullable: \(condition)"
    }

    /// The expression that reads the field; `leastSize` is that of an array's struct.
    func read(leastSize: Int) -> String {
        switch field.type {
        case .structure(let name):
            guard field.isOptional else { return "try \(name)(from: &reader, version: version)" }
            let tagged = field.tag == nil ? "" : ", tagged: true"
            return "try reader.optionalStructure(version\(nullableArgument)\(tagged))"
        case .array(let element) where element.structName != nil:
            let arguments = "\(isCompact), version, leastSize: \(leastSize)"
            return field.isOptional
                ? "try reader.optionalArray(\(arguments)\(nullableArgument))" : "try reader.array(\(arguments))"
        case .array, .string, .bytes, .records:
            return field.isOptional
                ? "try reader.\(optionalMethod)(\(isCompact)\(nullableArgument))"
                : "try reader.\(method(field.type))(\(isCompact))"
        default: return "try reader.\(method(field.type))()"
        }
    }

    /// The statement that writes the field.
    var write: String {
        switch field.type {
        case .structure:
            guard field.isOptional else { return "try \(access).write(to: &writer, version: version)" }
            let tagged = field.tag == nil ? "" : ", tagged: true"
            return "try writer.optionalStructure(\(access), version\(nullableArgument)\(tagged))"
        case .array(let element) where element.structName != nil:
            return field.isOptional
                ? "try writer.optionalArray(\(access), \(isCompact), version\(nullableArgument))"
                : "try writer.array(\(access), \(isCompact), version)"
        case .array, .string, .bytes, .records:
            return field.isOptional
                ? "try writer.\(optionalMethod)(\(access), \(isCompact)\(nullableArgument))"
                : "\(writeThrows ? "try " : "")writer.\(method(field.type))(\(access), \(isCompact))"
        default: return "writer.\(method(field.type))(\(access))"
        }
    }

    /// The statement that writes the field as JSON.
    var describe: String {
        let version = field.type.structName == nil ? "" : ", version"
        return "json.member(\"\(field.name)\", \(access)\(version))"
    }

    /// Only text can be too long when it is not null.
    private var writeThrows: Bool { field.type == .string || field.type == .array(.string) }
}
