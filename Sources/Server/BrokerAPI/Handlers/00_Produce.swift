import Bytes
import ClusterImage
import Listener
import LogStore
import RecordFormat
import Replication
import Seams
import Synchronization
import Transport
import Vocabulary
import WireProtocol

/// One Produce request: a batch for each of its partitions, and the answer once the last of them has its fate.
///
/// Owner: the connection's loop. Partitions tell of their batches on any thread; what they say goes through `fates`.
final class ProduceJob: AppendTarget, TimerTarget, @unchecked Sendable {
    private let request: IncomingRequest
    private let loop: any EventLoop
    private let view: ProduceRequestView
    private let broker: Broker
    private let fates: Mutex<Fates>
    /// While the batches are being handed out nothing is answered.
    private var isStarting = true
    private var isAnswered = false
    private var timer: TimerID?

    fileprivate enum Fate: Sendable {
        case pending
        /// Appended here, not yet by the rest of the in-sync set.
        case stored
        case done(AppendAnswer)
        case failed(ReplicaError)
        case refused(Refusal)
    }

    private struct Fates: Sendable {
        var each: [Fate]
        var left: Int
        /// The request's time is over.
        var isExpired = false
    }

    private init(_ request: IncomingRequest, _ view: ProduceRequestView, _ broker: Broker) {
        (self.request, self.view, self.broker) = (request, view, broker)
        loop = request.loop
        let count = view.partitionCount
        fates = Mutex(Fates(each: Array(repeating: .pending, count: count), left: count))
    }

    static func serve(_ request: IncomingRequest, _ broker: Broker) {
        guard let view = try? ProduceRequestView(request.body, version: request.version) else {
            return request.answer(.close)
        }
        ProduceJob(request, view, broker).start()
    }

    private func start() {
        let table = broker.replicas.partitions
        let isKnown = view.acks == 0 || view.acks == 1 || view.acks == -1
        let now = broker.world.clock.wallClock
        var part = 0
        var topics = view.topics
        while let topic = topics.nextTopic() {
            let name = view.version <= 12 ? topic.name.text : broker.image.topics[topic.id]?.name ?? ""
            let refusal =
                isKnown
                ? refusal(ofTopic: name, topic.id)
                : Refusal(.invalidRequiredAcks, "acks must be 0, 1 or -1 (all), not \(view.acks).")
            while let partition = topics.nextPartition() {
                if let refusal {
                    settle(part, .refused(refusal))
                } else {
                    let replica =
                        view.version <= 12
                        ? table.partition(name, partition.index) : table.partition(topic.id, partition.index)
                    hand(partition.records, of: TopicPartition(name, partition.index), to: replica, part, now)
                }
                part += 1
            }
        }
        isStarting = false
        finishIfDone()
        if !isAnswered { awaitReplicas() }
    }

    /// What is wrong with the topic as a whole.
    private func refusal(ofTopic name: String, _ id: TopicID) -> Refusal? {
        if view.version >= 13, name.isEmpty { return Refusal(.unknownTopicId) }
        if Broker.internalTopics.contains(name), request.clientID?.text != "__admin_client" {
            return Refusal(.invalidTopicException, "\(name) is written by brokers only.")
        }
        return nil
    }

    private func hand(
        _ records: ByteSlice?, of name: TopicPartition, to replica: Partition?, _ part: Int, _ now: Timestamp
    ) {
        guard let replica else { return settle(part, .refused(absent(name))) }
        guard let records else { return settle(part, .refused(Refusal(of: ValidationError.noBatch))) }
        do throws(ValidationError) {
            let version = view.version
            try records.withBytes { bytes throws(ValidationError) in
                try BatchValidator.checkProduce(bytes, version: version)
            }
        } catch { return settle(part, .refused(Refusal(of: error))) }
        if let refusal = transactional(records) { return settle(part, .refused(refusal)) }
        replica.append(records, requiredAcks: view.acks, now: now, part: part, target: self)
    }

    /// Transactions have no coordinator here yet, so that no transactional batch can belong to an open one.
    private func transactional(_ records: ByteSlice) -> Refusal? {
        guard let header = records.withBytes({ try? BatchHeader.read($0) }), header.isTransactional else { return nil }
        if view.transactionalId == nil { return Refusal(.transactionalIdAuthorizationFailed) }
        return Refusal(.invalidTxnState, "The batch is not part of an open transaction.")
    }

    private func absent(_ name: TopicPartition) -> Refusal {
        guard let state = broker.image.partition(name) else { return Refusal(.unknownTopicOrPartition) }
        return Refusal(notLeaderOf: state)
    }

    // MARK: Fates

    func appended(_ part: Int, _ result: Result<AppendAnswer, ReplicaError>) {
        switch result {
        case .success(let answer): settle(part, .done(answer))
        case .failure(let error): settle(part, .failed(error))
        }
    }

    func stored(_ part: Int) {
        let isTooLate = fates.withLock { fates in
            if case .pending = fates.each[part] { fates.each[part] = .stored }
            return fates.isExpired
        }
        if isTooLate { settle(part, .failed(.timedOut)) }
    }

    private func settle(_ part: Int, _ fate: Fate) {
        let isLast = fates.withLock { fates in
            guard fates.each[part].isOpen else { return false }
            fates.each[part] = fate
            fates.left -= 1
            return fates.left == 0
        }
        guard isLast else { return }
        if loop.isCurrent {
            if !isStarting { finishIfDone() }
        } else {
            loop.post { [self] in finishIfDone() }
        }
    }

    /// Only acks=all waits for anybody.
    private func awaitReplicas() {
        guard view.acks == -1 else { return }
        timer = loop.schedule(
            at: request.arrival + .milliseconds(Int64(max(0, view.timeoutMs))), self, token: 0)
    }

    /// The in-sync set was too slow: what is missing is answered with a timeout, and may still be replicated. What is not yet
    /// appended here is waited for: it would be appended behind an answer that says the contrary.
    func timerFired(_ token: UInt64) {
        timer = nil
        fates.withLock { fates in
            fates.isExpired = true
            for part in fates.each.indices {
                guard case .stored = fates.each[part] else { continue }
                fates.each[part] = .failed(.timedOut)
                fates.left -= 1
            }
        }
        finishIfDone()
    }

    // MARK: The answer

    private func finishIfDone() {
        guard !isAnswered else { return }
        let done = fates.withLock { $0.left == 0 ? $0.each : nil }
        guard let done else { return }
        isAnswered = true
        if let timer { loop.cancel(timer) }
        guard view.acks != 0 else { return request.answer(hasFailed(done) ? .close : .nothing) }
        guard let answer = try? answer(done) else { return request.answer(.close) }
        request.answer(.frame([.bytes(answer)]))
    }

    /// With acks=0 nothing can be answered: closing the connection makes the client look for the new leader.
    private func hasFailed(_ done: [Fate]) -> Bool {
        done.contains { fate in if case .done = fate { false } else { true } }
    }

    private func answer(_ done: [Fate]) throws(WireError) -> ByteSlice {
        var writer = try ProduceResponseWriter(version: view.version, correlationID: request.correlationID)
        var leaders: [BrokerID] = []
        var part = 0
        var topics = view.topics
        while let topic = topics.nextTopic() {
            writer.beginTopic(name: topic.name, id: topic.id)
            while let partition = topics.nextPartition() {
                switch done[part] {
                case .done(let answer):
                    writer.partition(
                        ProduceResponseWriter.Partition(
                            partition.index, baseOffset: answer.outcome.firstOffset,
                            logAppendTime: answer.outcome.logAppendTime, logStartOffset: answer.logStart))
                case .failed(let error): write(Refusal(of: error), partition.index, &writer, &leaders)
                case .refused(let refusal): write(refusal, partition.index, &writer, &leaders)
                case .pending, .stored: write(Refusal(.requestTimedOut), partition.index, &writer, &leaders)
                }
                part += 1
            }
        }
        let image = leaders.isEmpty ? nil : broker.image
        let endpoints = leaders.compactMap { broker.endpoint(of: $0, on: request.listener.name, image!) }
        return try writer.finish(nodeEndpoints: endpoints)
    }

    private func write(
        _ refusal: Refusal, _ index: PartitionIndex, _ writer: inout ProduceResponseWriter, _ leaders: inout [BrokerID]
    ) {
        // A new leader is named from version 10 on, so that clients need not ask for metadata first (KIP-951).
        if refusal.leader.leaderId != .none, !leaders.contains(refusal.leader.leaderId) {
            leaders.append(refusal.leader.leaderId)
        }
        writer.partition(
            ProduceResponseWriter.Partition(index, error: refusal.code, currentLeader: refusal.leader),
            recordErrors: refusal.records, errorMessage: refusal.message)
    }
}

extension ProduceJob.Fate {
    fileprivate var isOpen: Bool {
        switch self {
        case .pending, .stored: true
        case .done, .failed, .refused: false
        }
    }
}

extension Refusal {
    /// Someone else leads, or nobody.
    init(notLeaderOf state: PartitionState) {
        self.init(.notLeaderOrFollower)
        leader = CurrentLeader(state.leader, epoch: state.leaderEpoch)
    }

}
