import Bytes
import Foundation
@_spi(Reflection) import Swift
import Vocabulary
import WireProtocol

/// Builds fields of the generated types from the goldens' JSON, by looking into the types.
enum JSONValues {
    struct NotUnderstood: Error { let what: String }

    /// Sets a field by its path, such as `topics[].name`: in the first element of each array on the way.
    static func set<Root: WireStruct>(_ path: ArraySlice<String>, of root: inout Root, to json: Any) throws {
        guard let step = path.first else { throw NotUnderstood(what: "an empty path") }
        let isArray = step.hasSuffix("[]")
        let field = try field(isArray ? String(step.dropLast(2)) : step, of: Root.self)
        try change(field, of: &root) { value, type in
            guard isArray || path.count > 1 else { return try made(type, of: json) }
            if isArray, var elements = value as? any Elements {
                try elements.changeFirst { try set(path.dropFirst(), in: $0, to: json) }
                return elements
            }
            return try set(path.dropFirst(), in: value, to: json)
        }
    }

    private static func set(_ path: ArraySlice<String>, in value: Any, to json: Any) throws -> Any {
        guard let inner = unwrapped(value) as? any WireStruct else { throw NotUnderstood(what: "\(path)") }
        return try set(path, within: inner, to: json)
    }

    private static func set<Inner: WireStruct>(
        _ path: ArraySlice<String>, within value: Inner, to json: Any
    ) throws -> Any {
        var changed = value
        try set(path, of: &changed, to: json)
        return changed
    }

    // MARK: Values

    /// A value of `type` as the JSON says.
    private static func made(_ type: Any.Type, of json: Any) throws -> Any {
        switch type {
        case let type as any Wrapping.Type:
            return json is NSNull ? type.absent : type.present(try made(type.wrapped, of: json))
        case let type as any Elements.Type:
            guard let elements = json as? [Any] else { break }
            return type.make(try elements.map { try made(type.element, of: $0) })
        case let type as any WireStruct.Type:
            guard let fields = json as? [String: Any] else { break }
            return try made(of: type, fields)
        case let type as any FixedWidthInteger.Type:
            guard let number = json as? NSNumber else { break }
            return type.init(truncatingIfNeeded: number.int64Value)
        case is Bool.Type: if let bool = json as? Bool { return bool }
        case is Double.Type: if let number = json as? NSNumber { return number.doubleValue }
        case is String.Type: if let text = json as? String { return text }
        case is UUID128.Type: if let id = (json as? String).flatMap({ UUID128($0) }) { return id }
        case is ByteSlice.Type:
            if let data = (json as? String).flatMap({ Data(base64Encoded: $0) }) { return ByteSlice(data) }
        default: break
        }
        throw NotUnderstood(what: "\(type) of \(json)")
    }

    private static func made<Struct: WireStruct>(of type: Struct.Type, _ fields: [String: Any]) throws -> Any {
        var made = Struct()
        for (name, json) in fields { try set([name], of: &made, to: json) }
        return made
    }

    // MARK: Fields

    private static func field<Root>(_ name: String, of: Root.Type) throws -> PartialKeyPath<Root> {
        var found: PartialKeyPath<Root>?
        _forEachFieldWithKeyPath(of: Root.self) { candidate, path in
            if String(cString: candidate) == name { found = path }
            return found == nil
        }
        guard let found else { throw NotUnderstood(what: "\(name) of \(Root.self)") }
        return found
    }

    private static func change<Root>(
        _ field: PartialKeyPath<Root>, of root: inout Root, _ change: (Any, Any.Type) throws -> Any
    ) throws {
        func assign<Value>(_: Value.Type) throws {
            guard let path = field as? WritableKeyPath<Root, Value>,
                let value = try change(root[keyPath: path], Value.self) as? Value
            else { throw NotUnderstood(what: "\(field)") }
            root[keyPath: path] = value
        }
        try _openExistential(type(of: field).valueType, do: assign)
    }

    private static func unwrapped(_ value: Any) -> Any {
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional ? mirror.children.first?.value ?? value : value
    }
}

private protocol Wrapping {
    static var wrapped: Any.Type { get }
    static var absent: Any { get }
    static func present(_ value: Any) -> Any
}

extension Optional: Wrapping {
    fileprivate static var wrapped: Any.Type { Wrapped.self }
    fileprivate static var absent: Any { Self.none as Any }
    fileprivate static func present(_ value: Any) -> Any { (value as? Wrapped) as Any }
}

private protocol Elements {
    static var element: Any.Type { get }
    static func make(_ elements: [Any]) -> Any
    mutating func changeFirst(_ change: (Any) throws -> Any) throws
}

extension Array: Elements {
    fileprivate static var element: Any.Type { Element.self }
    fileprivate static func make(_ elements: [Any]) -> Any { elements.compactMap { $0 as? Element } }
    fileprivate mutating func changeFirst(_ change: (Any) throws -> Any) throws {
        guard let first, let changed = try change(first) as? Element else {
            throw JSONValues.NotUnderstood(what: "the first of \(Self.self)")
        }
        self[0] = changed
    }
}
