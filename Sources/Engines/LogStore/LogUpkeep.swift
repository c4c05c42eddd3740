import ReplicaRules
import Seams
import Settings
import Vocabulary

/// What moves a log's bounds, and what keeps it small. By the writer only.
extension Log {
    package func apply(_ settings: TopicSettings) { self.settings = settings }

    /// Raises the high watermark, never beyond the end; false if it stays.
    @discardableResult
    package func raiseHighWatermark(to offset: Offset) -> Bool {
        let (old, new) = publish { state in
            let old = state.highWatermark
            state.highWatermark = max(old, min(offset, state.end))
            return (old, state.highWatermark)
        }
        guard new > old else { return false }
        producers.highWatermarkRose(to: new)
        let unstable = producers.firstUnstableOffset
        publish { $0.firstUnstable = unstable }
        return true
    }

    /// Enters a new leader epoch, which begins at the log's end, though nothing was appended yet.
    package func beginEpoch(_ epoch: LeaderEpoch) throws(LogError) {
        try checkUsable()
        let isNew = publish { $0.epochs.assign(epoch, start: $0.end) }
        if isNew { try writeEpochs(durably: false) }
    }

    /// From any thread.
    func writeEpochs(durably: Bool) throws(LogError) {
        try epochFile.write(durably: durably) { snapshot().epochs }
    }

    /// DeleteRecords: the log begins at `offset` from now on. Segments go with the next `retain`. False if it did so before.
    @discardableResult
    package func raiseStart(to offset: Offset) throws(LogError) -> Bool {
        try checkUsable()
        let bounds = bounds
        guard offset <= bounds.highWatermark else {
            throw .outOfRange(offset, start: bounds.start, end: bounds.highWatermark)
        }
        guard offset > bounds.start else { return false }
        publish { state in
            state.start = offset
            state.epochs.truncate(from: offset)
        }
        producers.logStartRose(to: offset)
        let unstable = producers.firstUnstableOffset
        publish { $0.firstUnstable = unstable }
        try writeEpochs(durably: true)
        return true
    }

    /// Takes whole segments off the log's head as its settings say, and gives them back, renamed: the caller removes them
    /// after `file.delete.delay.ms`. Nothing above the high watermark goes, and an active segment with data only after a new
    /// one was begun.
    package func retain(now: Timestamp) throws(LogError) -> [Segment] {
        let state = snapshot()
        guard state.failure == nil else { return [] }
        var doomed = 0
        var surplus = settings.retentionBytes >= 0 ? size - settings.retentionBytes : 0
        let byPolicy = settings.isDeleted
        while doomed < state.segments.count {
            let segment = state.segments[doomed]
            let isActive = doomed == state.segments.count - 1
            let next = isActive ? state.end : state.segments[doomed + 1].baseOffset
            guard next <= state.highWatermark, !isActive || segment.size > 0 else { break }
            let isBelowStart = !isActive && next <= state.start
            let age = now - (try segment.ageTimestamp())
            let isOld = byPolicy && settings.retentionMs >= 0 && age > settings.retentionMs
            let isSurplus = byPolicy && surplus > 0 && surplus - Int64(segment.size) >= 0
            guard isBelowStart || isOld || isSurplus else { break }
            surplus -= Int64(segment.size)
            doomed += 1
        }
        return doomed == 0 ? [] : try drop(doomed, of: state, now)
    }

    private func drop(_ count: Int, of state: Published, _ now: Timestamp) throws(LogError) -> [Segment] {
        if count == state.segments.count { try roll(at: state.end, now: now) }
        // With the batches that are going, the snapshot behind them becomes all that is known of some producers.
        try makeDurable(below: count < state.segments.count ? state.segments[count].baseOffset : state.end)
        let gone = Array(state.segments[..<count])
        let start = publish { state in
            state.segments.removeFirst(count)
            state.start = max(state.start, state.segments[0].baseOffset)
            state.epochs.truncate(from: state.start)
            return state.start
        }
        producers.logStartRose(to: start)
        for segment in gone { try segment.markDeleted() }
        try writeEpochs(durably: true)
        return gone
    }

    /// Forgets producers that have been silent for `expiration` milliseconds.
    package func expireProducers(now: Timestamp, after expiration: Int64) {
        producers.expire(now: now, after: expiration)
    }

    /// Makes everything appended so far durable. When the disk fails at that, nothing is known of what it has, and the log
    /// takes nothing more.
    package func flush(_ now: Timestamp) throws(LogError) {
        try checkUsable()
        let state = snapshot()
        // Also when the active segment is so new that its file's name may not be durable.
        if state.recoveryPoint <= state.active.baseOffset { try makeDurable(below: state.active.baseOffset) }
        do throws(LogError) {
            try writeEpochs(durably: true)
            try storing { () throws(DiskError) in try state.active.file.sync() }
        } catch {
            _ = poison(error)
            throw error
        }
        unflushedRecords = 0
        lastFlush = now
        publish { $0.recoveryPoint = max($0.recoveryPoint, state.end) }
    }

    /// Whether `flush.ms` has passed since the last flush, with something to flush.
    package func isFlushDue(_ now: Timestamp) -> Bool {
        unflushedRecords > 0 && now - lastFlush >= settings.flushMs
    }

    /// Closes the log in order: everything durable, indexes complete, and a producer snapshot at the end, so that nothing has
    /// to be read at the next start.
    package func close() throws(LogError) {
        let state = snapshot()
        if let failure = state.failure { throw .disk(failure) }
        try makeDurable(below: state.active.baseOffset)
        try state.active.seal()
        if state.end > 0, !hasSnapshotAtEnd {
            try ProducerSnapshotFile.write(
                ProducerSnapshotFile.bytes(producers), at: state.end, in: directory, disk)
        }
        try storing { () throws(DiskError) in try disk.syncDirectory(directory) }
        publish { $0.recoveryPoint = $0.end }
    }
}

extension Log {
    /// Throws when the disk has failed, or when the log is abandoned: its files' names may be those of another log by now.
    private func checkUsable() throws(LogError) {
        if let failure { throw .disk(failure) }
    }

    /// The log's directory is about to be renamed or to go: nothing is appended any more, and what the disk pool has still to
    /// write by the files' old names is not written, for another log may have that name soon.
    package func abandon() {
        publish { $0.failure = $0.failure ?? DiskError(.notFound, operation: "use", path: directory) }
        epochFile.abandon()
        for segment in snapshot().segments {
            segment.forgetProducers()
            segment.abandonIndexes()
        }
    }
}

extension Segment {
    /// Removes the files of a segment that `Log.retain` has given back.
    package func remove() { removeDeleted() }
}
