import Vocabulary

/// What dynamic settings can be attached to. A broker resource with an empty name is the default of all brokers.
package struct ConfigResource: Sendable, Hashable {
    package enum Kind: Int8, Sendable, Hashable {
        case unknown = 0
        case topic = 2
        case broker = 4
        case brokerLogger = 8
        case clientMetrics = 16
        case group = 32
    }

    package let kind: Kind
    package let name: String

    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    package static func topic(_ name: String) -> ConfigResource { ConfigResource(.topic, name) }
    package static func broker(_ id: BrokerID) -> ConfigResource { ConfigResource(.broker, id.description) }
    /// The default of all brokers.
    package static let brokers = ConfigResource(.broker, "")
}

extension ConfigResource: Comparable {
    package static func < (left: ConfigResource, right: ConfigResource) -> Bool {
        left.kind != right.kind ? left.kind.rawValue < right.kind.rawValue : left.name < right.name
    }
}

/// Whom a quota is for: one or two of user, client-id, ip. A nil name means the default of that kind.
package struct QuotaEntity: Sendable, Hashable, Comparable {
    package struct Part: Sendable, Hashable, Comparable {
        package let kind: String
        package let name: String?

        package init(kind: String, name: String?) {
            self.kind = kind
            self.name = name
        }

        package static func < (left: Part, right: Part) -> Bool {
            left.kind != right.kind ? left.kind < right.kind : (left.name ?? "") < (right.name ?? "")
        }
    }

    /// Sorted by kind, so that the same entity named in another order is equal.
    package let parts: [Part]

    package init(_ parts: [Part]) { self.parts = parts.sorted() }

    package static func < (left: QuotaEntity, right: QuotaEntity) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts)
    }
}
