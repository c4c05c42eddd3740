import ApusTesting
import Bytes
import Seams
import Vocabulary
import WireProtocol

/// A member of a classic consumer group: joins, is given partitions, reads them, commits how far it is, and says that it
/// lives.
final class Member: Reader, @unchecked Sendable {
    private let group: GroupFacts
    private let session: Int32
    private var memberID = ""
    private var generation: Int32 = -1
    private var owned: [PartitionFacts] = []
    private var isJoined = false
    private var lastHeartbeat = Instant(nanoseconds: 0)
    private let (joinVersion, syncVersion, commitVersion): (Int16, Int16, Int16)

    init(_ name: String, _ workload: Workload, group: GroupFacts) {
        self.group = group
        let chance = workload.chance
        session = Int32(2_000 + chance.below(3_000))
        joinVersion = Int16(chance.between(0...9))
        syncVersion = Int16(chance.between(0...5))
        commitVersion = Int16(chance.between(2...10))
        super.init(name, workload)
    }

    override func assignment() -> [PartitionFacts] { owned }

    override func work() async throws(CallFailure) {
        guard isJoined else { return try await join() }
        if ledger.now - lastHeartbeat > .milliseconds(300) { try await heartbeat() }
        guard isJoined else { return }
        try await super.work()
        if isJoined, chance.happens(percent: 30) { try await commit() }
        if chance.happens(percent: 1) { try await leave() }
    }

    // MARK: Joining

    private func join() async throws(CallFailure) {
        guard try await hasCoordinator() else { return await pause(20...80) }
        var request = JoinGroupRequest()
        (request.groupId, request.memberId, request.protocolType) = (group.name, memberID, "consumer")
        (request.sessionTimeoutMs, request.rebalanceTimeoutMs) = (session, 3_000)
        var way = JoinGroupRequest.JoinGroupRequestProtocol()
        (way.name, way.metadata) = ("turns", ByteSlice(utf8: name))
        request.protocols = [way]
        let moment = moment()
        let answer = try await ask(request, joinVersion)
        switch ErrorCode(rawValue: answer.errorCode) ?? .unknownServerError {
        case .none: break
        case .memberIdRequired: return memberID = answer.memberId
        case .unknownMemberId: return memberID = ""
        case .rebalanceInProgress: return
        default:
            passing(answer.errorCode, since: moment, "JoinGroup")
            return await pause(10...60)
        }
        (memberID, generation) = (answer.memberId, answer.generationId)
        guard moment.run == ledger.run else { return }
        if let leader = group.leaders[key], leader != answer.leader {
            ledger.violate(
                "group \(group.name) has in generation \(generation) the leaders \(leader) and \(answer.leader)")
        }
        group.leaders[key] = answer.leader
        if let mine = answer.members.first(where: { $0.memberId == memberID }), mine.metadata.text != name {
            ledger.violate("\(name): its own metadata in the group is \(mine.metadata.text)")
        }
        try await sync(answer, moment)
    }

    /// Generations may be given again after a crash.
    private var key: Int64 { Int64(ledger.run) << 32 | Int64(generation) }

    private func hasCoordinator() async throws(CallFailure) -> Bool {
        let version = version(0...5)
        var request = FindCoordinatorRequest()
        if version >= 4 { request.coordinatorKeys = [group.name] } else { request.key = group.name }
        let answer = try await ask(request, version)
        let found = answer.coordinators.first
        let (code, host, port) =
            version >= 4
            ? (found?.errorCode ?? -1, found?.host ?? "", found?.port ?? 0)
            : (answer.errorCode, answer.host, answer.port)
        if code == ErrorCode.coordinatorNotAvailable.rawValue { return false }
        let isRight = code == 0 && host == NodeProcess.address.host && Int(port) == NodeProcess.address.port
        if !isRight { ledger.violate("\(name): FindCoordinator is answered \(code), \(host):\(port)") }
        return isRight
    }

    private func sync(_ joined: JoinGroupResponse, _ moment: Moment) async throws(CallFailure) {
        var request = SyncGroupRequest()
        (request.groupId, request.memberId, request.generationId) = (group.name, memberID, generation)
        if syncVersion >= 5 { (request.protocolType, request.protocolName) = ("consumer", "turns") }
        if joined.leader == memberID {
            let members = joined.members.map(\.memberId).sorted()
            var parts = [String: [String]]()
            for (number, partition) in ledger.partitions.enumerated() {
                parts[members[number % members.count], default: []].append(partition.name)
            }
            for member in members {
                let text = ByteSlice(utf8: (parts[member] ?? []).joined(separator: ","))
                group.assignments[key, default: [:]][member] = text
                var entry = SyncGroupRequest.SyncGroupRequestAssignment()
                (entry.memberId, entry.assignment) = (member, text)
                request.assignments.append(entry)
            }
        }
        let answer = try await ask(request, syncVersion)
        guard answer.errorCode == 0 else { return failed(answer.errorCode, since: moment, "SyncGroup") }
        guard moment.run == ledger.run else { return }
        if let given = group.assignments[key]?[memberID], given != answer.assignment {
            ledger.violate("\(name) is assigned \(answer.assignment.text), and the leader has said \(given.text)")
        }
        let names = Set(answer.assignment.text.split(separator: ",").map(String.init))
        owned = ledger.partitions.filter { names.contains($0.name) }
        isJoined = true
        lastHeartbeat = ledger.now
        ledger.tell("\(name): generation \(generation), owns \(answer.assignment.text)")
        try await fetchOffsets()
    }

    private func failed(_ code: Int16, since moment: Moment, _ what: String) {
        switch ErrorCode(rawValue: code) {
        case .unknownMemberId: (isJoined, memberID) = (false, "")
        // From version 9 of OffsetCommit on; nobody had written the group down when it was lost.
        case .groupIdNotFound: (isJoined, memberID) = (false, "")
        case .illegalGeneration, .rebalanceInProgress: isJoined = false
        default: passing(code, since: moment, what)
        }
    }

    private func heartbeat() async throws(CallFailure) {
        var request = HeartbeatRequest()
        (request.groupId, request.memberId, request.generationId) = (group.name, memberID, generation)
        let moment = moment()
        let answer = try await ask(request, version(0...4))
        lastHeartbeat = ledger.now
        if answer.errorCode != 0 { failed(answer.errorCode, since: moment, "Heartbeat") }
    }

    private func leave() async throws(CallFailure) {
        let version = version(0...5)
        var request = LeaveGroupRequest()
        request.groupId = group.name
        if version >= 3 {
            var member = LeaveGroupRequest.MemberIdentity()
            member.memberId = memberID
            request.members = [member]
        } else {
            request.memberId = memberID
        }
        let moment = moment()
        let answer = try await ask(request, version)
        if answer.errorCode != 0 { failed(answer.errorCode, since: moment, "LeaveGroup") }
        (isJoined, memberID) = (false, "")
        await pause(50...500)
    }

    // MARK: Offsets

    private func fetchOffsets() async throws(CallFailure) {
        let offsets = CommittedOffsets(self, group)
        let moment = moment()
        let (code, found) = try await offsets.fetch(owned, version(1...10))
        guard code == 0 else { return failed(code, since: moment, "OffsetFetch") }
        for partition in owned {
            forget(partition)
            // An offset may outlive the records before it, when the power fails.
            if let offset = found[partition.name], offset >= 0 { move(partition, to: offset, powerLosses: 0) }
        }
    }

    private func commit() async throws(CallFailure) {
        let places = owned.compactMap { partition in positions[partition.name].map { (partition, $0.offset) } }
        guard !places.isEmpty else { return }
        let moment = moment()
        let code = try await CommittedOffsets(self, group).commit(
            places, commitVersion, generation: generation, memberID: memberID)
        if code != 0 { failed(code, since: moment, "OffsetCommit") }
    }
}

/// Commits and fetches offsets, and holds the answers against what was confirmed.
struct CommittedOffsets {
    let client: Client
    let group: GroupFacts

    init(_ client: Client, _ group: GroupFacts) { (self.client, self.group) = (client, group) }

    private var ledger: Ledger { client.ledger }

    /// The first error; 0 if all were committed.
    func commit(
        _ places: [(PartitionFacts, Int64)], _ version: Int16, generation: Int32 = -1, memberID: String = ""
    ) async throws(CallFailure) -> Int16 {
        var request = OffsetCommitRequest()
        (request.groupId, request.generationIdOrMemberEpoch, request.memberId) = (group.name, generation, memberID)
        for topic in ledger.made {
            var entry = OffsetCommitRequest.OffsetCommitRequestTopic()
            if version >= 10 { entry.topicId = topic.id ?? .zero } else { entry.name = topic.name }
            for (partition, offset) in places where partition.topic == topic.name {
                var asked = OffsetCommitRequest.OffsetCommitRequestPartition()
                (asked.partitionIndex, asked.committedOffset) = (partition.index, offset)
                asked.committedMetadata = ""
                entry.partitions.append(asked)
            }
            if !entry.partitions.isEmpty { request.topics.append(entry) }
        }
        await client.gate()
        let powerLosses = ledger.powerLosses
        let numbers = places.map { partition, offset in group.commits(offset, of: partition.name) }
        let answer = try await client.ask(request, version)
        let codes = answer.topics.flatMap { $0.partitions.map(\.errorCode) }
        if codes.count != places.count { ledger.violate("\(client.name): OffsetCommit is answered \(answer)") }
        if let code = codes.first(where: { $0 != 0 }) { return code }
        if powerLosses == ledger.powerLosses {
            for (place, number) in zip(places, numbers) { group.committed(number, of: place.0.name) }
        }
        return 0
    }

    func fetch(_ partitions: [PartitionFacts], _ version: Int16) async throws(CallFailure) -> (Int16, [String: Int64]) {
        await client.gate()
        let confirmed = partitions.map { group.confirmed($0.name) }
        let powerLosses = ledger.powerLosses
        let answer = try await client.ask(request(partitions, version), version)
        var found: [String: Int64] = [:]
        var code: Int16 = 0
        func take(_ topic: TopicFacts?, _ index: Int32, _ offset: Int64, _ error: Int16) {
            if error != 0 { code = error }
            if let topic { found["\(topic.name)-\(index)"] = offset }
        }
        if version >= 8 {
            guard let group = answer.groups.first else { return (-1, [:]) }
            if group.errorCode != 0 { return (group.errorCode, [:]) }
            for entry in group.topics {
                let topic = ledger.made.first { version >= 10 ? $0.id == entry.topicId : $0.name == entry.name }
                for one in entry.partitions { take(topic, one.partitionIndex, one.committedOffset, one.errorCode) }
            }
        } else {
            if answer.errorCode != 0 { return (answer.errorCode, [:]) }
            for entry in answer.topics {
                let topic = ledger.made.first { $0.name == entry.name }
                for one in entry.partitions { take(topic, one.partitionIndex, one.committedOffset, one.errorCode) }
            }
        }
        guard code == 0, powerLosses == ledger.powerLosses else { return (code, found) }
        for (partition, known) in zip(partitions, confirmed) {
            group.says(found[partition.name] ?? -1, of: partition.name, since: known, ledger)
        }
        return (0, found)
    }

    private func request(_ partitions: [PartitionFacts], _ version: Int16) -> OffsetFetchRequest {
        var request = OffsetFetchRequest()
        var asked: [(TopicFacts, [Int32])] = []
        for topic in ledger.made {
            let indexes = partitions.filter { $0.topic == topic.name }.map(\.index)
            if !indexes.isEmpty { asked.append((topic, indexes)) }
        }
        guard version >= 8 else {
            request.groupId = group.name
            request.topics = asked.map { topic, indexes in
                var entry = OffsetFetchRequest.OffsetFetchRequestTopic()
                (entry.name, entry.partitionIndexes) = (topic.name, indexes)
                return entry
            }
            return request
        }
        var one = OffsetFetchRequest.OffsetFetchRequestGroup()
        one.groupId = group.name
        one.topics = asked.map { topic, indexes in
            var entry = OffsetFetchRequest.OffsetFetchRequestTopics()
            if version >= 10 { entry.topicId = topic.id ?? .zero } else { entry.name = topic.name }
            entry.partitionIndexes = indexes
            return entry
        }
        request.groups = [one]
        return request
    }
}

/// Commits offsets without being a member of anything, as tools do, and looks whether they are there.
final class Keeper: Client, @unchecked Sendable {
    private let group: GroupFacts
    private var next: Int64 = 0

    override init(_ name: String, _ workload: Workload) {
        group = workload.ledger.group(name)
        super.init(name, workload)
    }

    override func work() async throws(CallFailure) {
        doing = "resting"
        await pause(20...300)
        let all = ledger.partitions
        guard !all.isEmpty else { return }
        next += 1
        let moment = moment()
        let offsets = CommittedOffsets(self, group)
        let one = all[chance.below(all.count)]
        let code =
            try await chance.happens(percent: 60)
            ? offsets.commit([(one, next)], version(2...10)) : offsets.fetch(all, version(1...10)).0
        if code != 0 {
            passing(code, since: moment, "offsets")
            await pause(20...100)
        }
    }
}
