import Bytes
import ClusterImage
import FetchSessions
import Listener
import LogStore
import Replication
import Seams
import Settings
import Synchronization
import Transport
import Vocabulary
import WireProtocol

/// One Fetch request: reads, and waits while there is less than it asks for.
///
/// Owner: the connection's loop. Partitions wake it from any thread.
final class FetchJob: Replication.FetchTarget, TimerTarget, @unchecked Sendable {
    private let request: IncomingRequest
    private let loop: any EventLoop
    private let view: FetchRequestView
    private let broker: Broker
    private let context: FetchContext
    private let deadline: Instant
    private var timer: TimerID?
    private var watched: [Partition] = []
    private var isAnswered = false
    private let isWoken = Atomic<Bool>(false)

    /// What one partition has come to.
    private enum Reading {
        case read(LogRead, LogBounds)
        case diverging(LeaderEpoch, Offset, LogBounds)
        case failed(Refusal)
    }

    private init(_ request: IncomingRequest, _ view: FetchRequestView, _ context: FetchContext, _ broker: Broker) {
        (self.request, self.view, self.broker, self.context) = (request, view, broker, context)
        loop = request.loop
        deadline = request.arrival + .milliseconds(Int64(max(0, view.maxWaitMs)))
    }

    static func serve(_ request: IncomingRequest, _ broker: Broker) {
        guard let view = try? FetchRequestView(request.body, version: request.version) else {
            return request.answer(.close)
        }
        let asked = sessionRequest(view, broker)
        let now = broker.steadyMilliseconds
        let begun = broker.sessions.withLock { sessions -> Result<FetchContext, FetchSessionError> in
            do throws(FetchSessionError) {
                return .success(
                    try sessions.begin(asked, now: now) { id in broker.imageBox.image.topics[id]?.name })
            } catch { return .failure(error) }
        }
        switch begun {
        case .success(let context): FetchJob(request, view, context, broker).evaluate(isLast: false)
        case .failure(let error): refuse(request, view, error)
        }
    }

    /// An error of the session is one of the whole request: no partition is named.
    private static func refuse(_ request: IncomingRequest, _ view: FetchRequestView, _ error: FetchSessionError) {
        guard
            let writer = try? FetchResponseWriter(
                version: view.version, correlationID: request.correlationID, errorCode: error.code),
            let answer = try? writer.finish()
        else { return request.answer(.close) }
        request.answer(.frame(parts(answer, [])))
    }

    private static func sessionRequest(_ view: FetchRequestView, _ broker: Broker) -> FetchSessionRequest {
        let usesIDs = view.version >= 13
        let image = usesIDs && view.topicCount > 0 ? broker.imageBox : nil
        var targets: [FetchSessions.FetchTarget] = []
        targets.reserveCapacity(view.partitionCount)
        var topics = view.topics
        while let topic = topics.nextTopic() {
            let name = usesIDs ? image?.image.topics[topic.id]?.name : topic.name.text
            while let partition = topics.nextPartition() {
                targets.append(
                    FetchSessions.FetchTarget(
                        topic: name, topicID: topic.id, partition: partition.index,
                        currentLeaderEpoch: partition.currentLeaderEpoch, fetchOffset: partition.fetchOffset,
                        lastFetchedEpoch: partition.lastFetchedEpoch, logStartOffset: partition.logStartOffset,
                        maxBytes: partition.maxBytes))
            }
        }
        var forgotten: [FetchKey] = []
        var dropped = view.forgottenTopics
        while let topic = dropped.nextTopic() {
            while let partition = dropped.nextPartition() {
                forgotten.append(
                    FetchKey(topic: usesIDs ? nil : topic.name.text, topicID: topic.id, partition: partition))
            }
        }
        return FetchSessionRequest(
            sessionID: view.sessionId, sessionEpoch: view.sessionEpoch, usesTopicIDs: usesIDs,
            isFollower: view.replicaId.rawValue >= 0, targets: targets, forgotten: forgotten)
    }

    // MARK: Reading

    /// Reads all partitions, and answers if that is enough or this is the last look.
    private func evaluate(isLast: Bool) {
        guard !isAnswered else { return }
        let table = broker.replicas.partitions
        var readings: [Reading] = []
        readings.reserveCapacity(context.targets.count)
        var left = min(Int(view.maxBytes), broker.settings.fetch.maxBytes)
        let wanted = min(Int(view.minBytes), left)
        var bytes = 0
        var mustAnswer = false
        for target in context.targets {
            let reading = read(target, table, left: left, isFirst: bytes == 0)
            switch reading {
            case .read(let read, _):
                bytes += read.count
                left = max(0, left - read.count)
                // As Kafka's delayed fetch: on an older segment there is no waiting.
                if read.goesOn { mustAnswer = true }
            case .diverging, .failed: mustAnswer = true
            }
            readings.append(reading)
        }
        if isLast || mustAnswer || context.targets.isEmpty || bytes >= wanted || view.maxWaitMs <= 0 {
            return answer(readings)
        }
        wait(readings, table)
    }

    private func partition(_ target: FetchSessions.FetchTarget, _ table: PartitionTable) -> Partition? {
        if view.version >= 13 { return table.partition(target.topicID, target.partition) }
        return target.topic.flatMap { table.partition($0, target.partition) }
    }

    private func read(_ target: FetchSessions.FetchTarget, _ table: PartitionTable, left: Int, isFirst: Bool) -> Reading
    {
        guard let partition = partition(target, table) else { return .failed(absent(target)) }
        do throws(ReplicaError) {
            let isReplica = view.replicaId.rawValue >= 0
            // Reads of followers come with replication; until then nobody may think that it follows us.
            if isReplica { throw .unknownLeaderEpoch }
            _ = try partition.check(epoch: target.currentLeaderEpoch)
            let log = partition.log
            let bounds = log.bounds
            if let diverging = try diverges(target, log, bounds) { return diverging }
            let isCommitted = view.isolationLevel == 1
            let limit = isCommitted ? bounds.lastStable : bounds.highWatermark
            do throws(LogError) {
                let read = try log.read(
                    from: target.fetchOffset, below: limit, maxBytes: min(Int(target.maxBytes), left),
                    wholeFirst: isFirst, withAborted: isCommitted)
                return .read(read, bounds)
            } catch { throw .log(error) }
        } catch { return .failed(Refusal(of: error)) }
    }

    /// A fetcher says of which epoch its last record is: is that in our log too (KIP-320, KIP-595)? One that is beyond our
    /// end has records that we never had: it learns where its epoch ends here.
    private func diverges(_ target: FetchSessions.FetchTarget, _ log: Log, _ bounds: LogBounds) throws(ReplicaError)
        -> Reading?
    {
        guard target.lastFetchedEpoch != .none, target.fetchOffset >= bounds.start else { return nil }
        let (epoch, end) = log.end(of: target.lastFetchedEpoch)
        guard epoch != .none else {
            throw .log(.outOfRange(target.fetchOffset, start: bounds.start, end: bounds.end))
        }
        return epoch < target.lastFetchedEpoch || end < target.fetchOffset ? .diverging(epoch, end, bounds) : nil
    }

    private func absent(_ target: FetchSessions.FetchTarget) -> Refusal {
        let image = broker.imageBox.image
        if view.version >= 13, image.topics[target.topicID] == nil { return Refusal(.unknownTopicId) }
        let name = target.topic ?? image.topics[target.topicID]?.name ?? ""
        guard let state = image.partition(TopicPartition(name, target.partition)) else {
            return Refusal(.unknownTopicOrPartition)
        }
        return Refusal(notLeaderOf: state)
    }

    // MARK: Waiting

    private func wait(_ readings: [Reading], _ table: PartitionTable) {
        isWoken.store(false, ordering: .sequentiallyConsistent)
        watched.removeAll(keepingCapacity: true)
        for (target, reading) in zip(context.targets, readings) {
            guard case .read(_, let bounds) = reading, let partition = partition(target, table) else { continue }
            watched.append(partition)
            partition.wait(self, seen: bounds)
        }
        if timer == nil { timer = loop.schedule(at: deadline, self, token: 0) }
    }

    func partitionAdvanced() {
        guard !isWoken.exchange(true, ordering: .sequentiallyConsistent) else { return }
        loop.post { [self] in look(isLast: false) }
    }

    func timerFired(_ token: UInt64) {
        timer = nil
        look(isLast: true)
    }

    private func look(isLast: Bool) {
        guard !isAnswered else { return }
        for partition in watched { partition.forget(self) }
        evaluate(isLast: isLast)
    }

    // MARK: The answer

    private func answer(_ readings: [Reading]) {
        isAnswered = true
        if let timer { loop.cancel(timer) }
        let now = broker.steadyMilliseconds
        let outcomes = readings.map(outcome)
        let session = broker.sessions.withLock { sessions in
            sessions.finish(context, outcomes, now: now) { broker.world.chance.next() }
        }
        if let error = session.error { return Self.refuse(request, view, error) }
        guard let parts = try? write(readings, session) else { return request.answer(.close) }
        request.answer(.frame(parts))
    }

    private func outcome(_ reading: Reading) -> FetchOutcome {
        switch reading {
        case .read(let read, let bounds):
            FetchOutcome(
                hasRecords: read.count > 0, highWatermark: bounds.highWatermark, logStartOffset: bounds.start)
        case .diverging(_, _, let bounds):
            FetchOutcome(highWatermark: bounds.highWatermark, logStartOffset: bounds.start, isDiverging: true)
        case .failed: FetchOutcome(hasError: true, highWatermark: .none, logStartOffset: .none)
        }
    }

    private func write(_ readings: [Reading], _ session: FetchSessionAnswer) throws(WireError) -> [AnswerPart] {
        var writer = try FetchResponseWriter(
            version: view.version, correlationID: request.correlationID, sessionId: session.sessionID)
        var regions: [FileRegion] = []
        var leaders: [BrokerID] = []
        var topic: (name: String?, id: TopicID)?
        for index in session.named {
            let target = context.targets[index]
            if topic == nil || topic!.name != target.topic || topic!.id != target.topicID {
                writer.beginTopic(
                    name: ByteSlice(utf8: view.version <= 12 ? target.topic ?? "" : ""), id: target.topicID)
                topic = (target.topic, target.topicID)
            }
            write(readings[index], target.partition, &writer, &regions, &leaders)
        }
        let endpoints = leaders.isEmpty ? [] : leaderEndpoints(leaders)
        return Self.parts(try writer.finish(nodeEndpoints: endpoints), regions)
    }

    private func leaderEndpoints(_ leaders: [BrokerID]) -> [LeaderEndpoint] {
        let image = broker.image
        return leaders.compactMap { broker.endpoint(of: $0, on: request.listener.name, image) }
    }

    private func write(
        _ reading: Reading, _ index: PartitionIndex, _ writer: inout FetchResponseWriter, _ regions: inout [FileRegion],
        _ leaders: inout [BrokerID]
    ) {
        switch reading {
        case .failed(let refusal):
            var partition = FetchResponseWriter.Partition(index, error: refusal.code)
            partition.currentLeader = refusal.leader
            if refusal.leader.leaderId != .none, !leaders.contains(refusal.leader.leaderId) {
                leaders.append(refusal.leader.leaderId)
            }
            writer.partition(partition, records: .none)
        case .diverging(let epoch, let end, let bounds):
            var partition = Self.partition(index, bounds)
            partition.divergingEpoch = FetchResponseWriter.EpochEnd(epoch: epoch, endOffset: end)
            writer.partition(partition, records: .none)
        case .read(let read, let bounds):
            write(read, Self.partition(index, bounds), &writer, &regions)
        }
    }

    private static func partition(_ index: PartitionIndex, _ bounds: LogBounds) -> FetchResponseWriter.Partition {
        FetchResponseWriter.Partition(
            index, highWatermark: bounds.highWatermark, lastStableOffset: bounds.lastStable,
            logStartOffset: bounds.start)
    }

    private func write(
        _ read: LogRead, _ partition: FetchResponseWriter.Partition, _ writer: inout FetchResponseWriter,
        _ regions: inout [FileRegion]
    ) {
        let aborted = read.aborted?.map {
            FetchResponseWriter.AbortedTransaction(producerId: $0.producerID, firstOffset: $0.firstOffset)
        }
        guard let region = read.region else {
            return writer.partition(partition, abortedTransactions: aborted, records: .none)
        }
        // Few bytes are read into the answer: one piece to send instead of two.
        if region.count <= FetchResponseWriter.copiedSize {
            do throws(DiskError) {
                return try writer.partition(partition, abortedTransactions: aborted, size: region.count) {
                    (space) throws(DiskError) in
                    let got = try region.file.read(into: space, at: region.position)
                    guard got == space.count else {
                        throw DiskError(.inputOutput, operation: "read", path: region.file.path)
                    }
                }
            } catch {
                var failed = FetchResponseWriter.Partition(partition.index, error: .kafkaStorageError)
                failed.currentLeader = .none
                return writer.partition(failed, records: .none)
            }
        }
        regions.append(region)
        writer.partition(partition, abortedTransactions: aborted, records: .region(count: region.count))
    }

    private static func parts(_ segments: [AnswerSegment], _ regions: [FileRegion]) -> [AnswerPart] {
        segments.map { segment in
            switch segment {
            case .bytes(let bytes): .bytes(bytes)
            case .region(let number, _): .region(regions[number])
            }
        }
    }
}
