/// Where a value shown by DescribeConfigs comes from; the raw value is the code on the wire.
package enum ConfigSource: Int8, Sendable, Hashable {
    case topic = 1
    case dynamicBroker = 2
    case dynamicDefaultBroker = 3
    case staticBroker = 4
    case defaultValue = 5
    case clientMetrics = 7
    case group = 8
}

/// One setting in a DescribeConfigs answer.
package struct DescribedSetting: Sendable, Hashable {
    package struct Synonym: Sendable, Hashable {
        package let name: String
        package let value: String?
        package let source: ConfigSource

        package init(name: String, value: String?, source: ConfigSource) {
            self.name = name
            self.value = value
            self.source = source
        }
    }

    package let name: String
    /// Nil if not set, and always if sensitive.
    package let value: String?
    package let isReadOnly: Bool
    package let source: ConfigSource
    package let isSensitive: Bool
    /// The most specific first.
    package let synonyms: [Synonym]
    /// Code of the type on the wire; 0 for a name that is not known.
    package let typeCode: Int8
    package let documentation: String?
}

extension BrokerLayers {
    /// A topic's settings, sorted by name. `names` nil or empty means all; names that are not known are left out in silence.
    package func describeTopic(overrides: [String: String], only names: [String]? = nil) -> [DescribedSetting] {
        let wanted = Self.filter(names)
        return SettingCatalog.topic.settings.filter { !$0.isInternal && wanted($0.name) }.map { setting in
            let inheritedText = inherited(byTopic: setting.name)?.text
            let value = Self.shown(overrides[setting.name] ?? inheritedText, setting)
            // Kafka looks from the first name of the family only: what stands in the file as log.retention.hours is in the
            // value, yet not among the synonyms.
            var synonyms = setting.inherits.first.map { synonymList(of: $0.name, isSensitive: false) } ?? []
            if overrides[setting.name] != nil {
                synonyms.insert(.init(name: setting.name, value: value, source: .topic), at: 0)
            }
            return Self.described(setting, value: value, isReadOnly: false, synonyms)
        }
    }

    /// A group's settings, sorted by name; those that it does not set are the broker's.
    package func describeGroup(overrides: [String: String], only names: [String]? = nil) -> [DescribedSetting] {
        let wanted = Self.filter(names)
        return SettingCatalog.group.settings.filter { !$0.isInternal && wanted($0.name) }.map { setting in
            let inherited = setting.inherits.first.flatMap { text($0.name) } ?? setting.defaultValue.text
            let value = Self.shown(overrides[setting.name] ?? inherited, setting)
            var synonyms =
                setting.inherits.first.map { synonymList(of: $0.name, isSensitive: false) }
                ?? setting.defaultValue.text.map { [.init(name: setting.name, value: $0, source: .defaultValue)] } ?? []
            if overrides[setting.name] != nil {
                synonyms.insert(.init(name: setting.name, value: value, source: .group), at: 0)
            }
            return Self.described(setting, value: value, isReadOnly: false, synonyms)
        }
    }

    /// The settings of a subscription to client metrics, sorted by name.
    package static func describeClientMetrics(
        overrides: [String: String], only names: [String]? = nil
    ) -> [DescribedSetting] {
        let wanted = filter(names)
        return SettingCatalog.clientMetrics.settings.filter { wanted($0.name) }.map { setting in
            let own = overrides[setting.name]
            let value = shown(own ?? setting.defaultValue.text, setting)
            let synonyms = own.map { _ in
                [DescribedSetting.Synonym(name: setting.name, value: value, source: .clientMetrics)]
            }
            return described(setting, value: value, isReadOnly: false, synonyms ?? [])
        }
    }

    /// This broker's settings, sorted by name: all declared ones, those that are dynamic only when set, and names in the
    /// file that nobody knows, whose values count as secret.
    package func describeBroker(only names: [String]? = nil) -> [DescribedSetting] {
        let wanted = Self.filter(names)
        let known = SettingCatalog.broker.settings.filter { setting in
            let isHidden =
                setting.isInternal || setting.name.hasPrefix("rlmm.config.") || setting.scope == .dynamicOnly
                || Self.readByAuthorizer.contains(setting.name)
            return wanted(setting.name) && (!isHidden || effective[setting.name] != nil)
        }
        let described = known.map { setting in
            Self.described(
                setting, value: Self.shown(text(setting.name), setting), isReadOnly: !setting.scope.isDynamic,
                synonymList(of: setting.name, isSensitive: setting.isSensitive))
        }
        let strangers = effective.keys.filter { SettingCatalog.broker[$0] == nil && wanted($0) }.map { name in
            let synonyms = synonymList(of: name, isSensitive: true)
            return DescribedSetting(
                name: name, value: nil, isReadOnly: true, source: synonyms.first?.source ?? .defaultValue,
                isSensitive: true, synonyms: synonyms, typeCode: 0, documentation: nil)
        }
        return (described + strangers).sorted { $0.name < $1.name }
    }

    /// The cluster's default settings (the resource BROKER with an empty name): only what is set.
    package func describeBrokerDefaults(only names: [String]? = nil) -> [DescribedSetting] {
        let wanted = Self.filter(names)
        return SettingCatalog.broker.settings.filter { dynamicDefault[$0.name] != nil && wanted($0.name) }.map {
            setting in
            Self.described(
                setting, value: Self.shown(dynamicDefault[setting.name], setting), isReadOnly: !setting.scope.isDynamic,
                synonymList(of: setting.name, isSensitive: setting.isSensitive)
                    .filter { $0.source == .dynamicDefaultBroker })
        }
    }

    /// Read by the standard authorizer and defined nowhere else.
    private static let readByAuthorizer: Set<String> = ["allow.everyone.if.no.acl.found", "super.users"]

    private static func filter(_ names: [String]?) -> (String) -> Bool {
        guard let names, !names.isEmpty else { return { _ in true } }
        let wanted = Set(names)
        return { wanted.contains($0) }
    }

    private static func shown(_ text: String?, _ setting: Setting) -> String? {
        guard let text, !setting.isSensitive else { return nil }
        return (try? setting.read(text))?.text ?? text
    }

    private static func described(
        _ setting: Setting, value: String?, isReadOnly: Bool, _ synonyms: [DescribedSetting.Synonym]
    ) -> DescribedSetting {
        DescribedSetting(
            name: setting.name, value: value, isReadOnly: isReadOnly, source: synonyms.first?.source ?? .defaultValue,
            isSensitive: setting.isSensitive, synonyms: synonyms, typeCode: setting.type.rawValue,
            documentation: setting.documentation.isEmpty ? nil : setting.documentation)
    }

    /// All places that give `name` or its family a value, layer by layer; what comes before the first mention of `name`
    /// itself is dropped, as Kafka does.
    private func synonymList(of name: String, isSensitive: Bool) -> [DescribedSetting.Synonym] {
        let family = SettingCatalog.synonyms(ofBroker: name)
        var found: [DescribedSetting.Synonym] = []
        for (layer, source) in [
            (dynamicBroker, ConfigSource.dynamicBroker), (dynamicDefault, .dynamicDefaultBroker),
            (fixed, .staticBroker),
        ] {
            for member in family {
                guard let value = layer[member] else { continue }
                found.append(.init(name: member, value: isSensitive ? nil : value, source: source))
            }
        }
        for member in family {
            guard let value = SettingCatalog.broker[member]?.defaultValue.text else { continue }
            found.append(.init(name: member, value: isSensitive ? nil : value, source: .defaultValue))
        }
        return Array(found.drop { $0.name != name })
    }
}
