import Bytes
import Foundation
import Vocabulary
import WireProtocol

/// Compares a message with the goldens' JSON by looking into it; gives the path of the first difference, nil if there is none.
func difference(_ value: Any, _ json: Any?, _ path: String = "") -> String? {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
        guard let inner = mirror.children.first?.value else { return json is NSNull ? nil : "\(path) is null" }
        return difference(inner, json, path)
    }
    switch value {
    case let value as Bool: return (json as? NSNumber)?.boolValue == value ? nil : path
    case let value as Double: return same(value, json) ? nil : path
    case let value as any BinaryInteger: return (json as? NSNumber)?.int64Value == Int64(value) ? nil : path
    case let value as String: return json as? String == value ? nil : path
    case let value as UUID128: return json as? String == value.description ? nil : path
    case let value as ByteSlice: return base64(json) == value.array ? nil : path
    case let value as UnknownTaggedField:
        let json = json as? [String: Any] ?? [:]
        return (json["tag"] as? NSNumber)?.intValue == value.tag && base64(json["data"]) == value.data.array
            ? nil : path
    default: break
    }
    if mirror.displayStyle == .collection {
        guard let elements = json as? [Any], elements.count == mirror.children.count else { return "\(path) count" }
        for (index, (child, element)) in zip(mirror.children, elements).enumerated() {
            if let found = difference(child.value, element, "\(path)[\(index)]") { return found }
        }
        return nil
    }
    guard let value = value as? any WireStruct, let json = json as? [String: Any] else { return "\(path) kind" }
    return difference(of: value, mirror, json, path)
}

private func difference(of value: any WireStruct, _ mirror: Mirror, _ json: [String: Any], _ path: String) -> String? {
    var seen = 0
    let untouched = Mirror(reflecting: type(of: value).init()).children
    for (child, original) in zip(mirror.children, untouched) {
        guard let name = child.label else { continue }
        if let expected = json[name] {
            seen += 1
            if let found = difference(child.value, expected, "\(path).\(name)") { return found }
        } else if String(describing: child.value) != String(describing: original.value) {
            return "\(path).\(name) is not at its default"
        }
    }
    return seen == json.count ? nil : "\(path) lacks one of \(json.keys.sorted())"
}

private func same(_ value: Double, _ json: Any?) -> Bool {
    switch json as? String {
    case "NaN": return value.isNaN
    case "Infinity": return value == .infinity
    case "-Infinity": return value == -.infinity
    default:
        // The JSON reader may be off by the last bits; that the bits are right is held by the bytes written.
        let number = json as? NSNumber
        return number.map { abs($0.doubleValue - value) <= 8 * value.ulp && $0.doubleValue.sign == value.sign }
            ?? false
    }
}

private func base64(_ json: Any?) -> [UInt8]? {
    (json as? String).flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
}
