import Bytes
import Compression
import Coordination
import LogStore
import RecordFormat
import Replication
import Seams
import Telemetry
import Vocabulary
import WireProtocol

/// One coordinator with its partition: carries out what the machine wants, one event after the other.
///
/// Owner: the host's loop. An append is nearly always done within the call; when somebody else is at the partition's gate,
/// events wait until it is, since the machine must hear of it before anything else.
final class GroupShard: TimerTarget {
    let partition: Partition
    let epoch: LeaderEpoch
    private let loop: any EventLoop
    private let logger: Logger
    private let compression: CompressionSetting

    private enum Phase {
        case loading
        case failed
        case active
        case unloaded
    }

    private var phase: Phase = .loading
    private var machine: GroupCoordinator
    private var answers: [RequestToken: (Result<GroupAnswer, GroupError>) -> Void] = [:]
    private var nextToken: UInt64 = 1
    private var timers: [GroupTimer: (id: TimerID, token: UInt64)] = [:]
    private var timersByToken: [UInt64: GroupTimer] = [:]
    private var nextTimer: UInt64 = 1

    /// An append is at the gate: events wait in `deferred`, effects in `undone`.
    private var isAppending = false
    private var deferred = Deque<(happen: () -> Void, refuse: () -> Void)>()
    private var undone = Deque<GroupEffect>()
    private var isWatching = false

    init(
        _ partition: Partition, epoch: LeaderEpoch, settings: GroupSettings, recordCodec: Int, loop: any EventLoop,
        logger: Logger
    ) {
        (self.partition, self.epoch, self.loop, self.logger) = (partition, epoch, loop, logger)
        compression = CompressionSetting(Codec(rawValue: UInt8(clamping: recordCodec)) ?? .none)
        machine = GroupCoordinator(settings: settings)
    }

    private var now: Timestamp { loop.clock.wallClock }

    // MARK: Life

    func loaded(_ result: Result<GroupCoordinator, GroupLoadError>) {
        guard phase == .loading else { return }
        switch result {
        case .success(let machine):
            self.machine = machine
            phase = .active
            event { shard in shard.machine.loaded(now: shard.now) }
        case .failure: phase = .failed
        }
    }

    func unload() {
        guard phase == .active else {
            phase = .unloaded
            return
        }
        phase = .unloaded
        machine.unload(now: now)
        carryOut(machine.takeEffects())
        for timer in timers.values { loop.cancel(timer.id) }
        for answer in answers.values { answer(.failure(.notCoordinator)) }
        (timers, timersByToken, answers) = ([:], [:], [:])
        while let waiting = deferred.popFirst() { waiting.refuse() }
    }

    private var refusal: GroupError? {
        switch phase {
        case .active: nil
        case .loading: .coordinatorLoadInProgress
        case .failed, .unloaded: .notCoordinator
        }
    }

    // MARK: Events

    func call(
        _ start: @escaping (inout GroupCoordinator, RequestToken, Timestamp) -> Void,
        _ answer: @escaping (Result<GroupAnswer, GroupError>) -> Void
    ) {
        if let refusal { return answer(.failure(refusal)) }
        let token = RequestToken(nextToken)
        nextToken += 1
        answers[token] = answer
        event { shard in start(&shard.machine, token, shard.now) }
    }

    func ask<Answer>(
        _ question: @escaping (inout GroupCoordinator, Timestamp) -> Answer,
        _ answer: @escaping (Result<Answer, GroupError>) -> Void
    ) {
        if let refusal { return answer(.failure(refusal)) }
        event(orElse: { answer(.failure(.notCoordinator)) }) { shard in
            answer(.success(question(&shard.machine, shard.now)))
        }
    }

    func look<Answer>(_ question: (GroupCoordinator) -> [Answer]) -> Result<[Answer], GroupError> {
        switch phase {
        case .active: .success(question(machine))
        case .loading: .failure(.coordinatorLoadInProgress)
        case .failed, .unloaded: .success([])
        }
    }

    func expireOffsets() { event { shard in shard.machine.expireOffsets(now: shard.now) } }

    func topicsDeleted(_ topics: [(name: String, id: TopicID)]) {
        event { shard in shard.machine.topicsDeleted(topics, now: shard.now) }
    }

    func timerFired(_ token: UInt64) {
        guard let timer = timersByToken.removeValue(forKey: token) else { return }
        timers[timer] = nil
        event { shard in shard.machine.timerFired(timer, now: shard.now) }
    }

    /// One event, now or after those that wait; `refuse` if it waits for too long, for the shard is led elsewhere.
    private func event(orElse refuse: @escaping () -> Void = {}, _ body: @escaping (GroupShard) -> Void) {
        guard phase == .active else { return }
        guard !isAppending else { return deferred.append(({ [unowned self] in body(self) }, refuse)) }
        body(self)
        settle()
    }

    /// Carries out what the machine wants until it wants nothing, and lets waiting events in.
    private func settle() {
        while !isAppending {
            // An append that was done at once has made new effects.
            let effects = machine.takeEffects()
            if effects.isEmpty && undone.isEmpty {
                guard let next = deferred.popFirst() else { return }
                next.happen()
            } else {
                carryOut(effects)
            }
        }
    }

    private func carryOut(_ effects: [GroupEffect]) {
        for effect in effects { undone.append(effect) }
        while !isAppending, let effect = undone.popFirst() {
            switch effect {
            case .append(let token, let records): append(records, token)
            case .answer(let token, let answer): answers.removeValue(forKey: token)?(.success(answer))
            case .schedule(let timer, let milliseconds): schedule(timer, milliseconds)
            case .cancel(let timer): cancel(timer)
            }
        }
    }

    private func schedule(_ timer: GroupTimer, _ milliseconds: Int64) {
        cancel(timer)
        let token = nextTimer
        nextTimer += 1
        timersByToken[token] = timer
        let deadline = loop.clock.now + .milliseconds(milliseconds)
        timers[timer] = (loop.schedule(at: deadline, self, token: token), token)
    }

    private func cancel(_ timer: GroupTimer) {
        guard let (id, token) = timers.removeValue(forKey: timer) else { return }
        loop.cancel(id)
        timersByToken[token] = nil
    }

    // MARK: The log

    private func append(_ records: [GroupRecord], _ token: UInt64) {
        guard let batch = batch(of: records) else {
            return machine.appendFailed(token, .refused, now: now)
        }
        isAppending = true
        let home = LoopBound(self, to: loop)
        let (epoch, now) = (epoch, now)
        partition.pass { partition in
            let outcome: Result<Offset, CoordinatorAppendError>
            do throws(ReplicaError) {
                let answer = try partition.lead(
                    batch, origin: .coordinator, requiredAcks: -1, expectedEpoch: epoch, now: now)
                outcome = .success(answer.outcome.lastOffset + 1)
            } catch { outcome = .failure(CoordinatorAppendError(error)) }
            if home.loop.isCurrent {
                home.unwrapped.appended(token, outcome)
            } else {
                home.loop.post { home.unwrapped.appendedElsewhere(token, outcome) }
            }
        }
    }

    private func appended(_ token: UInt64, _ outcome: Result<Offset, CoordinatorAppendError>) {
        isAppending = false
        switch outcome {
        case .success(let end):
            machine.appended(token, end: end)
            machine.committed(upTo: partition.log.highWatermark, now: now)
            if partition.log.highWatermark < end { watch() }
        case .failure(let error): machine.appendFailed(token, error, now: now)
        }
    }

    private func appendedElsewhere(_ token: UInt64, _ outcome: Result<Offset, CoordinatorAppendError>) {
        guard phase == .active else { return }
        appended(token, outcome)
        settle()
    }

    private func batch(of records: [GroupRecord]) -> ByteSlice? {
        var builder = BatchBuilder(compression: compression)
        for record in records {
            guard let (key, value) = try? record.encoded() else { return nil }
            builder.append(key: key, value: value, timestamp: now)
        }
        return (try? builder.build()).map { ByteSlice($0) }
    }

    /// Waits for the rest of the in-sync set.
    private func watch() {
        guard !isWatching else { return }
        isWatching = true
        partition.wait(HighWatermarkWatch(LoopBound(self, to: loop)), seen: partition.log.bounds)
    }

    fileprivate func highWatermarkMayHaveRisen() {
        isWatching = false
        event { shard in
            let log = shard.partition.log
            shard.machine.committed(upTo: log.highWatermark, now: shard.now)
            if log.highWatermark < log.end { shard.watch() }
        }
    }
}

private final class HighWatermarkWatch: FetchTarget {
    private let shard: LoopBound<GroupShard>
    init(_ shard: LoopBound<GroupShard>) { self.shard = shard }
    func partitionAdvanced() { shard.loop.post { [shard] in shard.unwrapped.highWatermarkMayHaveRisen() } }
}

extension CoordinatorAppendError {
    init(_ error: ReplicaError) {
        switch error {
        case .notLeader, .fencedLeaderEpoch, .unknownLeaderEpoch, .offline, .append(.disk), .append(.offline), .log:
            self = .notLeader
        case .unknownPartition, .notEnoughReplicas, .notEnoughReplicasAfterAppend, .timedOut: self = .notAvailable
        case .append: self = .refused
        }
    }
}
