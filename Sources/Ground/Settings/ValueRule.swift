/// What a setting's value must satisfy beyond its type. Rules between settings are in `StartRules`.
package enum ValueRule: Sendable, Hashable {
    case any
    case range(Int64?, Int64?)
    case fraction(Double, Double)
    /// Exact case.
    case oneOf([String])
    case oneOfInAnyCase([String])
    /// -1, or a level of gzip.
    case gzipLevel
    case notEmpty
    case notNull
    /// A list: a repeated element is dropped, an empty element is an error.
    case distinct(of: [String] = [], mayBeEmpty: Bool = true, mayBeNull: Bool = false)
    /// A list of `ID@HOST:PORT`.
    case voters
    /// A list of `HOST:PORT`.
    case endpoints
    /// A list of `PARTITION:BROKER`, or `*`.
    case throttledReplicas
    /// One of these, or `by_duration:` with an ISO-8601 duration.
    case offsetReset([String])
    /// A list of `KEY=REGEX`.
    case clientMatch

    package static func atLeast(_ bound: Int64) -> ValueRule { .range(bound, nil) }
}

extension Setting {
    /// Reads and checks a value; nil is Kafka's null.
    @discardableResult
    package func read(_ text: String?) throws(SettingError) -> SettingValue? {
        guard let text else {
            if !rule.takesNull(defaultValue) {
                throw .invalid(name: name, value: nil, why: "Value must be non-null")
            }
            return nil
        }
        return try rule.check(SettingValue(text, type, of: name), name: name)
    }
}

extension ValueRule {
    func takesNull(_ defaultValue: DefaultValue) -> Bool {
        if case .distinct(_, _, let mayBeNull) = self { return mayBeNull }
        return defaultValue == .null
    }

    /// The value as it is taken: lists lose repeated elements.
    func check(_ value: SettingValue, name: String) throws(SettingError) -> SettingValue {
        switch (self, value) {
        case (.any, _), (.notNull, _): break
        case (.range(let low, let high), .number(let number)):
            try Self.check(name, value, number, low, high) { String($0) }
        case (.range(let low, let high), .double(let number)):
            try Self.check(name, value, number, low.map(Double.init), high.map(Double.init)) { String(Int64($0)) }
        case (.fraction(let low, let high), .double(let number)):
            try Self.check(name, value, number, low, high) { $0 == $0.rounded() ? String(Int64($0)) : javaText($0) }
        case (.gzipLevel, .number(let level)):
            if level != -1 && !(1...9).contains(level) {
                throw .invalid(name: name, value: value.text, why: "Value must be between 1 and 9 or equal to -1")
            }
        case (.notEmpty, .text(let text)):
            if text.isEmpty { throw .invalid(name: name, value: text, why: "String must be non-empty") }
        case (.oneOf(let choices), .text(let text)):
            if !choices.contains(text) { throw Self.notOne(of: choices, name, text) }
        case (.oneOfInAnyCase(let choices), .text(let text)):
            if !choices.contains(where: { $0.lowercased() == text.lowercased() }) {
                throw .invalid(
                    name: name, value: text,
                    why: "String must be one of (case insensitive): \(choices.joined(separator: ", "))")
            }
        case (.distinct(let choices, let mayBeEmpty, _), .list(let elements)):
            return try Self.distinct(elements, of: choices, mayBeEmpty: mayBeEmpty, name)
        case (.voters, .list(let elements)): for element in elements { _ = try QuorumVoter(element, of: name) }
        case (.endpoints, .list(let elements)): for element in elements { _ = try HostPort(element, of: name) }
        case (.throttledReplicas, .list(let elements)): try Self.throttled(elements, name)
        case (.offsetReset(let choices), .text(let text)):
            if !choices.contains(text) && !(text.hasPrefix("by_duration:") && isDuration(text.dropFirst(12))) {
                throw .invalid(
                    name: name, value: text,
                    why: "Invalid value `\(text)` for configuration \(name). The value must be either "
                        + choices.map { "'\($0)'" }.joined(separator: ", ")
                        + " or of the format 'by_duration:<PnDTnHnMn.nS.>'.")
            }
        case (.clientMatch, .list(let elements)): try Self.clientMatch(elements, name)
        default: preconditionFailure("the rule of \(name) does not fit its type")
        }
        return value
    }

    private static func check<Number: Comparable>(
        _ name: String, _ value: SettingValue, _ number: Number, _ low: Number?, _ high: Number?,
        _ show: (Number) -> String
    ) throws(SettingError) {
        if let low, number < low {
            throw .invalid(name: name, value: value.text, why: "Value must be at least \(show(low))")
        }
        if let high, number > high {
            throw .invalid(name: name, value: value.text, why: "Value must be no more than \(show(high))")
        }
    }

    private static func notOne(of choices: [String], _ name: String, _ text: String) -> SettingError {
        .invalid(name: name, value: text, why: "String must be one of: \(choices.joined(separator: ", "))")
    }

    private static func distinct(
        _ elements: [String], of choices: [String], mayBeEmpty: Bool, _ name: String
    ) throws(SettingError) -> SettingValue {
        if elements.isEmpty && !mayBeEmpty {
            let hint = choices.isEmpty ? "" : " Valid values include: [\(choices.joined(separator: ", "))]"
            throw .conflict("Configuration '\(name)' must not be empty." + hint)
        }
        var kept: [String] = []
        for element in elements {
            if element.isEmpty { throw .conflict("Configuration '\(name)' values must not be empty.") }
            if !choices.isEmpty && !choices.contains(element) { throw notOne(of: choices, name, element) }
            if !kept.contains(element) { kept.append(element) }
        }
        return .list(kept)
    }

    private static func throttled(_ elements: [String], _ name: String) throws(SettingError) {
        if elements == ["*"] { return }
        let areReplicas = elements.allSatisfy { element in
            let parts = element.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count == 2 && parts.allSatisfy { Int32($0).map { $0 >= 0 } ?? false }
        }
        if !areReplicas {
            throw .invalid(
                name: name, value: elements.joined(separator: ","),
                why: "\(name) must be the literal '*' or a list of replicas in the following format: "
                    + "[partitionId]:[brokerId],[partitionId]:[brokerId],...")
        }
    }

    private static func clientMatch(_ elements: [String], _ name: String) throws(SettingError) {
        let keys = [
            "client_id", "client_instance_id", "client_software_name", "client_software_version",
            "client_source_address", "client_source_port",
        ]
        for element in elements {
            let parts = element.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, keys.contains(String(parts[0]).trimmingSpace()) else {
                throw .invalid(name: name, value: element, why: "Illegal client matching pattern: \(element)")
            }
        }
    }
}

/// `P1DT2H3M4.5S` and its parts, in either case.
private func isDuration(_ text: Substring) -> Bool {
    var rest = text.uppercased()[...]
    if rest.hasPrefix("-") || rest.hasPrefix("+") { rest = rest.dropFirst() }
    guard rest.popFirst() == "P" else { return false }
    var (seen, inTime) = (0, false)
    var units: [Character] = ["D"]
    while let first = rest.first {
        if first == "T" {
            if inTime { return false }
            (inTime, units) = (true, ["H", "M", "S"])
            rest = rest.dropFirst()
            if rest.isEmpty { return false }
            continue
        }
        let digits = rest.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
        rest = rest.dropFirst(digits.count)
        guard !digits.isEmpty, let unit = rest.popFirst(), let place = units.firstIndex(of: unit),
            unit == "S" ? Double(digits) != nil : Int64(digits) != nil
        else { return false }
        units.removeFirst(place + 1)
        seen += 1
    }
    return seen > 0
}
