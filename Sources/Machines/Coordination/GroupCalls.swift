import Bytes
import Vocabulary

// What the group calls ask and answer, free of versions: a handler makes these from the wire and writes the answers in the
// version that was asked in.

/// Names a request that is not answered yet.
package struct RequestToken: Sendable, Hashable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// Who calls.
package struct GroupClient: Sendable, Hashable {
    package var clientID: String
    /// As Kafka writes it: `/127.0.0.1`.
    package var host: String
    package var apiVersion: Int16

    package init(clientID: String, host: String, apiVersion: Int16) {
        self.clientID = clientID
        self.host = host
        self.apiVersion = apiVersion
    }
}

/// A way to share the work that a member knows ("range"), and what it says about it (its subscription).
package struct GroupProtocol: Sendable, Hashable {
    package var name: String
    package var metadata: ByteSlice

    package init(name: String, metadata: ByteSlice) {
        self.name = name
        self.metadata = metadata
    }
}

package struct GroupJoin: Sendable {
    package var groupID: String
    package var memberID: String
    package var instanceID: String?
    package var sessionTimeout: Int32
    /// Version 0 has none: the session timeout.
    package var rebalanceTimeout: Int32
    package var protocolType: String
    package var protocols: [GroupProtocol]

    package init(
        groupID: String, memberID: String, instanceID: String? = nil, sessionTimeout: Int32, rebalanceTimeout: Int32,
        protocolType: String, protocols: [GroupProtocol]
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.instanceID = instanceID
        self.sessionTimeout = sessionTimeout
        self.rebalanceTimeout = rebalanceTimeout
        self.protocolType = protocolType
        self.protocols = protocols
    }
}

package struct GroupJoinAnswer: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package var memberID: String
        package var instanceID: String?
        package var metadata: ByteSlice
    }

    package var error: GroupError = .none
    package var generation: Int32 = -1
    /// Nil is written as "" before version 7.
    package var protocolType: String?
    package var protocolName: String?
    package var leader = ""
    package var skipAssignment = false
    package var memberID = ""
    /// All members, for the leader only.
    package var members: [Member] = []
}

package struct GroupSync: Sendable {
    package var groupID: String
    package var generation: Int32
    package var memberID: String
    package var instanceID: String?
    package var protocolType: String?
    package var protocolName: String?
    /// From the leader: each member's share.
    package var assignments: [(memberID: String, assignment: ByteSlice)]

    package init(
        groupID: String, generation: Int32, memberID: String, instanceID: String? = nil, protocolType: String? = nil,
        protocolName: String? = nil, assignments: [(memberID: String, assignment: ByteSlice)] = []
    ) {
        self.groupID = groupID
        self.generation = generation
        self.memberID = memberID
        self.instanceID = instanceID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }
}

package struct GroupSyncAnswer: Sendable, Hashable {
    package var error: GroupError = .none
    package var protocolType: String?
    package var protocolName: String?
    package var assignment = ByteSlice.empty
}

package struct GroupLeaver: Sendable, Hashable {
    package var memberID: String
    package var instanceID: String?

    package init(memberID: String, instanceID: String? = nil) {
        self.memberID = memberID
        self.instanceID = instanceID
    }
}

package struct GroupLeaveAnswer: Sendable, Hashable {
    package var error: GroupError = .none
    package var members: [(GroupLeaver, GroupError)] = []

    package static func == (left: Self, right: Self) -> Bool {
        left.error == right.error && left.members.elementsEqual(right.members, by: ==)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(error) }
}

/// One partition's offset in a commit.
package struct OffsetToCommit: Sendable, Hashable {
    package var partition: PartitionIndex
    package var offset: Offset
    package var leaderEpoch: LeaderEpoch
    package var metadata: String?

    package init(partition: PartitionIndex, offset: Offset, leaderEpoch: LeaderEpoch = .none, metadata: String? = nil) {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}

/// Something said about the partitions of one topic. Names are resolved before (an id that is unknown is answered
/// UNKNOWN_TOPIC_ID by the handler and never comes here).
package struct OfTopic<Partition: Sendable & Hashable>: Sendable, Hashable {
    package var topic: String
    package var topicID: TopicID
    package var partitions: [Partition]

    package init(topic: String, topicID: TopicID = .zero, partitions: [Partition]) {
        self.topic = topic
        self.topicID = topicID
        self.partitions = partitions
    }
}

package struct PartitionError: Sendable, Hashable {
    package var partition: PartitionIndex
    package var error: GroupError
}

package struct OffsetsCommit: Sendable {
    package var groupID: String
    /// -1 from outside of any group.
    package var generation: Int32
    package var memberID: String
    package var instanceID: String?
    /// Versions 2 to 4 only; -1 is the broker's.
    package var retentionTime: Int64
    package var topics: [OfTopic<OffsetToCommit>]

    package init(
        groupID: String, generation: Int32 = -1, memberID: String = "", instanceID: String? = nil,
        retentionTime: Int64 = -1, topics: [OfTopic<OffsetToCommit>]
    ) {
        self.groupID = groupID
        self.generation = generation
        self.memberID = memberID
        self.instanceID = instanceID
        self.retentionTime = retentionTime
        self.topics = topics
    }
}

package struct OffsetsDelete: Sendable {
    package var groupID: String
    package var topics: [OfTopic<PartitionIndex>]

    package init(groupID: String, topics: [OfTopic<PartitionIndex>]) {
        self.groupID = groupID
        self.topics = topics
    }
}

package struct OffsetsDeleteAnswer: Sendable, Hashable {
    package var error: GroupError = .none
    package var topics: [OfTopic<PartitionError>] = []
}

package struct OffsetsFetch: Sendable {
    package var groupID: String
    /// Nil asks for all.
    package var topics: [OfTopic<PartitionIndex>]?
    /// Wait until what is being committed is committed, and refuse what a transaction has not ended yet.
    package var requireStable: Bool

    package init(groupID: String, topics: [OfTopic<PartitionIndex>]?, requireStable: Bool = false) {
        self.groupID = groupID
        self.topics = topics
        self.requireStable = requireStable
    }
}

package struct FetchedOffset: Sendable, Hashable {
    package var partition: PartitionIndex
    package var error: GroupError = .none
    package var offset: Offset = .none
    package var leaderEpoch: LeaderEpoch = .none
    package var metadata = ""
}

package struct OffsetsFetchAnswer: Sendable, Hashable {
    package var error: GroupError = .none
    package var topics: [OfTopic<FetchedOffset>] = []
}

package struct GroupListing: Sendable, Hashable {
    package var groupID: String
    package var protocolType: String
    package var state: String
    package var type: String
}

package struct GroupDescription: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package var memberID: String
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        package var metadata: ByteSlice
        package var assignment: ByteSlice
    }

    package var groupID: String
    package var error: GroupError = .none
    package var errorMessage: String?
    package var state = ""
    package var protocolType = ""
    package var protocolData = ""
    package var members: [Member] = []
}

/// An answer to a request that was given a token.
package enum GroupAnswer: Sendable {
    case join(GroupJoinAnswer)
    case sync(GroupSyncAnswer)
    case heartbeat(GroupError)
    case leave(GroupLeaveAnswer)
    case offsetsCommitted([OfTopic<PartitionError>])
    case offsetsDeleted(OffsetsDeleteAnswer)
    case offsetsFetched(OffsetsFetchAnswer)
    case groupsDeleted([(groupID: String, error: GroupError)])

    /// The same answer after what it was to tell of could not be written.
    func failed(_ error: GroupError) -> GroupAnswer {
        switch self {
        case .join(let answer): .join(GroupJoinAnswer(error: error, memberID: answer.memberID))
        case .sync: .sync(GroupSyncAnswer(error: error))
        case .heartbeat: .heartbeat(error)
        case .leave: .leave(GroupLeaveAnswer(error: error))
        case .offsetsCommitted(let topics):
            .offsetsCommitted(
                topics.map { topic in
                    OfTopic(
                        topic: topic.topic, topicID: topic.topicID,
                        partitions: topic.partitions.map { PartitionError(partition: $0.partition, error: error) })
                })
        case .offsetsDeleted: .offsetsDeleted(OffsetsDeleteAnswer(error: error))
        case .offsetsFetched: .offsetsFetched(OffsetsFetchAnswer(error: error))
        case .groupsDeleted(let groups): .groupsDeleted(groups.map { ($0.groupID, error) })
        }
    }
}

// What a handler answers for a call that did not reach its group. In extensions, so that the whole initializers stay.

extension GroupJoinAnswer {
    package init(refusing memberID: String) {
        self.init()
        self.memberID = memberID
    }
}

extension GroupSyncAnswer {
    package static var empty: GroupSyncAnswer { GroupSyncAnswer() }
}

extension FetchedOffset {
    package init(_ partition: PartitionIndex, _ error: GroupError) {
        self.init(partition: partition)
        self.error = error
    }
}
