/// A broker's settings as they were given: at start, and at run time by the metadata log. Typed values (`NodeSettings`,
/// `TopicSettings`) and DescribeConfigs answers are derived from it, and derived anew when a layer changes.
package struct BrokerLayers: Sendable, Hashable {
    /// From the file, the environment and `--override`; never changes while the node runs.
    package let fixed: [String: String]
    /// The cluster's default, of the resource BROKER with an empty name.
    package let dynamicDefault: [String: String]
    /// Of the resource BROKER with this broker's id.
    package let dynamicBroker: [String: String]
    /// What holds: the most specific layer that names a setting. A dynamic setting also covers the rest of its family, so
    /// that a dynamic log.retention.ms is not contradicted by log.retention.hours in the file.
    package let effective: [String: String]

    package init(
        fixed: [String: String], dynamicDefault: [String: String] = [:], dynamicBroker: [String: String] = [:]
    ) {
        // Either name of the node's id gives the other, and both are shown as given.
        var fixed = fixed
        if let id = fixed["node.id"] ?? fixed["broker.id"] {
            for name in ["node.id", "broker.id"] where fixed[name] == nil { fixed[name] = id }
        }
        self.fixed = fixed
        self.dynamicDefault = dynamicDefault
        self.dynamicBroker = dynamicBroker
        var values = fixed
        for layer in [dynamicDefault, dynamicBroker] {
            for (name, value) in layer {
                for synonym in SettingCatalog.synonyms(ofBroker: name) { values[synonym] = nil }
                values[name] = value
            }
        }
        effective = values
    }

    /// With other dynamic layers. Values that cannot be read (of another release, say) are left out and reported, since a
    /// broker must not fail over what the metadata log holds.
    package func replacing(
        dynamicDefault: [String: String], dynamicBroker: [String: String]
    ) -> (layers: BrokerLayers, problems: [SettingError]) {
        var problems: [SettingError] = []
        func readable(_ layer: [String: String]) -> [String: String] {
            layer.filter { name, value in
                guard let setting = SettingCatalog.broker.declaration(of: name) else {
                    return name.hasPrefix("listener.name.")
                }
                do throws(SettingError) {
                    try setting.read(value)
                    return true
                } catch {
                    problems.append(error)
                    return false
                }
            }
        }
        let layers = BrokerLayers(
            fixed: fixed, dynamicDefault: readable(dynamicDefault), dynamicBroker: readable(dynamicBroker))
        return (layers, problems)
    }

    /// The text that holds for a setting, its default included; nil for null.
    package func text(_ name: String) -> String? {
        effective[name] ?? SettingCatalog.broker[name]?.defaultValue.text
    }
}

/// Reads settings by name as the types that the node wants. A name that is not declared, or declared with another type, is
/// a mistake in our code and traps.
struct SettingReader {
    let catalog: SettingCatalog
    let text: (String) -> String?

    init(_ layers: BrokerLayers) {
        catalog = .broker
        text = layers.text
    }

    init(topic values: @escaping (String) -> String?) {
        catalog = .topic
        text = values
    }

    func value(_ name: String) throws(SettingError) -> SettingValue? {
        guard let setting = catalog.declaration(of: name) else { preconditionFailure("\(name) is not declared") }
        let given = text(name)
        if given == nil && setting.defaultValue == .required { throw .missing(name: name) }
        return try setting.read(given)
    }

    func long(orNil name: String) throws(SettingError) -> Int64? {
        switch try value(name) {
        case nil: nil
        case .number(let number): number
        default: preconditionFailure("\(name) is not a number")
        }
    }

    func long(_ name: String) throws(SettingError) -> Int64 {
        guard let number = try long(orNil: name) else { throw .missing(name: name) }
        return number
    }

    /// Int and short settings fit.
    func int(_ name: String) throws(SettingError) -> Int { Int(try long(name)) }

    func bool(_ name: String) throws(SettingError) -> Bool {
        guard case .boolean(let flag)? = try value(name) else { preconditionFailure("\(name) is not a boolean") }
        return flag
    }

    func double(_ name: String) throws(SettingError) -> Double {
        guard case .double(let number)? = try value(name) else { preconditionFailure("\(name) is not a double") }
        return number
    }

    func string(orNil name: String) throws(SettingError) -> String? {
        switch try value(name) {
        case nil: nil
        case .text(let text): text
        default: preconditionFailure("\(name) is not a string")
        }
    }

    func string(_ name: String) throws(SettingError) -> String { try string(orNil: name) ?? "" }

    func list(orNil name: String) throws(SettingError) -> [String]? {
        switch try value(name) {
        case nil: nil
        case .list(let elements): elements
        default: preconditionFailure("\(name) is not a list")
        }
    }

    func list(_ name: String) throws(SettingError) -> [String] { try list(orNil: name) ?? [] }
}
