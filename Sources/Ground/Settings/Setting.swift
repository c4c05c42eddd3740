/// What is known about one of Kafka's settings, stated once. The lists are in `Declared/`; everything else (reading of
/// property files, typed access, DescribeConfigs, checks of AlterConfigs, the reference page) is derived from them.
package struct Setting: Sendable {
    package let name: String
    package let type: SettingType
    package let defaultValue: DefaultValue
    package let rule: ValueRule
    package let importance: Importance
    package let scope: SettingScope
    package let listenerPrefix: ListenerPrefix
    /// Read, but in no documentation and in no DescribeConfigs answer.
    package let isInternal: Bool
    package let isDeprecated: Bool
    package let effect: SettingEffect
    /// Where the value comes from when nobody set it: of a topic's or group's setting the broker's settings, the most
    /// specific first.
    package let inherits: [Inheritance]
    /// Of a group's setting: the broker's settings that bound it.
    package let lowerBound: String?
    package let upperBound: String?
    /// One or two sentences for DescribeConfigs and the reference page.
    package let documentation: String

    package init(
        _ name: String, _ type: SettingType, _ defaultValue: DefaultValue, _ importance: Importance,
        _ scope: SettingScope = .readOnly, rule: ValueRule = .any, listener: ListenerPrefix = .none,
        internal: Bool = false, deprecated: Bool = false, inherits: [Inheritance] = [], atLeast: String? = nil,
        atMost: String? = nil, effect: SettingEffect, _ documentation: String
    ) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.rule = rule
        self.importance = importance
        self.scope = scope
        self.listenerPrefix = listener
        self.isInternal = `internal`
        self.isDeprecated = deprecated
        self.inherits = inherits
        self.lowerBound = atLeast
        self.upperBound = atMost
        self.effect = effect
        self.documentation = documentation
    }

    /// Passwords are never shown.
    package var isSensitive: Bool { type == .password }
}

/// Kafka's types of settings; the raw value is the type code of DescribeConfigs.
package enum SettingType: Int8, Sendable, Hashable, CaseIterable {
    case boolean = 1
    case string = 2
    case int = 3
    case short = 4
    case long = 5
    case double = 6
    case list = 7
    /// The name of a Java class. Taken as text; nothing is loaded.
    case javaClass = 8
    case password = 9

    /// Kafka's name of the type, as its error messages have it.
    package var name: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .string: "STRING"
        case .int: "INT"
        case .short: "SHORT"
        case .long: "LONG"
        case .double: "DOUBLE"
        case .list: "LIST"
        case .javaClass: "CLASS"
        case .password: "PASSWORD"
        }
    }
}

package enum DefaultValue: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Must be given.
    case required
    /// Not set; what that means is said by the documentation.
    case null
    case text(String)

    package init(stringLiteral value: String) { self = .text(value) }

    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

package enum Importance: Sendable, Hashable { case high, medium, low }

/// Who may change a broker's setting while it runs.
package enum SettingScope: Sendable, Hashable {
    /// Nobody: read at start.
    case readOnly
    /// For a named broker only.
    case perBroker
    /// For a named broker, or as the cluster's default.
    case clusterWide
    /// As `clusterWide`, and not a property of the file at all.
    case dynamicOnly

    package var isDynamic: Bool { self != .readOnly }
}

/// Whether a setting can be given for one listener, as `listener.name.{listener}.{name}`, and be changed at run time that way.
package enum ListenerPrefix: Sendable, Hashable {
    case none
    case listener
    /// Also as `listener.name.{listener}.{mechanism}.{name}`.
    case listenerAndMechanism
}

/// What Apus does with a setting today.
package enum SettingEffect: Sendable, Hashable {
    case inForce
    /// Read, checked and shown, but nothing acts on it yet.
    case notYet
    /// Read and checked so that files can be shared with Apache Kafka; it configures what Apus does not have.
    case javaOnly
}

/// A setting's value in a broader place, and the factor from its unit to ours.
package struct Inheritance: Sendable, Hashable {
    package let name: String
    package let factor: Int64

    package init(_ name: String, times factor: Int64 = 1) {
        self.name = name
        self.factor = factor
    }
}
