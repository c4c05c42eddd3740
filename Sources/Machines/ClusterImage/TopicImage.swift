import Vocabulary

/// A topic and its partitions.
package struct TopicImage: Sendable, Hashable {
    package let name: String
    package let id: TopicID
    /// By partition number: partitions are numbered from 0 without gaps.
    package internal(set) var partitions: [PartitionState]

    /// Whether there is a partition of that number, which may come from a request.
    package func has(_ partition: Int32) -> Bool { partitions.indices.contains(Int(partition)) }

    package init(name: String, id: TopicID, partitions: [PartitionState] = []) {
        self.name = name
        self.id = id
        self.partitions = partitions
    }

    package func partition(_ index: PartitionIndex) -> PartitionState? {
        partitions.indices.contains(Int(index.rawValue)) ? partitions[Int(index.rawValue)] : nil
    }
}

/// Whether a leader that was elected uncleanly has said that it is ready.
package enum LeaderRecoveryState: Int8, Sendable, Hashable {
    case recovered = 0
    case recovering = 1
}

/// Where a partition is and who leads it, as the controller has written it.
package struct PartitionState: Sendable, Hashable {
    package var replicas: [BrokerID]
    /// The log directory of each replica, beside `replicas`.
    package var directories: [UUID128]
    package var isr: [BrokerID]
    package var removingReplicas: [BrokerID]
    package var addingReplicas: [BrokerID]
    /// Replicas out of the in-sync set that are known to have everything up to the high watermark (KIP-966).
    package var eligibleLeaderReplicas: [BrokerID]
    /// The last leader of a partition that has none and whose in-sync and eligible sets are empty (KIP-966).
    package var lastKnownELR: [BrokerID]
    /// `BrokerID.none` while nobody leads.
    package var leader: BrokerID
    package var leaderRecoveryState: LeaderRecoveryState
    package var leaderEpoch: LeaderEpoch
    /// Grows by one with every change.
    package var partitionEpoch: Int32

    package init(
        replicas: [BrokerID], directories: [UUID128], isr: [BrokerID], removingReplicas: [BrokerID] = [],
        addingReplicas: [BrokerID] = [], eligibleLeaderReplicas: [BrokerID] = [], lastKnownELR: [BrokerID] = [],
        leader: BrokerID, leaderRecoveryState: LeaderRecoveryState = .recovered, leaderEpoch: LeaderEpoch = 0,
        partitionEpoch: Int32 = 0
    ) {
        self.replicas = replicas
        self.directories = directories
        self.isr = isr
        self.removingReplicas = removingReplicas
        self.addingReplicas = addingReplicas
        self.eligibleLeaderReplicas = eligibleLeaderReplicas
        self.lastKnownELR = lastKnownELR
        self.leader = leader
        self.leaderRecoveryState = leaderRecoveryState
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
    }

    package var hasLeader: Bool { leader != .none }

    /// The directory of the replica on `broker`; `unassigned` when it is no replica.
    package func directory(of broker: BrokerID) -> UUID128 {
        guard let place = replicas.firstIndex(of: broker), place < directories.count else {
            return DirectoryID.unassigned
        }
        return directories[place]
    }
}
