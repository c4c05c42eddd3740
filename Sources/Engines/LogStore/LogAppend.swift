import Bytes
import Compression
import RecordFormat
import ReplicaRules
import Seams
import Settings
import Vocabulary

/// What an append has come to.
package struct AppendOutcome: Sendable, Hashable {
    package let firstOffset: Offset
    package let lastOffset: Offset
    /// The topic's log append time, `Timestamp.none` with create time.
    package let logAppendTime: Timestamp
    /// Nothing was appended: the batch is one of the producer's last five.
    package let isDuplicate: Bool
}

/// Appending. By the writer only.
extension Log {
    /// Appends one batch as the partition's leader in `epoch`: validates it, gives it its offsets, and holds it against its
    /// producer's state.
    ///
    /// The records' bytes are not touched and not copied: the patched header and the rest are written side by side, unless
    /// the topic's codec or timestamps want another batch.
    package func appendAsLeader(
        _ records: ByteSlice, epoch: LeaderEpoch, origin: AppendOrigin = .client, transactionVersion: Int16 = 1,
        now: Timestamp
    ) throws(AppendError) -> AppendOutcome {
        let before = try beginAppend()
        return try records.withBytes { (bytes) throws(AppendError) in
            let batch = try soundBatch(bytes, origin)
            let validated = try validate(batch, epoch, origin, at: before.end, now)
            let logAppendTime = validated.timestampType == .logAppendTime ? now : .none
            switch validated.bytes {
            case .rewritten(let made):
                return try made.withUnsafeBytes { ByteSlice(copying: $0) }.withBytes { (made) throws(AppendError) in
                    guard let rewritten = try? BatchView(made) else { throw .invalid(.noBatch) }
                    return try appendChecked(rewritten, transactionVersion, origin, logAppendTime, now)
                }
            case .inPlace where isPatchedInHeaderOnly(batch.header, validated):
                return try appendPatched(batch, validated, transactionVersion, origin, now)
            case .inPlace:
                let copy = ByteStorage(copying: batch.bytes)
                validated.patch(UnsafeMutableRawBufferPointer(start: copy.base, count: copy.capacity))
                let patched = UnsafeRawBufferPointer(start: copy.base, count: copy.capacity)
                guard let made = try? BatchView(patched) else { throw .invalid(.noBatch) }
                return try appendChecked(made, transactionVersion, origin, logAppendTime, now)
            }
        }
    }

    /// Offset and epoch are outside of the checksum, so changing them changes the header alone.
    private func isPatchedInHeaderOnly(_ header: BatchHeader, _ validated: ValidatedBatch) -> Bool {
        header.maxTimestamp == validated.maxTimestamp && header.timestampType == validated.timestampType
    }

    private func beginAppend() throws(AppendError) -> Published {
        let state = snapshot()
        guard state.failure == nil else { throw .offline }
        return state
    }

    /// The one batch in `bytes`, with what Kafka looks at before the records: base offset, size, checksum.
    private func soundBatch(_ bytes: UnsafeRawBufferPointer, _ origin: AppendOrigin) throws(AppendError) -> BatchView {
        let found: BatchView?
        do throws(BatchError) { found = try BatchView(bytes) } catch { throw .malformed(error) }
        guard let batch = found else { throw .invalid(.noBatch) }
        if origin == .client, batch.header.magic >= 2, batch.header.baseOffset != 0 {
            throw .baseOffset(batch.header.baseOffset)
        }
        if origin != .raftLeader, batch.bytes.count > settings.maxMessageBytes {
            throw .batchTooLarge(batch.bytes.count, limit: settings.maxMessageBytes)
        }
        do throws(BatchError) { try batch.checkChecksum() } catch { throw .malformed(error) }
        return batch
    }

    private func validate(
        _ batch: BatchView, _ epoch: LeaderEpoch, _ origin: AppendOrigin, at end: Offset, _ now: Timestamp
    ) throws(AppendError) -> ValidatedBatch {
        var validator = BatchValidator(compression: settings.compressionSetting, leaderEpoch: epoch)
        validator.isCompacted = settings.isCompacted
        validator.timestampType = settings.timestampType == .logAppendTime ? .logAppendTime : .createTime
        validator.timestampBeforeMax = settings.timestampBeforeMaxMs
        validator.timestampAfterMax = settings.timestampAfterMaxMs
        validator.origin = origin
        do throws(ValidationError) {
            return try validator.validate(batch.bytes, firstOffset: end, now: now)
        } catch { throw .invalid(error) }
    }

    private func appendPatched(
        _ batch: BatchView, _ validated: ValidatedBatch, _ transactionVersion: Int16, _ origin: AppendOrigin,
        _ now: Timestamp
    ) throws(AppendError) -> AppendOutcome {
        var header = batch.header
        header.baseOffset = validated.baseOffset
        header.partitionLeaderEpoch = validated.leaderEpoch
        let time = validated.timestampType == .logAppendTime ? now : .none
        return try append(header, batch, transactionVersion, origin, time, now)
    }

    private func appendChecked(
        _ batch: BatchView, _ transactionVersion: Int16, _ origin: AppendOrigin, _ logAppendTime: Timestamp,
        _ now: Timestamp
    ) throws(AppendError) -> AppendOutcome {
        if origin != .raftLeader, batch.bytes.count > settings.maxMessageBytes {
            throw .batchTooLarge(batch.bytes.count, limit: settings.maxMessageBytes)
        }
        return try append(batch.header, batch, transactionVersion, origin, logAppendTime, now)
    }

    /// Appends a batch that is to stand in the log with `header`, whatever its bytes say of offset and epoch.
    private func append(
        _ header: BatchHeader, _ batch: BatchView, _ transactionVersion: Int16, _ origin: AppendOrigin,
        _ logAppendTime: Timestamp, _ now: Timestamp
    ) throws(AppendError) -> AppendOutcome {
        do throws(LogError) { try enterEpoch(of: header) } catch { throw poison(error) }
        guard batch.bytes.count <= settings.segmentBytes else {
            throw .beyondSegment(batch.bytes.count, limit: settings.segmentBytes)
        }
        let marker = try check(header, batch, transactionVersion, origin)
        if origin == .client, header.hasProducerID, let known = producers.duplicate(of: header) {
            return AppendOutcome(
                firstOffset: known.firstOffset, lastOffset: known.lastOffset, logAppendTime: known.timestamp,
                isDuplicate: true)
        }
        try store(header, batch, marker, now)
        return AppendOutcome(
            firstOffset: header.baseOffset, lastOffset: header.lastOffset, logAppendTime: logAppendTime,
            isDuplicate: false)
    }

    /// Holds the batch against its producer; gives the marker if it is one.
    private func check(
        _ header: BatchHeader, _ batch: BatchView, _ transactionVersion: Int16, _ origin: AppendOrigin
    ) throws(AppendError) -> TransactionMarker? {
        guard header.hasProducerID else { return nil }
        let marker = header.isControl ? try marker(header, batch) : nil
        do throws(ProducerError) {
            if let marker {
                try producers.check(marker, header, transactionVersion: transactionVersion)
            } else if origin != .client {
                try producers.check(header, asksSequence: false)
            } else if producers.duplicate(of: header) == nil {
                try producers.check(header)
            }
        } catch { throw .producer(error) }
        return marker
    }

    private func marker(_ header: BatchHeader, _ batch: BatchView) throws(AppendError) -> TransactionMarker? {
        guard header.recordCount > 0 else { return nil }
        do throws(RecordError) {
            var reader = try RecordReader(ByteSlice(copying: batch.bytes), batch.header)
            guard let record = try reader.next() else { return nil }
            guard let marker = TransactionMarker(key: record.key, value: record.value) else {
                throw RecordError.trailingBytes
            }
            return marker
        } catch { throw .notAMarker }
    }

    /// Appends what a leader has sent, byte for byte, up to the first batch of an epoch above `epoch`: such a batch is of a
    /// leadership that this follower does not know of yet. When one batch is refused, none is appended.
    package func appendAsFollower(
        _ records: ByteSlice, epoch: LeaderEpoch, now: Timestamp
    ) throws(AppendError) -> AppendOutcome? {
        let before = try beginAppend()
        return try records.withBytes { (bytes) throws(AppendError) -> AppendOutcome? in
            let count = try bytesToFollow(bytes, epoch, from: before.end)
            var walk = BatchWalk(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            var outcome: AppendOutcome?
            while let batch = try next(&walk) {
                try store(batch.header, batch, try followedMarker(batch), now)
                outcome = AppendOutcome(
                    firstOffset: outcome?.firstOffset ?? batch.header.baseOffset, lastOffset: batch.header.lastOffset,
                    logAppendTime: .none, isDuplicate: false)
            }
            return outcome
        }
    }

    /// How many bytes hold batches that a follower may append: sound, and with offsets that go up.
    private func bytesToFollow(
        _ bytes: UnsafeRawBufferPointer, _ epoch: LeaderEpoch, from end: Offset
    ) throws(AppendError) -> Int {
        var walk = BatchWalk(bytes)
        var (end, count) = (end, 0)
        while let batch = try next(&walk) {
            do throws(BatchError) { try batch.checkChecksum() } catch { throw .malformed(error) }
            guard batch.header.codec != nil else {
                let number = batch.header.attributes.codecNumber
                throw .malformed(.unknownCodec(position: batch.position, number: number))
            }
            guard batch.header.partitionLeaderEpoch <= epoch else { break }
            guard batch.header.baseOffset >= end, batch.header.lastOffset >= batch.header.baseOffset else {
                throw .unexpectedOffset(batch.header.baseOffset, end: end)
            }
            _ = try followedMarker(batch)
            (end, count) = (batch.header.nextOffset, walk.position)
        }
        return count
    }

    private func next(_ walk: inout BatchWalk) throws(AppendError) -> BatchView? {
        do throws(BatchError) { return try walk.next() } catch { throw .malformed(error) }
    }

    private func followedMarker(_ batch: BatchView) throws(AppendError) -> TransactionMarker? {
        batch.header.isControl && batch.header.hasProducerID ? try marker(batch.header, batch) : nil
    }
}

// MARK: - Storing

extension Log {
    /// Writes the batch and takes in what it means. After an error of the disk the log takes nothing more.
    private func store(
        _ header: BatchHeader, _ batch: BatchView, _ marker: TransactionMarker?, _ now: Timestamp
    ) throws(AppendError) {
        do throws(LogError) {
            try enterEpoch(of: header)
            let segment = try segmentFor(header, now)
            let position = segment.size
            try write(header, batch, to: segment)
            try takeIn(header, marker, segment)
            let unstable = producers.firstUnstableOffset
            publish { state in
                state.end = header.nextOffset
                state.endPosition = segment.size
                state.firstUnstable = unstable
                state.recent.note(base: header.baseOffset, last: header.lastOffset, position: position)
            }
            unflushedRecords += header.nextOffset - header.baseOffset
            if unflushedRecords >= settings.flushMessages { try flush(now) }
        } catch {
            throw poison(error)
        }
    }

    /// Notes a leader epoch that is not the latest one. Before the batch is written: an epoch that begins at the log's end
    /// does no harm should the batch not come.
    private func enterEpoch(of header: BatchHeader) throws(LogError) {
        guard header.partitionLeaderEpoch != latestEpoch else { return }
        let isNew = publish { $0.epochs.assign(header.partitionLeaderEpoch, start: header.baseOffset) }
        if isNew { try writeEpochs(durably: false) }
    }

    func poison(_ error: LogError) -> AppendError {
        let failure: DiskError =
            switch error {
            case .disk(let failure): failure
            case .corrupt(let path, _): DiskError(.inputOutput, operation: "use", path: path)
            case .outOfRange: DiskError(.inputOutput, operation: "append to", path: directory)
            }
        publish { $0.failure = failure }
        return .disk(failure)
    }

    private func write(_ header: BatchHeader, _ batch: BatchView, to segment: Segment) throws(LogError) {
        let interval = settings.indexIntervalBytes
        // Of magic 2 the header alone differs from what was received.
        let headSize = min(batch.bytes.count, BatchHeader.size)
        try withUnsafeTemporaryAllocation(byteCount: BatchHeader.size, alignment: 8) { head throws(LogError) in
            let head = UnsafeMutableRawBufferPointer(rebasing: head[..<headSize])
            head.copyMemory(from: UnsafeRawBufferPointer(rebasing: batch.bytes[..<headSize]))
            if header.magic >= 2 {
                let patched = MutableBatch(head)
                patched.setBaseOffset(header.baseOffset)
                patched.setPartitionLeaderEpoch(header.partitionLeaderEpoch)
            }
            try segment.append(
                UnsafeRawBufferPointer(head), UnsafeRawBufferPointer(rebasing: batch.bytes[headSize...]), header,
                indexInterval: interval)
        }
    }

    private func takeIn(
        _ header: BatchHeader, _ marker: TransactionMarker?, _ segment: Segment
    ) throws(LogError) {
        hasSnapshotAtEnd = false
        guard let marker else { return producers.append(header) }
        let finished = producers.append(marker, header, timestamp: header.maxTimestamp)
        if let finished, finished.isAborted { try segment.aborted.append(finished) }
    }

    /// The active segment, or a new one when the batch does not fit it or it has become too old.
    private func segmentFor(_ header: BatchHeader, _ now: Timestamp) throws(LogError) -> Segment {
        let state = snapshot()
        let active = state.active
        let size = active.size
        let full = settings.segmentIndexBytes
        // The last place in the time index is for the entry that is made when the segment is closed.
        let isDue =
            size > settings.segmentBytes - header.sizeInBytes
            || (size > 0 && active.age(at: header.maxTimestamp, now: now) > settings.segmentMs - rollJitter)
            || active.offsets.count >= full / 8 || active.times.count >= full / 12 - 1
            || !active.canHold(header.lastOffset)
        // An empty segment is replaced only when the batch is out of its reach.
        guard isDue, size > 0 || !active.canHold(header.lastOffset) else { return active }
        return try roll(at: max(header.baseOffset, state.end), now: now)
    }

    /// Closes the active segment and begins one at `base`. The old one is made durable by the disk pool.
    @discardableResult
    func roll(at base: Offset, now: Timestamp) throws(LogError) -> Segment {
        let old = snapshot().active
        try old.prepareSeal()
        if base == old.baseOffset { return old }
        if recoveryPoint >= base {
            // Recovery trusts what lies below the recovery point, indexes and all. So they have to be there before a file tells
            // it that the segment ends here.
            try old.seal()
            try storing { () throws(DiskError) in try disk.syncDirectory(directory) }
        }
        let made = try Segment.create(
            base, in: directory, disk, now: now, producers: ProducerSnapshotFile.bytes(producers))
        publish { state in
            state.segments.append(made)
            state.end = max(state.end, base)
            state.endPosition = 0
            state.recent.clear()
        }
        pool.run { [self] in try? makeDurable(below: base) }
        return made
    }

    /// Puts all segments below the one that begins at `base` on stable storage, with the names of their files, and raises the
    /// recovery point. From any thread: segments are sealed once, and a later roll may be finished before an earlier one.
    /// When the disk fails at that, nothing is known of what it has, and the log takes nothing more.
    func makeDurable(below base: Offset) throws(LogError) {
        do throws(LogError) {
            for segment in snapshot().segments where segment.baseOffset <= base {
                try segment.writeProducers()
                if segment.baseOffset < base { try segment.seal() }
            }
            try writeEpochs(durably: true)
            try storing { () throws(DiskError) in try disk.syncDirectory(directory) }
        } catch {
            _ = poison(error)
            throw error
        }
        publish { $0.recoveryPoint = max($0.recoveryPoint, base) }
    }
}

extension TopicSettings {
    /// Nil for `compression.type=producer`.
    var compressionSetting: CompressionSetting? {
        switch compression {
        case .producer: nil
        case .uncompressed: CompressionSetting.none
        case .gzip: CompressionSetting(.gzip, level: Int32(clamping: gzipLevel))
        case .snappy: CompressionSetting(.snappy)
        case .lz4: CompressionSetting(.lz4, level: Int32(clamping: lz4Level))
        case .zstd: CompressionSetting(.zstd, level: Int32(clamping: zstdLevel))
        }
    }
}
