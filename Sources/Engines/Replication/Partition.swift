import Bytes
import ClusterImage
import LogStore
import RecordFormat
import ReplicaRules
import Seams
import Settings
import Synchronization
import Vocabulary

/// Who is told what became of a batch. Called on any thread, within the partition's gate: it only hands the news on to its
/// own loop.
package protocol AppendTarget: AnyObject, Sendable {
    /// `part` is the number that the append was given.
    func appended(_ part: Int, _ result: Result<AppendAnswer, ReplicaError>)
    /// It stands in our log, and waits for the rest of the in-sync set.
    func stored(_ part: Int)
}

/// Who waits for a partition to have more to read. Called on any thread; told once, then forgotten.
package protocol FetchTarget: AnyObject, Sendable {
    func partitionAdvanced()
}

/// What a leader answers to an append.
package struct AppendAnswer: Sendable {
    package let outcome: AppendOutcome
    package let logStart: Offset
}

/// Why a replica does not do what it is asked to.
package enum ReplicaError: Error, Sendable {
    case notLeader(leader: BrokerID, epoch: LeaderEpoch)
    case fencedLeaderEpoch(leader: BrokerID, epoch: LeaderEpoch)
    case unknownLeaderEpoch
    case unknownPartition
    case notEnoughReplicas(isr: Int, wanted: Int)
    case notEnoughReplicasAfterAppend
    case offline
    case timedOut
    case append(AppendError)
    case log(LogError)
}

/// One replica of ours: its log, what the controller says of it, and who waits for it.
///
/// The log's writer is whoever passes `gate`. What readers and waiters need stands behind `watch`, a lock that is held for
/// moments.
package final class Partition: Sendable {
    package let name: TopicPartition
    package let topicID: TopicID
    package let log: Log
    private let localID: BrokerID
    private let pool: any DiskPool
    private let gate = Gate<Work>()
    private let watch: Mutex<Watch>

    /// What can be asked of the one who passes the gate.
    enum Work: Sendable {
        case append(ByteSlice, requiredAcks: Int16, now: Timestamp, part: Int, target: any AppendTarget)
        case other(@Sendable (Partition) -> Void)
    }

    fileprivate struct Watch: Sendable {
        var state: PartitionState
        /// Where our leadership began.
        var epochStart: Offset
        var isRetired = false
        var fetches: [any FetchTarget] = []
        /// Appends with acks=all that wait for the high watermark, by the offset that it has to reach.
        var acknowledgements: [(offset: Offset, part: Int, answer: AppendAnswer, target: any AppendTarget)] = []
    }

    /// `pool` goes on at the gate when a caller has done enough for others.
    package init(
        _ name: TopicPartition, topicID: TopicID, log: Log, state: PartitionState, localID: BrokerID,
        pool: any DiskPool
    ) {
        (self.name, self.topicID, self.log, self.localID, self.pool) = (name, topicID, log, localID, pool)
        watch = Mutex(Watch(state: state, epochStart: .none))
    }

    package var state: PartitionState { watch.withLock { $0.state } }
    package var isLeader: Bool { watch.withLock { $0.isLeader(localID) } }

    // MARK: Leadership

    /// Takes over what the controller has written. A new leadership begins its epoch at the log's end, before anything is
    /// appended in it.
    package func adopt(_ state: PartitionState) {
        pass { [state] partition in partition.take(state) }
    }

    private func take(_ state: PartitionState) {
        let begins = watch.withLock { watch -> Bool in
            guard !watch.isRetired, state.partitionEpoch >= watch.state.partitionEpoch || watch.epochStart == .none
            else {
                return false
            }
            let isNew = state.leaderEpoch > watch.state.leaderEpoch || watch.epochStart == .none
            watch.state = state
            guard state.leader == localID else { return false }
            if isNew { watch.epochStart = log.end }
            return isNew
        }
        if begins {
            do throws(LogError) { try log.beginEpoch(state.leaderEpoch) } catch { return }
        }
        advance()
        wakeFetches()
    }

    /// The partition is ours no more: whoever waits is told.
    package func retire() {
        let (fetches, waiting) = watch.withLock { watch in
            watch.isRetired = true
            defer { (watch.fetches, watch.acknowledgements) = ([], []) }
            return (watch.fetches, watch.acknowledgements)
        }
        for wait in waiting { wait.target.appended(wait.part, .failure(.unknownPartition)) }
        for fetch in fetches { fetch.partitionAdvanced() }
    }

    // MARK: Appending

    /// Appends one batch and tells `target` of `part`: for acks=all once the whole in-sync set has it. May be told before
    /// this returns.
    package func append(
        _ records: ByteSlice, requiredAcks: Int16, now: Timestamp, part: Int, target: any AppendTarget
    ) {
        enter(.append(records, requiredAcks: requiredAcks, now: now, part: part, target: target))
    }

    /// Does `work` as the log's writer, now or as soon as those before are done.
    package func pass(_ work: @escaping @Sendable (Partition) -> Void) { enter(.other(work)) }

    private func enter(_ work: Work) { gate.enter(work, perform: perform, handOver: handOver) }

    private func handOver() {
        pool.run { [self] in gate.resume(perform: perform, handOver: handOver) }
    }

    private func perform(_ work: Work) {
        switch work {
        case .other(let work): work(self)
        case .append(let records, let requiredAcks, let now, let part, let target):
            do throws(ReplicaError) {
                let answer = try lead(records, origin: .client, requiredAcks: requiredAcks, now: now)
                acknowledge(answer, requiredAcks, part, target)
            } catch { target.appended(part, .failure(error)) }
        }
    }

    /// Appends as the leader. Within the gate.
    package func lead(
        _ records: ByteSlice, origin: AppendOrigin, requiredAcks: Int16, expectedEpoch: LeaderEpoch? = nil,
        now: Timestamp
    ) throws(ReplicaError) -> AppendAnswer {
        let (state, isRetired) = watch.withLock { ($0.state, $0.isRetired) }
        guard !isRetired else { throw .unknownPartition }
        guard state.leader == localID, expectedEpoch.map({ $0 == state.leaderEpoch }) ?? true else {
            throw .notLeader(leader: state.leader, epoch: state.leaderEpoch)
        }
        let wanted = min(log.settings.minInsyncReplicas, state.replicas.count)
        if requiredAcks == -1, state.isr.count < wanted {
            throw .notEnoughReplicas(isr: state.isr.count, wanted: wanted)
        }
        do throws(AppendError) {
            let outcome = try log.appendAsLeader(records, epoch: state.leaderEpoch, origin: origin, now: now)
            if !outcome.isDuplicate {
                advance()
                wakeFetches()
            }
            return AppendAnswer(outcome: outcome, logStart: log.start)
        } catch {
            if case .offline = error { throw .offline }
            throw .append(error)
        }
    }

    private func acknowledge(_ answer: AppendAnswer, _ requiredAcks: Int16, _ part: Int, _ target: any AppendTarget) {
        let needed = answer.outcome.lastOffset + 1
        let isDone =
            requiredAcks != -1
            || watch.withLock { watch in
                if log.highWatermark >= needed { return true }
                watch.acknowledgements.append((needed, part, answer, target))
                return false
            }
        if isDone { target.appended(part, .success(answer)) } else { target.stored(part) }
    }

    /// Raises the high watermark to what the whole in-sync set has. Within the gate. Alone in the set, that is the log's end.
    private func advance() {
        let state = watch.withLock { $0.state }
        guard state.leader == localID, state.isr == [localID] else { return }
        guard log.raiseHighWatermark(to: log.end) else { return }
        let reached = log.highWatermark
        let done = watch.withLock { watch in
            if watch.acknowledgements.isEmpty { return watch.acknowledgements }
            let done = watch.acknowledgements.filter { $0.offset <= reached }
            watch.acknowledgements.removeAll { $0.offset <= reached }
            return done
        }
        for wait in done { wait.target.appended(wait.part, .success(wait.answer)) }
    }

    // MARK: Reading

    /// Checks an epoch that a reader believes in (KIP-320): an older one is fenced, a newer one not known here yet.
    package func check(epoch: LeaderEpoch, asLeader: Bool = true) throws(ReplicaError) -> PartitionState {
        let (state, isRetired) = watch.withLock { ($0.state, $0.isRetired) }
        guard !isRetired else { throw .unknownPartition }
        if epoch != .none {
            if epoch < state.leaderEpoch { throw .fencedLeaderEpoch(leader: state.leader, epoch: state.leaderEpoch) }
            if epoch > state.leaderEpoch { throw .unknownLeaderEpoch }
        }
        if asLeader, state.leader != localID { throw .notLeader(leader: state.leader, epoch: state.leaderEpoch) }
        return state
    }

    /// Whether the high watermark has reached into this leadership: until then its value is that of the one before.
    package var isHighWatermarkCurrent: Bool {
        let start = watch.withLock { $0.epochStart }
        return log.highWatermark >= start
    }

    /// Tells `target` when there is more to read, once. It is told at once if something has changed since `seen` was read.
    package func wait(_ target: any FetchTarget, seen: LogBounds) {
        let isPast = watch.withLock { watch in
            if watch.isRetired || log.bounds != seen { return true }
            watch.fetches.append(target)
            return false
        }
        if isPast { target.partitionAdvanced() }
    }

    /// Forgets a waiter that does not wait any more.
    package func forget(_ target: any FetchTarget) {
        watch.withLock { watch in watch.fetches.removeAll { $0 === target } }
    }

    private func wakeFetches() {
        let fetches = watch.withLock { watch in
            if watch.fetches.isEmpty { return watch.fetches }
            defer { watch.fetches.removeAll(keepingCapacity: true) }
            return watch.fetches
        }
        for fetch in fetches { fetch.partitionAdvanced() }
    }
}

extension Partition.Watch {
    fileprivate func isLeader(_ id: BrokerID) -> Bool { !isRetired && state.leader == id }
}
