import Vocabulary

/// One partition that a fetch asks for, and from where.
package struct FetchTarget: Sendable, Hashable {
    /// The topic's name: from the request up to version 12, from the cluster image since. Nil while the id is unknown,
    /// which is answered UNKNOWN_TOPIC_ID, and the session goes on.
    package var topic: String?
    /// The topic's id since version 13; zero before.
    package var topicID: TopicID
    package var partition: PartitionIndex
    package var currentLeaderEpoch: LeaderEpoch
    package var fetchOffset: Offset
    package var lastFetchedEpoch: LeaderEpoch
    /// The follower's own log start offset; -1 from a consumer.
    package var logStartOffset: Offset
    package var maxBytes: Int32

    package init(
        topic: String?, topicID: TopicID = .zero, partition: PartitionIndex, currentLeaderEpoch: LeaderEpoch = .none,
        fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch = .none, logStartOffset: Offset = .none, maxBytes: Int32
    ) {
        self.topic = topic
        self.topicID = topicID
        self.partition = partition
        self.currentLeaderEpoch = currentLeaderEpoch
        self.fetchOffset = fetchOffset
        self.lastFetchedEpoch = lastFetchedEpoch
        self.logStartOffset = logStartOffset
        self.maxBytes = maxBytes
    }

    var key: FetchKey { FetchKey(topic: topic, topicID: topicID, partition: partition) }
}

/// What makes two entries of a session the same: the id and the partition, or without an id the name and the partition.
package struct FetchKey: Sendable, Hashable {
    let topic: String?
    let topicID: TopicID
    let partition: PartitionIndex

    package init(topic: String?, topicID: TopicID = .zero, partition: PartitionIndex) {
        self.topic = topicID == .zero ? topic : nil
        self.topicID = topicID
        self.partition = partition
    }
}

/// What a session has to know of one partition's answer.
package struct FetchOutcome: Sendable, Hashable {
    package var hasRecords: Bool
    package var hasError: Bool
    package var highWatermark: Offset
    package var logStartOffset: Offset
    package var hasPreferredReplica: Bool
    package var isDiverging: Bool

    package init(
        hasRecords: Bool = false, hasError: Bool = false, highWatermark: Offset, logStartOffset: Offset,
        hasPreferredReplica: Bool = false, isDiverging: Bool = false
    ) {
        self.hasRecords = hasRecords
        self.hasError = hasError
        self.highWatermark = highWatermark
        self.logStartOffset = logStartOffset
        self.hasPreferredReplica = hasPreferredReplica
        self.isDiverging = isDiverging
    }
}

/// Why a fetch is refused because of its session.
package enum FetchSessionError: Int16, Error, Sendable, Hashable {
    case sessionIDNotFound = 70
    case invalidSessionEpoch = 71
    /// The session was made with topic ids and the request names topics, or the reverse.
    case topicIDError = 106

    /// The code on the wire.
    package var code: Int16 { rawValue }
}

/// The session epoch of a fetch (KIP-227): 0 asks for a new session, -1 closes or does without, others count up and wrap
/// from 2^31 - 1 to 1.
package enum FetchSessionEpoch {
    package static let initial: Int32 = 0
    package static let final: Int32 = -1

    package static func next(after epoch: Int32) -> Int32 {
        epoch < 0 ? final : epoch == .max ? 1 : epoch + 1
    }
}
