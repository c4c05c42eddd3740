import Vocabulary

/// A level of the `metadata.version` feature, and what it switches on: which versions of records may be written and which
/// features may be used. Levels follow Apache Kafka's releases.
package struct MetadataVersion: Sendable, Hashable, Comparable {
    package let level: Int16
    package init(level: Int16) { self.level = level }

    package static func < (left: MetadataVersion, right: MetadataVersion) -> Bool { left.level < right.level }

    /// 3.3-IV3, the oldest that nodes of release 4 accept.
    package static let minimum = MetadataVersion(level: 7)
    /// 4.3-IV0, the newest we know.
    package static let latest = MetadataVersion(level: 30)

    /// Names by level, from 7 on.
    private static let names = [
        "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1",
        "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0",
        "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
    ]

    /// `4.3-IV0` and the like; the bare number for a level unknown to us.
    package var name: String {
        let place = Int(level) - 7
        return Self.names.indices.contains(place) ? Self.names[place] : String(level)
    }

    /// Reads `4.3-IV0`, or `4.3` for the last level of that release.
    package init?(named name: String) {
        guard
            let place = Self.names.lastIndex(where: { $0 == name || $0.hasPrefix(name + "-") })
        else { return nil }
        self.init(level: Int16(place + 7))
    }

    /// Every level with its name, oldest first.
    package static var all: [MetadataVersion] { (7...30).map { MetadataVersion(level: $0) } }

    package var isScramSupported: Bool { level >= 11 }
    /// Before level 12 a shrinking in-sync set had to bump the leader epoch.
    package var bumpsLeaderEpochOnShrink: Bool { level < 12 }
    package var hasMetadataTransactions: Bool { level >= 13 }
    package var hasDelegationTokens: Bool { level >= 14 }
    package var hasControllerRegistration: Bool { level >= 15 }
    package var hasDirectoryAssignment: Bool { level >= 17 }
    package var hasELR: Bool { level >= 23 }
    package var hasCordonedDirectories: Bool { level >= 30 }

    package var registerBrokerRecordVersion: Int16 { level >= 30 ? 4 : level >= 17 ? 3 : level >= 8 ? 2 : 1 }
    package var partitionRecordVersion: Int16 { level >= 23 ? 2 : level >= 17 ? 1 : 0 }
    package var partitionChangeRecordVersion: Int16 { partitionRecordVersion }
    /// The exact version in which followers fetch.
    package var fetchRequestVersion: Int16 {
        level >= 27 ? 18 : level >= 21 ? 17 : level >= 19 ? 16 : level >= 10 ? 15 : level >= 9 ? 14 : 13
    }
    package var listOffsetsRequestVersion: Int16 {
        level >= 29 ? 11 : level >= 25 ? 10 : level >= 21 ? 9 : level >= 9 ? 8 : 7
    }

    /// Whether the metadata itself changed its shape with this level, so that going below it is refused.
    package var changesMetadata: Bool { [7, 8, 11, 13, 14, 15, 17, 23, 30].contains(level) }
}

/// The features of Kafka 4.3 and what we can do with each.
package enum Feature: String, Sendable, CaseIterable {
    case metadataVersion = "metadata.version"
    case kraftVersion = "kraft.version"
    case transactionVersion = "transaction.version"
    case groupVersion = "group.version"
    case eligibleLeaderReplicas = "eligible.leader.replicas.version"
    case shareVersion = "share.version"
    case streamsVersion = "streams.version"

    package var supported: FeatureRange {
        switch self {
        case .metadataVersion: FeatureRange(min: 7, max: 30)
        case .transactionVersion: FeatureRange(min: 0, max: 2)
        default: FeatureRange(min: 0, max: 1)
        }
    }

    /// The level of a new cluster. `kraft.version` is chosen by how the quorum is made instead.
    package func defaultLevel(at version: MetadataVersion) -> Int16 {
        switch self {
        case .metadataVersion: version.level
        case .kraftVersion: 0
        case .groupVersion: version.level >= 22 ? 1 : 0
        case .transactionVersion: version.level >= 24 ? 2 : 0
        case .eligibleLeaderReplicas: version.level >= 26 ? 1 : 0
        case .shareVersion: version.level >= 28 ? 1 : 0
        case .streamsVersion: version.level >= 29 ? 1 : 0
        }
    }

    /// The level that goes with a release: the default, and of kraft.version the one that a dynamic quorum has.
    package func mappedLevel(at version: MetadataVersion) -> Int16 {
        self == .kraftVersion ? (version.level >= 21 ? 1 : 0) : defaultLevel(at: version)
    }

    /// What other features a level asks for, and at which level at least.
    package func dependencies(at level: Int16) -> [(feature: Feature, level: Int16)] {
        self == .eligibleLeaderReplicas && level >= 1 ? [(.metadataVersion, 23)] : []
    }

    /// What this build supports, by feature name: what registrations and ApiVersions answers list.
    package static let allSupported: [String: FeatureRange] =
        Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.supported) })
}
