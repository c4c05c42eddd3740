import ApusTesting
import Seams
import Vocabulary
import WireProtocol

/// Reads some partitions from their start on, with long polls, mostly in a fetch session.
class Reader: Client, @unchecked Sendable {
    private let fetchVersion: Int16
    private let usesSessions: Bool
    private let isCommitted: Bool
    private let maxWait: Int32
    private let minBytes: Int32
    private let partitionBytes: Int32
    /// Where to go on, by partition, and the highest watermark seen in this run of the node.
    private(set) var positions: [String: Position] = [:]
    private var session: (id: Int32, epoch: Int32) = (0, 0)
    /// The run of the node that the session is of.
    private var sessionRun = 0
    /// What the session has been told of each partition.
    private var told: [String: Int64] = [:]

    struct Position {
        var offset: Int64
        var highWatermark: Int64 = -1
        var run: Int
        /// The loss of power before which the offset was found.
        var powerLosses: Int
    }

    override init(_ name: String, _ workload: Workload) {
        let chance = workload.chance
        fetchVersion = Int16(chance.between(4...17))
        usesSessions = fetchVersion >= 7 && chance.happens(percent: 75)
        isCommitted = chance.happens(percent: 30)
        maxWait = Int32(chance.below(400))
        minBytes = chance.happens(percent: 60) ? 1 : Int32(chance.below(2_000))
        partitionBytes = Int32(200 + chance.below(6_000))
        super.init(name, workload)
    }

    /// The partitions to read now.
    func assignment() -> [PartitionFacts] { ledger.partitions }

    override func work() async throws(CallFailure) {
        let partitions = assignment()
        guard !partitions.isEmpty else { return await pause(20...80) }
        for partition in partitions where positions[partition.name] == nil {
            try await seek(partition, to: -2)
        }
        try await fetch(partitions)
        if chance.happens(percent: 60) {
            doing = "resting"
            await pause(0...150)
        }
        if chance.happens(percent: 2), let partition = partitions.first {
            try await seek(partition, to: chance.happens(percent: 50) ? -2 : -1)
        }
    }

    // MARK: Places

    func move(_ partition: PartitionFacts, to offset: Int64, powerLosses: Int? = nil) {
        positions[partition.name] = Position(
            offset: offset, run: ledger.run, powerLosses: powerLosses ?? ledger.powerLosses)
    }
    func forget(_ partition: PartitionFacts) { positions[partition.name] = nil }

    /// Asks for the earliest (-2) or latest (-1) offset.
    func seek(_ partition: PartitionFacts, to special: Int64) async throws(CallFailure) {
        var request = ListOffsetsRequest()
        request.replicaId = -1
        var topic = ListOffsetsRequest.ListOffsetsTopic()
        topic.name = partition.topic
        var asked = ListOffsetsRequest.ListOffsetsPartition()
        (asked.partitionIndex, asked.timestamp) = (partition.index, special)
        topic.partitions = [asked]
        request.topics = [topic]
        await gate()
        let (moment, acknowledged, start) = (moment(), partition.acknowledged, partition.start)
        let answer = try await ask(request, version(1...10))
        guard let found = answer.topics.first?.partitions.first else {
            return ledger.violate("\(name): ListOffsets of \(partition.name) is answered \(answer)")
        }
        guard found.errorCode == 0 else {
            passing(found.errorCode, since: moment, "ListOffsets of \(partition.name)")
            return await pause(5...50)
        }
        guard moment.run == ledger.run else { return }
        if special == -2 {
            if found.offset < start {
                ledger.violate("\(name): \(partition.name) begins at \(found.offset), after it had begun at \(start)")
            }
            partition.begins(at: max(found.offset, partition.start), ledger)
        } else if found.offset < acknowledged {
            ledger.violate("\(name): \(partition.name) ends at \(found.offset); \(acknowledged) was acknowledged")
        }
        move(partition, to: found.offset)
    }

    // MARK: Fetching

    private func request(_ partitions: [PartitionFacts]) -> FetchRequest {
        var request = FetchRequest()
        (request.maxWaitMs, request.minBytes, request.maxBytes) = (maxWait, minBytes, 50_000)
        request.isolationLevel = isCommitted ? 1 : 0
        (request.sessionId, request.sessionEpoch) = usesSessions ? session : (0, -1)
        let isFull = request.sessionEpoch <= 0
        if isFull { told = [:] }
        for topic in ledger.made {
            var entry = FetchRequest.FetchTopic()
            if fetchVersion >= 13 { entry.topicId = topic.id ?? .zero } else { entry.topic = topic.name }
            for partition in partitions where partition.topic == topic.name {
                guard let position = positions[partition.name], isFull || told[partition.name] != position.offset else {
                    continue
                }
                told[partition.name] = position.offset
                var asked = FetchRequest.FetchPartition()
                (asked.partition, asked.fetchOffset) = (partition.index, position.offset)
                asked.partitionMaxBytes = partitionBytes
                entry.partitions.append(asked)
            }
            if !entry.partitions.isEmpty { request.topics.append(entry) }
        }
        if !isFull { forgetOthers(partitions, &request) }
        return request
    }

    private func forgetOthers(_ partitions: [PartitionFacts], _ request: inout FetchRequest) {
        let names = Set(partitions.map(\.name))
        for topic in ledger.made {
            var entry = FetchRequest.ForgottenTopic()
            if fetchVersion >= 13 { entry.topicId = topic.id ?? .zero } else { entry.topic = topic.name }
            for partition in topic.partitions where told[partition.name] != nil && !names.contains(partition.name) {
                told[partition.name] = nil
                entry.partitions.append(partition.index)
            }
            if !entry.partitions.isEmpty { request.forgottenTopicsData.append(entry) }
        }
    }

    private func fetch(_ partitions: [PartitionFacts]) async throws(CallFailure) {
        await gate()
        let partitions = partitions.filter { positions[$0.name] != nil }
        guard !partitions.isEmpty else { return }
        if !wire.isConnected, chance.happens(percent: 50) { session = (0, 0) }
        let request = request(partitions)
        let acknowledged = Dictionary(uniqueKeysWithValues: partitions.map { ($0.name, $0.acknowledged) })
        let (moment, asked) = (moment(), ledger.now)
        let answer: FetchResponse
        do throws(CallFailure) { answer = try await ask(request, fetchVersion) } catch {
            session = (0, 0)
            throw error
        }
        checkTime(since: asked)
        guard moment.run == ledger.run else { return session = (0, 0) }
        guard answer.errorCode == 0 else {
            let isSession = answer.errorCode == 70 || answer.errorCode == 71
            if !isSession || (servedSince(moment) && sessionRun == ledger.run) {
                ledger.violate("\(name): a fetch in session \(session) is answered \(answer.errorCode)")
            }
            return session = (0, 0)
        }
        if usesSessions {
            if session.epoch > 0, answer.sessionId != session.id {
                ledger.violate("\(name): session \(session) is answered as \(answer.sessionId)")
            }
            sessionRun = ledger.run
            session = answer.sessionId == 0 ? (0, 0) : (answer.sessionId, session.epoch &+ 1)
        }
        try await take(answer, partitions, acknowledged, moment)
    }

    /// A long poll is answered within its wait, and some for the way.
    private func checkTime(since asked: Instant) {
        guard asked >= ledger.disturbedUntil, ledger.phase == .serving else { return }
        let took = (ledger.now - asked).milliseconds
        if took > Int64(maxWait) + 1_000 { ledger.violate("\(name): a fetch of \(maxWait) ms has taken \(took) ms") }
    }

    private func take(
        _ answer: FetchResponse, _ partitions: [PartitionFacts], _ acknowledged: [String: Int64], _ moment: Moment
    ) async throws(CallFailure) {
        var out: [PartitionFacts] = []
        var (bytes, behind) = (0, [String]())
        for topic in answer.responses {
            for entry in topic.partitions {
                guard
                    let partition = partitions.first(where: {
                        $0.index == entry.partitionIndex
                            && (fetchVersion >= 13
                                ? workload.topic(of: $0)?.id == topic.topicId : $0.topic == topic.topic)
                    }), var position = positions[partition.name]
                else {
                    // One that has just been dropped from the session.
                    ledger.violate(
                        "\(name): an answer for \(topic.topic) \(topic.topicId)-\(entry.partitionIndex), not asked for")
                    continue
                }
                guard entry.errorCode == 0 else {
                    if entry.errorCode == 1 {
                        out.append(partition)
                    } else {
                        passing(entry.errorCode, since: moment, "Fetch of \(partition.name)")
                    }
                    continue
                }
                check(entry, partition, &position, acknowledged[partition.name] ?? 0)
                let found = Fetched(ledger: ledger, partition: partition, who: name)
                    .take(entry.records, from: position.offset, below: entry.highWatermark)
                bytes += found.bytes
                if found.bytes == 0, entry.highWatermark > position.offset { behind.append(partition.name) }
                position.offset = found.next
                positions[partition.name] = position
            }
        }
        if bytes == 0, !behind.isEmpty { ledger.violate("\(name): nothing is fetched, and there is more in \(behind)") }
        for partition in out { try await outOfRange(partition) }
    }

    private func check(
        _ entry: FetchResponse.PartitionData, _ partition: PartitionFacts, _ position: inout Position,
        _ acknowledged: Int64
    ) {
        if position.run != ledger.run { (position.run, position.highWatermark) = (ledger.run, -1) }
        if entry.highWatermark < position.highWatermark {
            ledger.violate(
                "\(name): the high watermark of \(partition.name) falls from \(position.highWatermark) to \(entry.highWatermark)"
            )
        }
        if entry.highWatermark < acknowledged {
            ledger.violate(
                "\(name): the high watermark of \(partition.name) is \(entry.highWatermark); \(acknowledged) was acknowledged"
            )
        }
        if fetchVersion >= 5, entry.logStartOffset >= partition.start {
            partition.begins(at: entry.logStartOffset, ledger)
        }
        position.highWatermark = entry.highWatermark
    }

    private func outOfRange(_ partition: PartitionFacts) async throws(CallFailure) {
        guard let position = positions[partition.name] else { return }
        let mayBe =
            position.powerLosses < ledger.powerLosses || partition.policy.retention != nil
            || position.offset < partition.deletable
        if !mayBe {
            ledger.violate(
                "\(name): \(position.offset) of \(partition.name) is out of range (acknowledged to \(partition.acknowledged))"
            )
        }
        forget(partition)
        try await seek(partition, to: -2)
    }
}
