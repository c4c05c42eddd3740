import Bytes
import Coordination
import Testing
import Vocabulary

struct OffsetTests {
    @Test func `a consumer outside of any group commits and reads back`() {
        let shard = GroupShard()
        #expect(shard.committed(shard.commit(42, metadata: "m")) == GroupError.none)
        #expect(shard.fetched(shard.fetch())?.offset == 42)
        #expect(shard.fetched(shard.fetch(all: true))?.metadata == "m")
        #expect(shard.machine.listGroups(states: [], types: []).first?.protocolType == "")
    }

    @Test func `a partition without an offset is answered -1, empty metadata and no error`() {
        let shard = GroupShard()
        #expect(shard.fetched(shard.fetch())?.offset == Offset.none)
        #expect(shard.fetched(shard.fetch())?.error == GroupError.none)
        #expect(shard.fetched(shard.fetch())?.metadata == "")
    }

    @Test func `an offset is read only when it is committed, and a stable read waits for it`() {
        let shard = GroupShard()
        _ = shard.commit(1)
        shard.commits = false
        let commit = shard.commit(2)
        #expect(shard.committed(commit) == nil)
        #expect(shard.fetched(shard.fetch())?.offset == 1)
        let stable = shard.fetch(stable: true)
        #expect(shard.fetched(stable) == nil)
        shard.commitAll()
        #expect(shard.committed(commit) == GroupError.none)
        #expect(shard.fetched(stable)?.offset == 2)
    }

    @Test func `a commit that cannot be written is an error and no offset`() {
        let shard = GroupShard()
        shard.failure = .notLeader
        #expect(shard.committed(shard.commit(2)) == .notCoordinator)
        shard.failure = nil
        #expect(shard.fetched(shard.fetch())?.offset == Offset.none)
    }

    @Test func `members commit in their generation, others are refused`() {
        let shard = GroupShard()
        #expect(shard.committed(shard.commit(1, group: "new", generation: 3)) == .groupIDNotFound)
        #expect(shard.committed(shard.commit(1, group: "new", generation: 3, version: 8)) == .illegalGeneration)
        let (a, _) = shard.stablePair()
        #expect(shard.committed(shard.commit(1, member: a, generation: 1)) == GroupError.none)
        #expect(shard.committed(shard.commit(1, member: a, generation: 2)) == .illegalGeneration)
        #expect(shard.committed(shard.commit(1, member: "ghost", generation: 1)) == .unknownMemberID)
        #expect(shard.committed(shard.commit(1)) == .unknownMemberID)
    }

    @Test func `while the assignment is awaited commits are refused`() {
        let shard = GroupShard()
        let (a, _) = shard.newMember()
        shard.pass(3_000)
        #expect(shard.committed(shard.commit(1, member: a, generation: 1)) == .rebalanceInProgress)
    }

    @Test func `metadata longer than allowed fails that partition only`() {
        let shard = GroupShard()
        #expect(shard.committed(shard.commit(1, metadata: String(repeating: "m", count: 4_096))) == GroupError.none)
        #expect(
            shard.committed(shard.commit(1, metadata: String(repeating: "m", count: 4_097))) == .offsetMetadataTooLarge)
    }

    @Test func `an offset of an earlier topic of the same name is none`() {
        let shard = GroupShard()
        _ = shard.commit(9, id: UUID128(high: 1, low: 1))
        #expect(shard.fetched(shard.fetch(id: UUID128(high: 2, low: 2)))?.offset == Offset.none)
        #expect(shard.fetched(shard.fetch(id: UUID128(high: 1, low: 1)))?.offset == 9)
        shard.machine.topicsDeleted([("t", UUID128(high: 2, low: 2))], now: shard.now)
        shard.settle()
        #expect(shard.machine.offsetCount == 1)
        shard.machine.topicsDeleted([("t", UUID128(high: 1, low: 1))], now: shard.now)
        shard.settle()
        #expect(shard.machine.offsetCount == 0)
    }

    @Test func `a pending transaction is unstable, its commit counts if it is newer`() {
        let shard = GroupShard()
        let key = OffsetKey(groupID: "g", topic: "t", partition: 0)
        shard.machine.load(.offset(key, CommittedOffset(offset: 1, committedAt: 1)), at: 0)
        shard.machine.load(.offset(key, CommittedOffset(offset: 2, committedAt: 1)), at: 1, producer: 7)
        shard.machine.loaded(now: shard.now)
        #expect(shard.fetched(shard.fetch())?.offset == 1)
        #expect(shard.fetched(shard.fetch(stable: true))?.error == .unstableOffsetCommit)
        shard.machine.endTransaction(7, isCommit: true)
        #expect(shard.fetched(shard.fetch(stable: true))?.offset == 2)
        shard.machine.load(.offset(key, CommittedOffset(offset: 3, committedAt: 1)), at: 4, producer: 8)
        shard.machine.load(.offset(key, CommittedOffset(offset: 4, committedAt: 1)), at: 5)
        shard.machine.endTransaction(8, isCommit: true)
        #expect(shard.fetched(shard.fetch())?.offset == 4)
        shard.machine.load(.offset(key, CommittedOffset(offset: 5, committedAt: 1)), at: 6, producer: 9)
        shard.machine.endTransaction(9, isCommit: false)
        #expect(shard.fetched(shard.fetch())?.offset == 4)
    }

    @Test func `offsets are deleted unless the topic is subscribed to`() {
        let shard = GroupShard()
        _ = shard.commit(1)
        let token = shard.token()
        shard.machine.deleteOffsets(
            OffsetsDelete(groupID: "g", topics: [OfTopic(topic: "t", partitions: [0, 1])]), token, now: shard.now)
        shard.settle()
        guard case .offsetsDeleted(let answer) = shard.answers[token] else { Issue.record("no answer"); return }
        #expect(answer.topics.first?.partitions.map(\.error) == [.none, .none])
        #expect(shard.log.last == .noOffset(OffsetKey(groupID: "g", topic: "t", partition: 0)))
        #expect(shard.fetched(shard.fetch())?.offset == Offset.none)
    }

    @Test func `a group is deleted with its offsets when it is empty`() {
        let shard = GroupShard()
        _ = shard.stablePair()
        _ = shard.commit(1, group: "old")
        let token = shard.token()
        shard.machine.deleteGroups(["g", "old", "none"], token, now: shard.now)
        shard.settle()
        guard case .groupsDeleted(let results) = shard.answers[token] else { Issue.record("no answer"); return }
        #expect(results.map(\.error) == [.nonEmptyGroup, .none, .groupIDNotFound])
        #expect(
            shard.log.suffix(2) == [.noOffset(OffsetKey(groupID: "old", topic: "t", partition: 0)), .noGroup("old")])
        #expect(shard.machine.offsetCount == 0)
        #expect(shard.machine.groupCount == 1)
    }

    @Test func `offsets expire a week after the commit, and the group with its last`() {
        let shard = GroupShard()
        _ = shard.commit(1)
        let week: Int64 = 7 * 24 * 3_600_000
        shard.now = shard.now + (week - 1)
        shard.machine.expireOffsets(now: shard.now)
        shard.settle()
        #expect(shard.machine.offsetCount == 1)
        shard.now = shard.now + 1
        shard.machine.expireOffsets(now: shard.now)
        shard.settle()
        #expect(shard.machine.offsetCount == 0)
        #expect(shard.machine.groupCount == 0)
        #expect(shard.log.last == .noGroup("g"))
    }

    @Test func `offsets that expire by the ten thousand go in batches that every log takes`() {
        let shard = GroupShard()
        for group in 0..<200 { for _ in 0..<100 { _ = shard.commit(1, group: "group\(group)") } }
        for group in 0..<20 { for index in 0..<1_000 { _ = shard.commit(1, group: "wide\(group)", partition: index) } }
        let committed = shard.batches.count
        shard.now = shard.now + 7 * 24 * 3_600_000
        shard.failure = .refused
        shard.machine.expireOffsets(now: shard.now)
        shard.settle()
        // What could not be written down did not happen.
        #expect(shard.machine.groupCount == 220)
        shard.failure = nil
        shard.machine.expireOffsets(now: shard.now)
        shard.settle()
        #expect(shard.machine.offsetCount == 0 && shard.machine.groupCount == 0)
        #expect(shard.batches[committed...].allSatisfy { $0 <= 2_048 } && shard.batches.count - committed > 10)
    }

    @Test func `offsets of a group with members do not expire while its subscriptions are not known`() {
        let shard = GroupShard()
        let (a, _) = shard.stablePair()
        _ = shard.commit(1, member: a, generation: 1)
        shard.now = shard.now + 30 * 24 * 3_600_000
        shard.machine.expireOffsets(now: shard.now)
        shard.settle()
        #expect(shard.machine.offsetCount == 1)
    }

    @Test func `the coordinator of a group is found as Java finds it`() {
        // "classic-group" and "consumer-group" as Apache Kafka 4.3.1 placed them among three partitions.
        #expect(coordinatorPartition(of: "classic-group", partitionCount: 3) == 0)
        #expect(coordinatorPartition(of: "simple-group", partitionCount: 3) == 0)
        #expect(coordinatorPartition(of: "consumer-group", partitionCount: 3) == 1)
        #expect(coordinatorPartition(of: "consumer-regex", partitionCount: 3) == 1)
        // A text whose Java hash is the smallest number.
        #expect(coordinatorPartition(of: "polygenelubricants", partitionCount: 50) == 0)
        #expect(coordinatorPartition(of: "", partitionCount: 50) == 0)
    }
}

struct GroupRecordTests {
    private func bytes(_ base64: String) -> ByteSlice {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var (found, bits, count): ([UInt8], UInt32, Int) = ([], 0, 0)
        for digit in base64.utf8 {
            guard let value = alphabet.firstIndex(of: digit) else { continue }
            (bits, count) = (bits << 6 | UInt32(value), count + 6)
            if count >= 8 {
                count -= 8
                found.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return ByteSlice(found)
    }

    @Test func `records that Apache Kafka wrote are read, and written the same`() throws {
        let topic = try #require(UUID128("DOYffcsXS4u8XHgV8PJt2Q"))
        let cases: [(String, String, GroupRecord)] = [
            (
                "AAIADWNsYXNzaWMtZ3JvdXA=", "AAMAAAAAAAD/////AAABoggmvicAAAAA",
                .group("classic-group", GroupMetadata(stateSince: 1_795_433_086_503))
            ),
            (
                "AAIADWNsYXNzaWMtZ3JvdXA=", "AAMACGNvbnN1bWVyAAAAA/////8AAAGiCCbB0AAAAAA=",
                .group(
                    "classic-group",
                    GroupMetadata(protocolType: "consumer", generation: 3, stateSince: 1_795_433_087_440))
            ),
            (
                "AAEADWNsYXNzaWMtZ3JvdXAABm9yZGVycwAAAAI=",
                "AAQAAAAAAAAADP////8VY2xhc3NpYyBsaXR0bGUgaG91c2UAAAGiCCa/3AEAEAzmH33LF0uLvFx4FfDybdk=",
                .offset(
                    OffsetKey(groupID: "classic-group", topic: "orders", partition: 2),
                    CommittedOffset(
                        offset: 12, metadata: "classic little house", committedAt: 1_795_433_086_940, topicID: topic))
            ),
        ]
        for (key, value, record) in cases {
            #expect(try GroupRecord.decode(key: bytes(key), value: bytes(value)) == record)
            #expect(try record.encoded().key == bytes(key))
            #expect(try record.encoded().value == bytes(value))
        }
        #expect(
            try GroupRecord.decode(key: bytes("AAgADmNvbnN1bWVyLXJlZ2V4"), value: nil) == .other(type: 8))
    }

    @Test func `a group with members survives being written and read`() throws {
        let shard = GroupShard()
        _ = shard.stablePair()
        let written = try #require(shard.log.last)
        let (key, value) = try written.encoded()
        #expect(try GroupRecord.decode(key: key, value: value) == written)
        guard case .group(_, let metadata) = written else { Issue.record("no group"); return }
        #expect(metadata.members.map(\.assignment.text) == ["for a", "for b"])
    }

    @Test func `cut and mangled records are errors`() throws {
        let good = bytes("AAQAAAAAAAAADP////8VY2xhc3NpYyBsaXR0bGUgaG91c2UAAAGiCCa/3AEAEAzmH33LF0uLvFx4FfDybdk=")
        let key = bytes("AAEADWNsYXNzaWMtZ3JvdXAABm9yZGVycwAAAAI=")
        for count in 0..<good.count {
            #expect(throws: GroupRecordError.self) { try GroupRecord.decode(key: key, value: good.prefix(count)) }
        }
        for count in 0..<key.count {
            #expect(throws: GroupRecordError.self) { try GroupRecord.decode(key: key.prefix(count), value: good) }
        }
        #expect(throws: GroupRecordError.noKey) { try GroupRecord.decode(key: nil, value: good) }
        #expect(throws: GroupRecordError.unknownVersion(5, type: 1)) {
            try GroupRecord.decode(key: key, value: ByteSlice([0, 5, 0]))
        }
        // A count of members that no bytes stand behind.
        let many = ByteSlice([0, 3, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 127, 255, 255, 255])
        #expect(throws: GroupRecordError.truncated(type: 2)) {
            try GroupRecord.decode(key: bytes("AAIADWNsYXNzaWMtZ3JvdXA="), value: many)
        }
    }
}
