import Vocabulary

/// What changed from one published image to the next.
package struct ClusterDelta: Sendable {
    /// The image before.
    package let previous: ClusterImage
    /// Topics that are new or have a changed or new partition, and are there afterwards.
    package internal(set) var changedTopics: Set<TopicID> = []
    /// Topics that were in `previous` and are gone.
    package internal(set) var deletedTopics: Set<TopicID> = []
    package internal(set) var changedConfigs: Set<ConfigResource> = []
    package internal(set) var changedBrokers: Set<BrokerID> = []
    package internal(set) var changedControllers: Set<BrokerID> = []
    package internal(set) var changedFeatures: Set<String> = []
    package internal(set) var changedQuotas: Set<QuotaEntity> = []
    package internal(set) var changedScram: Set<ScramCredential.Key> = []
    package internal(set) var changedTokens: Set<String> = []
    package internal(set) var haveAccessControlEntriesChanged = false
    package internal(set) var hasProducerIDChanged = false

    package init(from previous: ClusterImage) { self.previous = previous }

    package var isEmpty: Bool {
        changedTopics.isEmpty && deletedTopics.isEmpty && changedConfigs.isEmpty && changedBrokers.isEmpty
            && changedControllers.isEmpty && changedFeatures.isEmpty && changedQuotas.isEmpty && changedScram.isEmpty
            && changedTokens.isEmpty && !haveAccessControlEntriesChanged && !hasProducerIDChanged
    }

    /// Everything that differs between two images that no replay connects: after a snapshot was loaded.
    package static func between(_ previous: ClusterImage, _ image: ClusterImage) -> ClusterDelta {
        var delta = ClusterDelta(from: previous)
        delta.changedTopics = Set(image.topics.keys.filter { previous.topics[$0] != image.topics[$0] })
        delta.deletedTopics = Set(previous.topics.keys.filter { image.topics[$0] == nil })
        delta.changedConfigs = differing(previous.configs, image.configs)
        delta.changedBrokers = differing(previous.brokers, image.brokers)
        delta.changedControllers = differing(previous.controllers, image.controllers)
        delta.changedFeatures = differing(previous.features, image.features)
        delta.changedQuotas = differing(previous.quotas, image.quotas)
        delta.changedScram = differing(previous.scramCredentials, image.scramCredentials)
        delta.changedTokens = differing(previous.delegationTokens, image.delegationTokens)
        delta.haveAccessControlEntriesChanged = previous.accessControlEntries != image.accessControlEntries
        delta.hasProducerIDChanged = previous.nextProducerID != image.nextProducerID
        return delta
    }

    private static func differing<Key: Hashable, Value: Equatable>(
        _ left: [Key: Value], _ right: [Key: Value]
    ) -> Set<Key> {
        Set(left.keys.filter { left[$0] != right[$0] }).union(right.keys.filter { left[$0] == nil })
    }

    /// Adds what came after, when two changes are published as one.
    package mutating func absorb(_ later: ClusterDelta) {
        changedTopics.formUnion(later.changedTopics)
        changedTopics.subtract(later.deletedTopics)
        deletedTopics.formUnion(later.deletedTopics.filter { previous.topics[$0] != nil })
        changedConfigs.formUnion(later.changedConfigs)
        changedBrokers.formUnion(later.changedBrokers)
        changedControllers.formUnion(later.changedControllers)
        changedFeatures.formUnion(later.changedFeatures)
        changedQuotas.formUnion(later.changedQuotas)
        changedScram.formUnion(later.changedScram)
        changedTokens.formUnion(later.changedTokens)
        haveAccessControlEntriesChanged = haveAccessControlEntriesChanged || later.haveAccessControlEntriesChanged
        hasProducerIDChanged = hasProducerIDChanged || later.hasProducerIDChanged
    }
}

/// What a change means for the replicas of one broker.
package struct LocalChanges: Sendable {
    package struct Replica: Sendable {
        package let topic: String
        package let topicID: TopicID
        package let partition: PartitionIndex
        package let state: PartitionState
    }

    package struct Deletion: Sendable, Hashable {
        package let topic: String
        package let topicID: TopicID
        package let partition: PartitionIndex
        /// Whether the whole topic is gone, or only this replica was moved away.
        package let isTopicGone: Bool
    }

    /// Replicas that are no longer ours.
    package var deleted: [Deletion] = []
    /// Partitions that we lead and whose leader epoch grew: leadership begins anew.
    package var electedLeaders: [Replica] = []
    /// Partitions that we lead and that changed in any way, the elected ones included.
    package var leaders: [Replica] = []
    /// Partitions of ours that someone else leads, or nobody.
    package var followers: [Replica] = []

    /// Sorts what `delta` changed on the way to `image` by what `broker` has to do.
    package init(of broker: BrokerID, in delta: ClusterDelta, to image: ClusterImage) {
        for id in delta.deletedTopics.sorted() {
            guard let topic = delta.previous.topics[id] else { continue }
            for (index, state) in topic.partitions.enumerated() where state.replicas.contains(broker) {
                deleted.append(
                    Deletion(topic: topic.name, topicID: id, partition: Self.index(index), isTopicGone: true))
            }
        }
        for id in delta.changedTopics.sorted() {
            guard let topic = image.topics[id] else { continue }
            let before = delta.previous.topics[id]
            for (index, state) in topic.partitions.enumerated() {
                sort(topic, Self.index(index), state, before?.partition(Self.index(index)), broker)
            }
        }
    }

    private static func index(_ place: Int) -> PartitionIndex { PartitionIndex(Int32(truncatingIfNeeded: place)) }

    private mutating func sort(
        _ topic: TopicImage, _ index: PartitionIndex, _ state: PartitionState, _ before: PartitionState?,
        _ broker: BrokerID
    ) {
        guard state != before else { return }
        guard state.replicas.contains(broker) else {
            if before?.replicas.contains(broker) == true {
                deleted.append(Deletion(topic: topic.name, topicID: topic.id, partition: index, isTopicGone: false))
            }
            return
        }
        let replica = Replica(topic: topic.name, topicID: topic.id, partition: index, state: state)
        guard state.leader == broker else {
            followers.append(replica)
            return
        }
        if before.map({ state.leaderEpoch > $0.leaderEpoch || $0.leader != broker }) ?? true {
            electedLeaders.append(replica)
        }
        leaders.append(replica)
    }
}
