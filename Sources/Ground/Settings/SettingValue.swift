/// A setting's value, read from its text by the rules of Kafka's types.
package enum SettingValue: Sendable, Hashable {
    case boolean(Bool)
    /// Int, short and long.
    case number(Int64)
    case double(Double)
    /// String, class and password.
    case text(String)
    case list([String])

    /// Reads `text`; space around it does not count.
    package init(_ text: String, _ type: SettingType, of name: String) throws(SettingError) {
        let trimmed = text.trimmingSpace()
        func number<Width: FixedWidthInteger>(_: Width.Type) throws(SettingError) -> SettingValue {
            guard let value = Width(trimmed) else {
                throw .invalid(name: name, value: text, why: "Not a number of type \(type.name)")
            }
            return .number(Int64(value))
        }
        switch type {
        case .boolean:
            switch trimmed.lowercased() {
            case "true": self = .boolean(true)
            case "false": self = .boolean(false)
            default: throw .invalid(name: name, value: text, why: "Expected value to be either true or false")
            }
        case .short: self = try number(Int16.self)
        case .int: self = try number(Int32.self)
        case .long: self = try number(Int64.self)
        case .double:
            guard let value = readJavaDouble(trimmed) else {
                throw .invalid(name: name, value: text, why: "Not a number of type DOUBLE")
            }
            self = .double(value)
        case .string, .javaClass, .password: self = .text(trimmed)
        case .list: self = .list(splitList(trimmed))
        }
    }

    /// As Kafka shows it: numbers without needless zeros, lists joined by commas alone.
    package var text: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): String(value)
        case .double(let value): javaText(value)
        case .text(let value): value
        case .list(let elements): elements.joined(separator: ",")
        }
    }
}

/// The elements of a comma-separated list; an empty text is an empty list, an empty element stays.
package func splitList(_ text: String) -> [String] {
    let trimmed = text.trimmingSpace()
    if trimmed.isEmpty { return [] }
    return trimmed.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmingSpace() }
}

extension String {
    /// Without the control characters and spaces (up to U+0020) at both ends, as Java's `trim`.
    package func trimmingSpace() -> String {
        let bytes = utf8
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else { return "" }
        return String(self[first...last])
    }
}

/// Reads a number as Java's `Double.parseDouble`: as Swift does, and with a type suffix.
private func readJavaDouble(_ text: String) -> Double? {
    var digits = text.utf8[...]
    if let last = digits.last, "fFdD".utf8.contains(last), digits.dropLast().last.map({ $0 < 0x3a }) == true {
        digits = digits.dropLast()
    }
    let plain = String(Substring(digits))
    switch plain {
    case "NaN", "+NaN", "-NaN": return .nan
    case "Infinity", "+Infinity": return .infinity
    case "-Infinity": return -.infinity
    default:
        // Swift also takes "inf" and "nan" in any case, which Java does not.
        guard let first = plain.utf8.first(where: { $0 != 0x2b && $0 != 0x2d }),
            first == 0x2e || (0x30...0x39).contains(first)
        else { return nil }
        return Double(plain)
    }
}

/// Writes a number as Java's `Double.toString`: plain from a thousandth up to ten million, else with an exponent `E`.
package func javaText(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    // Both languages give the shortest digits that read back as the same number; only their layout differs.
    let (digits, exponent) = shortestDigits(value.magnitude)
    let sign = value < 0 ? "-" : ""
    switch exponent {
    case -3..<0:
        return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    case 0..<7:
        let whole = digits.prefix(exponent + 1)
        let padding = String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        let rest = digits.dropFirst(exponent + 1)
        return sign + whole + padding + "." + (rest.isEmpty ? "0" : rest)
    default:
        let rest = digits.dropFirst()
        return sign + digits.prefix(1) + "." + (rest.isEmpty ? "0" : rest) + "E\(exponent)"
    }
}

/// The significant digits of a number above zero, and the power of ten of the first.
private func shortestDigits(_ value: Double) -> (String, Int) {
    let parts = value.description.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(mantissa[0])
    var digits = whole + (mantissa.count > 1 ? String(mantissa[1]) : "")
    exponent += whole.count - 1
    while digits.hasPrefix("0") && digits.count > 1 {
        digits.removeFirst()
        exponent -= 1
    }
    while digits.hasSuffix("0") && digits.count > 1 { digits.removeLast() }
    return (digits, exponent)
}
