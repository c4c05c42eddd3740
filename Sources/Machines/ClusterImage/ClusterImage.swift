import Vocabulary

/// Everything the metadata log says, up to one offset. An immutable value once published: readers on any thread hold it
/// for as long as they like; a change makes the next image, sharing what did not change.
package struct ClusterImage: Sendable, Equatable {
    /// How far in the log the image reaches.
    package struct Provenance: Sendable, Hashable {
        /// The last offset that is contained; -1 for the empty image.
        package var lastOffset: Offset
        package var epoch: LeaderEpoch
        /// The append time of the batch that holds `lastOffset`.
        package var timestamp: Timestamp

        package init(lastOffset: Offset, epoch: LeaderEpoch, timestamp: Timestamp) {
            self.lastOffset = lastOffset
            self.epoch = epoch
            self.timestamp = timestamp
        }
    }

    package internal(set) var provenance = Provenance(lastOffset: .none, epoch: .none, timestamp: .none)
    /// Finalized levels by name; a level of 0 is absence. `kraft.version` is not among them: the quorum knows it.
    package internal(set) var features: [String: Int16] = [:]
    package internal(set) var brokers: [BrokerID: BrokerRegistration] = [:]
    package internal(set) var controllers: [BrokerID: ControllerRegistration] = [:]
    package internal(set) var topics: [TopicID: TopicImage] = [:]
    package internal(set) var topicIDs: [String: TopicID] = [:]
    package internal(set) var configs: [ConfigResource: [String: String]] = [:]
    package internal(set) var quotas: [QuotaEntity: [String: Double]] = [:]
    /// Where the next block of producer ids begins.
    package internal(set) var nextProducerID: ProducerID = 0
    package internal(set) var accessControlEntries: [UUID128: AccessControlEntry] = [:]
    package internal(set) var scramCredentials: [ScramCredential.Key: ScramCredential] = [:]
    package internal(set) var delegationTokens: [String: DelegationToken] = [:]

    package init() {}

    package static let empty = ClusterImage()

    /// nil before the first `metadata.version` record.
    package var metadataVersion: MetadataVersion? {
        features[Feature.metadataVersion.rawValue].map { MetadataVersion(level: $0) }
    }

    package func level(of feature: Feature) -> Int16 { features[feature.rawValue] ?? 0 }

    package var isELREnabled: Bool { level(of: .eligibleLeaderReplicas) >= 1 }

    package func topic(named name: String) -> TopicImage? {
        guard let id = topicIDs[name] else { return nil }
        return topics[id]
    }

    package func partition(_ place: TopicPartition) -> PartitionState? {
        topic(named: place.topic)?.partition(place.partition)
    }

    package func partition(_ place: TopicIDPartition) -> PartitionState? {
        topics[place.topicID]?.partition(place.partition)
    }

    /// The dynamic settings of a resource; empty when there are none.
    package func config(_ resource: ConfigResource) -> [String: String] { configs[resource] ?? [:] }

    /// Brokers that may serve clients: registered and not fenced, by id.
    package var aliveBrokers: [BrokerRegistration] {
        brokers.values.filter { !$0.isFenced }.sorted { $0.id < $1.id }
    }

    package func isActive(_ broker: BrokerID) -> Bool { brokers[broker]?.isActive ?? false }
}
