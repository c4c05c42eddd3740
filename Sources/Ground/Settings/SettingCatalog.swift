import Vocabulary

/// All settings of one kind of resource, by name.
package struct SettingCatalog: Sendable {
    /// In alphabetical order, as DescribeConfigs and the reference page list them.
    package let settings: [Setting]
    private let places: [String: Int]

    private init(_ settings: [Setting]) {
        self.settings = settings.sorted { $0.name < $1.name }
        places = Dictionary(uniqueKeysWithValues: self.settings.enumerated().map { ($1.name, $0) })
    }

    package subscript(_ name: String) -> Setting? { places[name].map { settings[$0] } }

    /// The declaration, also of a name that is meant for one listener: `listener.name.NAME.SETTING`.
    func declaration(of name: String) -> Setting? {
        self[name] ?? Self.parts(ofListeners: name).flatMap { own($0.setting) }
    }

    private func own(_ name: String) -> Setting? { self[name].flatMap { $0.listenerPrefix == .none ? nil : $0 } }

    /// The listener, named as listeners are, and the setting of `listener.name.NAME.SETTING`.
    static func parts(ofListeners name: String) -> (listener: String, setting: String)? {
        guard name.hasPrefix("listener.name.") else { return nil }
        let parts = name.dropFirst("listener.name.".count).split(separator: ".", maxSplits: 1)
        return parts.count == 2 ? (parts[0].uppercased(), String(parts[1])) : nil
    }

    package func nearest(to name: String) -> String? {
        nearestName(to: name, in: settings.lazy.filter { !$0.isInternal }.map(\.name))
    }

    package static let topic = SettingCatalog(Setting.topic)
    package static let group = SettingCatalog(Setting.group)
    package static let clientMetrics = SettingCatalog(Setting.clientMetrics)
    package static let broker = SettingCatalog(
        [
            Setting.kraft, Setting.quorum, Setting.metadataLog, Setting.sockets, Setting.server, Setting.log,
            Setting.cleaner, Setting.replication, Setting.groups, Setting.transactions, Setting.shareGroups,
            Setting.shareCoordinator, Setting.quotas, Setting.metrics, Setting.security, Setting.sasl,
            Setting.delegationTokens, Setting.authorizer, Setting.tieredStorage,
        ].flatMap { $0 })

    /// The family of a broker's setting in order of precedence: the first that is set wins. A family of its own for most.
    package static func synonyms(ofBroker name: String) -> [String] {
        families.first { $0.contains(name) } ?? [name]
    }

    private static let families = [
        ["log.roll.ms", "log.roll.hours"],
        ["log.roll.jitter.ms", "log.roll.jitter.hours"],
        ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    ]
}
