import Bytes
import Coordination
import Vocabulary

/// A shard with a log that never fails unless told to, and timers that are fired by hand.
final class GroupShard {
    var machine: GroupCoordinator
    var now: Timestamp = 1_000_000
    var log: [GroupRecord] = []
    var answers: [RequestToken: GroupAnswer] = [:]
    var timers: [GroupTimer: Timestamp] = [:]
    /// Commit at once, as with one replica.
    var commits = true
    var failure: CoordinatorAppendError?
    /// How many records each append had.
    private(set) var batches: [Int] = []
    /// How many timers have fired.
    private(set) var fired = 0
    private var nextToken: UInt64 = 1

    init(_ settings: GroupSettings = GroupSettings()) { machine = GroupCoordinator(settings: settings) }

    func token() -> RequestToken {
        defer { nextToken += 1 }
        return RequestToken(nextToken)
    }

    func settle() {
        while true {
            let effects = machine.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: GroupEffect) {
        switch effect {
        case .append(let token, let records):
            batches.append(records.count)
            if let failure {
                machine.appendFailed(token, failure, now: now)
            } else {
                log += records
                machine.appended(token, end: Offset(Int64(log.count)))
                if commits { machine.committed(upTo: Offset(Int64(log.count)), now: now) }
            }
        case .answer(let token, let answer): answers[token] = answer
        case .schedule(let timer, let delay): timers[timer] = now + delay
        case .cancel(let timer): timers[timer] = nil
        }
    }

    func commitAll() {
        machine.committed(upTo: Offset(Int64(log.count)), now: now)
        settle()
    }

    /// Lets time pass and fires what falls due, in order.
    func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        while let next = timers.min(by: { $0.value < $1.value }), next.value <= end {
            timers[next.key] = nil
            fired += 1
            now = max(now, next.value)
            machine.timerFired(next.key, now: now)
            settle()
        }
        now = end
    }

    // MARK: Calls

    func join(
        _ memberID: String = "", instance: String? = nil, group: String = "g", session: Int32 = 10_000,
        rebalance: Int32 = 60_000, type: String = "consumer", protocols: [String] = ["range"], metadata: String = "",
        version: Int16 = 9
    ) -> RequestToken {
        let token = token()
        machine.join(
            GroupJoin(
                groupID: group, memberID: memberID, instanceID: instance, sessionTimeout: session,
                rebalanceTimeout: rebalance, protocolType: type,
                protocols: protocols.map { GroupProtocol(name: $0, metadata: ByteSlice(utf8: metadata)) }),
            from: GroupClient(clientID: "client", host: "/127.0.0.1", apiVersion: version), token,
            random: UUID128(high: token.number, low: 0x0102_0304_0506_0708), now: now)
        settle()
        return token
    }

    /// A member with an id, waiting in its first JoinGroup.
    func newMember(
        protocols: [String] = ["range"], session: Int32 = 10_000, rebalance: Int32 = 60_000
    ) -> (String, RequestToken) {
        let first = join(session: session, rebalance: rebalance, protocols: protocols)
        let id = joined(first)?.memberID ?? "?"
        return (id, join(id, session: session, rebalance: rebalance, protocols: protocols))
    }

    func sync(
        _ memberID: String, generation: Int32, instance: String? = nil, _ assignments: [(String, String)] = []
    ) -> RequestToken {
        let token = token()
        machine.sync(
            GroupSync(
                groupID: "g", generation: generation, memberID: memberID, instanceID: instance,
                assignments: assignments.map { ($0.0, ByteSlice(utf8: $0.1)) }), token, now: now)
        settle()
        return token
    }

    func heartbeat(_ memberID: String, generation: Int32, instance: String? = nil) -> GroupError {
        let answer = machine.heartbeat(
            groupID: "g", memberID: memberID, instanceID: instance, generation: generation, now: now)
        settle()
        return answer
    }

    func leave(_ leavers: [GroupLeaver]) -> GroupLeaveAnswer {
        let answer = machine.leave(groupID: "g", leavers, now: now)
        settle()
        return answer
    }

    func commit(
        _ offset: Int64, group: String = "g", member: String = "", generation: Int32 = -1, metadata: String? = nil,
        version: Int16 = 9, id: TopicID = .zero, partition: Int = 0
    ) -> RequestToken {
        let token = token()
        machine.commitOffsets(
            OffsetsCommit(
                groupID: group, generation: generation, memberID: member,
                topics: [
                    OfTopic(
                        topic: "t", topicID: id,
                        partitions: [
                            OffsetToCommit(
                                partition: PartitionIndex(Int32(partition)), offset: Offset(offset), metadata: metadata)
                        ])
                ]), from: GroupClient(clientID: "c", host: "/h", apiVersion: version), token, now: now)
        settle()
        return token
    }

    func fetch(group: String = "g", all: Bool = false, stable: Bool = false, id: TopicID = .zero)
        -> RequestToken
    {
        let token = token()
        let topics = all ? nil : [OfTopic<PartitionIndex>(topic: "t", topicID: id, partitions: [0])]
        machine.fetchOffsets(OffsetsFetch(groupID: group, topics: topics, requireStable: stable), token, now: now)
        settle()
        return token
    }

    // MARK: Answers

    func joined(_ token: RequestToken) -> GroupJoinAnswer? {
        if case .join(let answer) = answers[token] { answer } else { nil }
    }
    func synced(_ token: RequestToken) -> GroupSyncAnswer? {
        if case .sync(let answer) = answers[token] { answer } else { nil }
    }
    func committed(_ token: RequestToken) -> GroupError? {
        if case .offsetsCommitted(let topics) = answers[token] { topics.first?.partitions.first?.error } else { nil }
    }
    func fetched(_ token: RequestToken) -> FetchedOffset? {
        if case .offsetsFetched(let answer) = answers[token] { answer.topics.first?.partitions.first } else { nil }
    }
    var state: String { machine.describeGroup("g", apiVersion: 6).state }

    /// A stable group of two; the first is its leader. Generation 1.
    func stablePair() -> (leader: String, follower: String) {
        let (a, _) = newMember()
        let (b, _) = newMember()
        pass(6_000)
        _ = sync(b, generation: 1)
        _ = sync(a, generation: 1, [(a, "for a"), (b, "for b")])
        return (a, b)
    }
}
