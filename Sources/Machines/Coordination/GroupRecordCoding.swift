import Bytes
import InternalRecords
import Vocabulary
import WireProtocol

extension GroupRecord {
    /// Offsets of before Kafka 0.9 have type 0; key and value are laid out as those of type 1.
    private static let oldOffsetType: Int16 = 0
    private static let offsetType: Int16 = 1
    private static let groupType: Int16 = 2

    /// The key and, unless it is a tombstone, the value, in the versions that Kafka 4.3 writes. Fails where a text is longer
    /// than 32,767 bytes; group ids, topics and metadata came in strings of the wire, so they are not.
    package func encoded() throws(WireError) -> (key: ByteSlice, value: ByteSlice?) {
        switch self {
        case .offset(let name, let value):
            return (try OffsetCommitKey(name).key(type: Self.offsetType), try value.encoded())
        case .noOffset(let name): return (try OffsetCommitKey(name).key(type: Self.offsetType), nil)
        case .group(let id, let value):
            return (try GroupMetadataKey(id).key(type: Self.groupType), try value.encoded())
        case .noGroup(let id): return (try GroupMetadataKey(id).key(type: Self.groupType), nil)
        case .other(let type):
            var key = WireWriter()
            key.int16(type)
            return (key.finish(), nil)
        }
    }

    package static func decode(key: ByteSlice?, value: ByteSlice?) throws(GroupRecordError) -> GroupRecord {
        guard let key else { throw .noKey }
        var type: Int16 = -1
        do throws(WireError) {
            var reader = WireReader(key)
            type = try reader.int16()
            switch type {
            case oldOffsetType, offsetType:
                let name = OffsetKey(try OffsetCommitKey(from: &reader, version: 0))
                guard let value else { return .noOffset(name) }
                return .offset(name, CommittedOffset(try OffsetCommitValue(value: value)))
            case groupType:
                let id = try GroupMetadataKey(from: &reader, version: 0).group
                guard let value else { return .noGroup(id) }
                return .group(id, GroupMetadata(try GroupMetadataValue(value: value)))
            default: return .other(type: type)
            }
        } catch { throw GroupRecordError(error, type: type) }
    }
}

extension GroupRecordError {
    fileprivate init(_ error: WireError, type: Int16) {
        switch error {
        case .truncated: self = .truncated(type: type)
        case .unsupportedVersion(_, let version): self = .unknownVersion(version, type: type)
        default: self = .malformed(error, type: type)
        }
    }
}

extension OffsetCommitKey {
    fileprivate init(_ name: OffsetKey) {
        self.init()
        group = name.groupID
        topic = name.topic
        partition = name.partition.rawValue
    }
}

extension OffsetKey {
    fileprivate init(_ key: OffsetCommitKey) {
        self.init(groupID: key.group, topic: key.topic, partition: PartitionIndex(key.partition))
    }
}

extension GroupMetadataKey {
    fileprivate init(_ id: String) {
        self.init()
        group = id
    }
}

extension CommittedOffset {
    /// Version 1 carries the expiry that the client asked for; otherwise version 4, with the topic's id.
    fileprivate func encoded() throws(WireError) -> ByteSlice {
        var value = OffsetCommitValue()
        value.offset = offset.rawValue
        value.leaderEpoch = leaderEpoch.rawValue
        value.metadata = metadata
        value.commitTimestamp = committedAt.rawValue
        value.topicId = topicID
        guard let expiresAt else { return try value.value(version: 4) }
        value.expireTimestamp = expiresAt.rawValue
        return try value.value(version: 1)
    }

    fileprivate init(_ value: OffsetCommitValue) {
        self.init(
            offset: Offset(value.offset), leaderEpoch: LeaderEpoch(value.leaderEpoch), metadata: value.metadata,
            committedAt: Timestamp(value.commitTimestamp),
            expiresAt: value.expireTimestamp == -1 ? nil : Timestamp(value.expireTimestamp), topicID: value.topicId)
    }
}

extension GroupMetadata {
    /// Version 3, as Kafka 4.3 writes it.
    fileprivate func encoded() throws(WireError) -> ByteSlice {
        var value = GroupMetadataValue()
        value.protocolType = protocolType
        value.generation = generation
        value.`protocol` = protocolName
        value.leader = leader
        value.currentStateTimestamp = stateSince.rawValue
        value.members = members.map(GroupMetadataValue.MemberMetadata.init)
        return try value.value(version: 3)
    }

    fileprivate init(_ value: GroupMetadataValue) {
        self.init(
            protocolType: value.protocolType, generation: value.generation, protocolName: value.`protocol`,
            leader: value.leader, stateSince: Timestamp(value.currentStateTimestamp),
            members: value.members.map(Member.init))
    }
}

extension GroupMetadataValue.MemberMetadata {
    fileprivate init(_ member: GroupMetadata.Member) {
        self.init()
        memberId = member.memberID
        groupInstanceId = member.instanceID
        clientId = member.clientID
        clientHost = member.clientHost
        rebalanceTimeout = member.rebalanceTimeout
        sessionTimeout = member.sessionTimeout
        subscription = member.subscription
        assignment = member.assignment
    }
}

extension GroupMetadata.Member {
    fileprivate init(_ member: GroupMetadataValue.MemberMetadata) {
        // Version 0 had one timeout for both.
        self.init(
            memberID: member.memberId, instanceID: member.groupInstanceId, clientID: member.clientId,
            clientHost: member.clientHost,
            rebalanceTimeout: member.rebalanceTimeout == -1 ? member.sessionTimeout : member.rebalanceTimeout,
            sessionTimeout: member.sessionTimeout, subscription: member.subscription, assignment: member.assignment)
    }
}
