import Bytes
import Vocabulary
import WireProtocol

/// A record of `__consumer_offsets` that classic groups and offsets are made of.
package enum GroupRecord: Sendable, Hashable {
    case offset(OffsetKey, CommittedOffset)
    case noOffset(OffsetKey)
    case group(String, GroupMetadata)
    case noGroup(String)
    /// Of a kind that this coordinator has no use for: groups of the newer protocols, and what is newer than 4.3.
    case other(type: Int16)
}

package struct OffsetKey: Sendable, Hashable, Comparable {
    package var groupID: String
    package var topic: String
    package var partition: PartitionIndex

    package init(groupID: String, topic: String, partition: PartitionIndex) {
        self.groupID = groupID
        self.topic = topic
        self.partition = partition
    }

    package static func < (left: OffsetKey, right: OffsetKey) -> Bool {
        (left.groupID, left.topic, left.partition) < (right.groupID, right.topic, right.partition)
    }
}

/// An offset as it was committed.
package struct CommittedOffset: Sendable, Hashable {
    package var offset: Offset
    package var leaderEpoch: LeaderEpoch
    package var metadata: String
    package var committedAt: Timestamp
    /// Given by the client of an old version.
    package var expiresAt: Timestamp?
    /// Zero when the commit named the topic only.
    package var topicID: TopicID

    package init(
        offset: Offset, leaderEpoch: LeaderEpoch = .none, metadata: String = "", committedAt: Timestamp,
        expiresAt: Timestamp? = nil, topicID: TopicID = .zero
    ) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.committedAt = committedAt
        self.expiresAt = expiresAt
        self.topicID = topicID
    }
}

/// A generation of a group as it is written down.
package struct GroupMetadata: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package var memberID: String
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        package var rebalanceTimeout: Int32
        package var sessionTimeout: Int32
        package var subscription: ByteSlice
        package var assignment: ByteSlice
    }

    package var protocolType: String
    package var generation: Int32
    package var protocolName: String?
    package var leader: String?
    package var stateSince: Timestamp
    package var members: [Member]

    package init(
        protocolType: String = "", generation: Int32 = 0, protocolName: String? = nil, leader: String? = nil,
        stateSince: Timestamp = .none, members: [Member] = []
    ) {
        self.protocolType = protocolType
        self.generation = generation
        self.protocolName = protocolName
        self.leader = leader
        self.stateSince = stateSince
        self.members = members
    }
}

/// The bytes of a `__consumer_offsets` record are not what they should be. Loading stops: the partition's groups stay
/// unavailable rather than be half there.
package enum GroupRecordError: Error, Sendable, Hashable {
    case truncated(type: Int16)
    case unknownVersion(Int16, type: Int16)
    case malformed(WireError, type: Int16)
    case noKey
}
