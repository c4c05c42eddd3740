import Vocabulary

/// Where a node listens, by the listener's name, as clients and other nodes are told.
package struct Endpoint: Sendable, Hashable {
    package let name: String
    package let host: String
    package let port: UInt16
    package let protocolID: SecurityProtocol

    package init(name: String, host: String, port: UInt16, protocolID: SecurityProtocol) {
        self.name = name
        self.host = host
        self.port = port
        self.protocolID = protocolID
    }
}

/// How a listener is secured, by its number in requests and records.
package struct SecurityProtocol: RawRepresentable, Sendable, Hashable {
    package let rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let plaintext = SecurityProtocol(rawValue: 0)
    package static let ssl = SecurityProtocol(rawValue: 1)
    package static let saslPlaintext = SecurityProtocol(rawValue: 2)
    package static let saslSSL = SecurityProtocol(rawValue: 3)
}

/// The levels of a feature that a node can work with.
package struct FeatureRange: Sendable, Hashable {
    package let min: Int16
    package let max: Int16

    package init(min: Int16, max: Int16) {
        self.min = min
        self.max = max
    }

    package func contains(_ level: Int16) -> Bool { level >= min && level <= max }
}

/// A broker that has registered, fenced or not.
package struct BrokerRegistration: Sendable, Hashable {
    package var id: BrokerID
    /// The offset of the record that registered this incarnation; every change names it, so that an old one cannot speak.
    package var epoch: Int64
    package var incarnationID: UUID128
    package var endpoints: [Endpoint]
    package var features: [String: FeatureRange]
    package var rack: String?
    /// A fenced broker leads nothing, joins no in-sync set and is not shown to clients.
    package var isFenced: Bool
    package var isInControlledShutdown: Bool
    package var isMigratingZkBroker: Bool
    /// The ids of the log directories that are online, sorted. Empty before metadata.version 17.
    package var directories: [UUID128]
    /// Directories that take no new replicas; nil before metadata.version 30 and until the broker has said.
    package var cordonedDirectories: [UUID128]?

    package init(
        id: BrokerID, epoch: Int64, incarnationID: UUID128, endpoints: [Endpoint], features: [String: FeatureRange],
        rack: String? = nil, isFenced: Bool = true, isInControlledShutdown: Bool = false,
        isMigratingZkBroker: Bool = false, directories: [UUID128] = [], cordonedDirectories: [UUID128]? = nil
    ) {
        self.id = id
        self.epoch = epoch
        self.incarnationID = incarnationID
        self.endpoints = endpoints
        self.features = features
        self.rack = rack
        self.isFenced = isFenced
        self.isInControlledShutdown = isInControlledShutdown
        self.isMigratingZkBroker = isMigratingZkBroker
        self.directories = directories
        self.cordonedDirectories = cordonedDirectories
    }

    /// May lead and be in sync.
    package var isActive: Bool { !isFenced && !isInControlledShutdown }

    /// The address on the listener of that name, or nil.
    package func endpoint(on listener: String) -> Endpoint? { endpoints.first { $0.name == listener } }

    /// Whether replicas in the directory can be served: unassigned and migrating ones can, lost ones cannot, and a broker
    /// without registered directories has them all.
    package func isOnline(_ directory: UUID128) -> Bool {
        switch directory {
        case DirectoryID.unassigned, DirectoryID.migrating: true
        case DirectoryID.lost: false
        default: directories.isEmpty || directories.contains(directory)
        }
    }

    /// Whether new replicas may be placed here.
    package var hasUncordonedDirectory: Bool {
        guard let cordoned = cordonedDirectories, !cordoned.isEmpty else { return true }
        return directories.isEmpty || directories.contains { !cordoned.contains($0) }
    }
}

/// A controller that has registered: its endpoints and features gate upgrades.
package struct ControllerRegistration: Sendable, Hashable {
    package var id: BrokerID
    package var incarnationID: UUID128
    package var isZkMigrationReady: Bool
    package var endpoints: [Endpoint]
    package var features: [String: FeatureRange]

    package init(
        id: BrokerID, incarnationID: UUID128, isZkMigrationReady: Bool = false, endpoints: [Endpoint],
        features: [String: FeatureRange]
    ) {
        self.id = id
        self.incarnationID = incarnationID
        self.isZkMigrationReady = isZkMigrationReady
        self.endpoints = endpoints
        self.features = features
    }
}

/// Directory ids with a meaning of their own. All ids with a high half of 0 and a low half below 100 are reserved.
package enum DirectoryID {
    /// A replica from before directories had ids.
    package static let migrating = UUID128.zero
    /// The broker is to choose one and report it.
    package static let unassigned = UUID128(high: 0, low: 1)
    /// The broker found the replica in a directory that is offline.
    package static let lost = UUID128(high: 0, low: 2)

    package static func isReserved(_ id: UUID128) -> Bool { id.high == 0 && id.low < 100 }
}
