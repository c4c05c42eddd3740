import InternalRecords
import Vocabulary

extension ClusterImage {
    mutating func apply(_ record: TopicRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        guard topicIDs[record.name] == nil, topics[record.topicId] == nil else {
            throw .duplicateTopic(name: record.name, id: record.topicId)
        }
        topics[record.topicId] = TopicImage(name: record.name, id: record.topicId)
        topicIDs[record.name] = record.topicId
        delta.changedTopics.insert(record.topicId)
    }

    mutating func apply(_ record: PartitionRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        let id = record.topicId
        guard let count = topics[id]?.partitions.count else { throw .unknownTopic(id) }
        let state = try PartitionState(record)
        // A whole state for a partition that is there replaces it.
        if record.partitionId >= 0, Int(record.partitionId) < count {
            topics[id]?.partitions[Int(record.partitionId)] = state
        } else if Int(record.partitionId) == count {
            topics[id]?.partitions.append(state)
        } else {
            throw .partitionOutOfOrder(id, record.partitionId, expected: count)
        }
        delta.changedTopics.insert(id)
    }

    mutating func apply(_ record: PartitionChangeRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        let id = record.topicId
        guard let topic = topics[id] else { throw .unknownTopic(id) }
        guard let state = topic.partition(PartitionIndex(record.partitionId)) else {
            throw .unknownPartition(id, record.partitionId)
        }
        topics[id]?.partitions[Int(record.partitionId)] = try state.merging(record)
        delta.changedTopics.insert(id)
    }

    mutating func removeTopic(_ id: TopicID, _ delta: inout ClusterDelta) throws(ReplayError) {
        guard let topic = topics[id] else { throw .unknownTopic(id) }
        topics[id] = nil
        topicIDs[topic.name] = nil
        // A topic's settings go with it.
        if configs.removeValue(forKey: .topic(topic.name)) != nil { delta.changedConfigs.insert(.topic(topic.name)) }
        delta.changedTopics.remove(id)
        if delta.previous.topics[id] != nil { delta.deletedTopics.insert(id) }
    }

    /// Empties the eligible and last known sets of one topic, or of all. It is a change like any other, so it, too, raises
    /// the partition epochs of those that had one.
    mutating func clearELR(_ record: ClearElrRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        var cleared: [TopicID] = []
        if record.topicName.isEmpty {
            cleared = Array(topics.keys)
        } else {
            guard let id = topicIDs[record.topicName] else { throw .unknownTopic(.zero) }
            cleared = [id]
        }
        for id in cleared {
            guard let topic = topics[id] else { continue }
            for (index, state) in topic.partitions.enumerated()
            where !state.eligibleLeaderReplicas.isEmpty || !state.lastKnownELR.isEmpty {
                var changed = state
                changed.eligibleLeaderReplicas = []
                changed.lastKnownELR = []
                changed.partitionEpoch &+= 1
                topics[id]?.partitions[index] = changed
                delta.changedTopics.insert(id)
            }
        }
    }
}

extension PartitionState {
    package init(_ record: PartitionRecord) throws(ReplayError) {
        guard let recovery = LeaderRecoveryState(rawValue: record.leaderRecoveryState) else {
            throw .unknownValue(field: "LeaderRecoveryState", value: Int64(record.leaderRecoveryState))
        }
        let directories =
            record.directories.isEmpty
            ? record.replicas.map { _ in DirectoryID.migrating } : record.directories
        guard directories.count == record.replicas.count else {
            throw .directoriesDoNotMatchReplicas(record.topicId, record.partitionId)
        }
        self.init(
            replicas: record.replicas.map { BrokerID($0) }, directories: directories,
            isr: record.isr.map { BrokerID($0) }, removingReplicas: record.removingReplicas.map { BrokerID($0) },
            addingReplicas: record.addingReplicas.map { BrokerID($0) },
            eligibleLeaderReplicas: (record.eligibleLeaderReplicas ?? []).map { BrokerID($0) },
            lastKnownELR: (record.lastKnownElr ?? []).map { BrokerID($0) }, leader: BrokerID(record.leader),
            leaderRecoveryState: recovery, leaderEpoch: LeaderEpoch(record.leaderEpoch),
            partitionEpoch: record.partitionEpoch)
    }

    /// The leader field of a change that leaves the leader as it is. Any other value bumps the leader epoch, also when it
    /// names the same leader.
    package static let leaderUnchanged: Int32 = -2

    /// The state after a change. The partition epoch always grows.
    package func merging(_ record: PartitionChangeRecord) throws(ReplayError) -> PartitionState {
        var state = self
        state.partitionEpoch &+= 1
        if record.leader != Self.leaderUnchanged {
            state.leader = BrokerID(record.leader)
            state.leaderEpoch = LeaderEpoch(leaderEpoch.rawValue &+ 1)
        }
        if let replicas = record.replicas { state.replicas = replicas.map { BrokerID($0) } }
        if let directories = record.directories {
            guard directories.isEmpty || directories.count == state.replicas.count else {
                throw .directoriesDoNotMatchReplicas(record.topicId, record.partitionId)
            }
            state.directories = directories.isEmpty ? state.replicas.map { _ in DirectoryID.migrating } : directories
        }
        if let isr = record.isr { state.isr = isr.map { BrokerID($0) } }
        if let removing = record.removingReplicas { state.removingReplicas = removing.map { BrokerID($0) } }
        if let adding = record.addingReplicas { state.addingReplicas = adding.map { BrokerID($0) } }
        if let elr = record.eligibleLeaderReplicas { state.eligibleLeaderReplicas = elr.map { BrokerID($0) } }
        if let known = record.lastKnownElr { state.lastKnownELR = known.map { BrokerID($0) } }
        if record.leaderRecoveryState != -1 {
            guard let recovery = LeaderRecoveryState(rawValue: record.leaderRecoveryState) else {
                throw .unknownValue(field: "LeaderRecoveryState", value: Int64(record.leaderRecoveryState))
            }
            state.leaderRecoveryState = recovery
        }
        return state
    }
}
