import Bytes
import Compression
import RecordFormat
import Seams
import Vocabulary

/// What a read has found: a region of a segment's file that begins with the batch that holds the wanted offset.
package struct LogRead: Sendable {
    /// Nil when there is nothing to read yet.
    package let region: FileRegion?
    /// The transactions of the range that were aborted; nil unless asked for.
    package let aborted: [AbortedTransaction]?
    /// There is more in a later segment below the limit: a fetch of minimum bytes need not wait.
    package var goesOn = false

    package var count: Int { region?.count ?? 0 }
}

/// A record found by its timestamp.
package struct TimedOffset: Sendable, Hashable {
    package let offset: Offset
    package let timestamp: Timestamp
    package let epoch: LeaderEpoch

    package init(offset: Offset, timestamp: Timestamp, epoch: LeaderEpoch) {
        (self.offset, self.timestamp, self.epoch) = (offset, timestamp, epoch)
    }
}

// MARK: - By offset, on any thread

extension Log {
    /// The bytes from `offset` on, of one segment at most, below `limit`, not more than `maxBytes`; the last batch may be
    /// cut short, as Kafka's readers expect. The first batch is given whole though it is larger if `wholeFirst`, else
    /// nothing is (KIP-74).
    package func read(
        from offset: Offset, below limit: Offset, maxBytes: Int, wholeFirst: Bool, withAborted: Bool = false
    ) throws(LogError) -> LogRead {
        let state = snapshot()
        guard offset >= state.start, offset <= state.end else {
            throw .outOfRange(offset, start: state.start, end: state.end)
        }
        let nothing = LogRead(region: nil, aborted: withAborted ? [] : nil)
        guard offset < limit, offset < state.end else { return nothing }
        var index = state.segmentIndex(of: offset)
        // Behind the last batch of a segment with a gap, or in an emptied one, the next one goes on.
        while index < state.segments.count {
            let size = state.readableSize(of: index)
            if let found = try state.place(of: offset, in: index, size: size) {
                guard found.header < limit else { return nothing }
                var read = try region(state, index, from: found, size, limit, maxBytes, wholeFirst, withAborted, offset)
                read.goesOn = index < state.segmentIndex(of: limit)
                return read
            }
            index += 1
        }
        return nothing
    }

    private func region(
        _ state: Published, _ index: Int, from found: (header: Offset, position: Int, count: Int), _ size: Int,
        _ limit: Offset, _ maxBytes: Int, _ wholeFirst: Bool, _ withAborted: Bool, _ offset: Offset
    ) throws(LogError) -> LogRead {
        let end = try state.position(below: limit, in: index, size: size)
        guard maxBytes >= found.count || wholeFirst, end > found.position else {
            return LogRead(region: nil, aborted: withAborted ? [] : nil)
        }
        let count = min(end - found.position, max(maxBytes, found.count))
        let segment = state.segments[index]
        let region = FileRegion(segment.file, position: Int64(found.position), count: count)
        guard withAborted else { return LogRead(region: region, aborted: nil) }
        let upper = try state.upperOffset(of: index, position: found.position + count, size: size)
        return LogRead(region: region, aborted: state.abortedTransactions(from: offset, to: min(upper, limit), index))
    }
}

extension Log.Published {
    /// Bytes of a segment that readers may see.
    func readableSize(of index: Int) -> Int { index == segments.count - 1 ? endPosition : segments[index].size }

    /// Base offset, position and size of the batch that holds `offset`, or of the next one in the segment.
    fileprivate func place(
        of offset: Offset, in index: Int, size: Int
    ) throws(LogError) -> (header: Offset, position: Int, count: Int)? {
        guard let found = try located(offset, in: index, size: size) else { return nil }
        return (found.header.baseOffset, found.position, found.header.sizeInBytes)
    }

    private func located(_ offset: Offset, in index: Int, size: Int) throws(LogError) -> BatchScan.Found? {
        let segment = segments[index]
        if index == segments.count - 1, let known = recent.find(offset) {
            var scan = BatchScan(segment.file, from: known.position, to: size, readAhead: BatchHeader.size)
            return try scan.next()
        }
        return try segment.locate(offset, upTo: size)
    }

    /// Where the first batch that reaches `limit` begins; the segment's end when none does.
    fileprivate func position(below limit: Offset, in index: Int, size: Int) throws(LogError) -> Int {
        if limit >= end { return size }
        if index + 1 < segments.count, limit >= segments[index + 1].baseOffset { return size }
        return try located(limit, in: index, size: size)?.position ?? size
    }

    /// An offset that lies surely behind a range that ends at `position`, in the middle of a batch maybe.
    fileprivate func upperOffset(of index: Int, position: Int, size: Int) throws(LogError) -> Offset {
        let segment = segments[index]
        if position < size, let behind = try segment.offsets.ceiling(value: Int32(clamping: position)) {
            return segment.baseOffset + behind.key
        }
        return index + 1 < segments.count ? segments[index + 1].baseOffset : end
    }

    /// Aborted transactions that overlap [`from`, `to`): of the segment and those behind it, until an entry says that
    /// everything up to `to` was decided when it was written (KIP-98).
    fileprivate func abortedTransactions(from: Offset, to: Offset, _ index: Int) -> [AbortedTransaction] {
        var found: [AbortedTransaction] = []
        for segment in segments[index...] {
            for entry in segment.aborted.all {
                if entry.lastOffset >= from, entry.firstOffset < to { found.append(entry) }
                if entry.lastStableOffset >= to { return found }
            }
        }
        return found
    }
}

// MARK: - By time: reads records, so on the disk pool

extension Log {
    /// The first record at or after the log's start whose timestamp is `timestamp` or later.
    package func firstOffset(atOrAfter timestamp: Timestamp) throws(LogError) -> TimedOffset? {
        let state = snapshot()
        for segment in state.segments where segment.maxTimestamp.timestamp >= timestamp {
            var scan = try segment.scanForTime(timestamp)
            while let found = try scan.next() {
                guard found.header.maxTimestamp >= timestamp, found.header.lastOffset >= state.start else { continue }
                if let record = try first(in: &scan, found, where: { $0 >= timestamp && $1 >= state.start }) {
                    return record
                }
            }
        }
        return nil
    }

    /// The first record that has the log's largest timestamp (KIP-734).
    package func offsetOfMaxTimestamp() throws(LogError) -> TimedOffset? {
        let state = snapshot()
        var best: Segment?
        for segment in state.segments where segment.size > 0 {
            if segment.maxTimestamp.timestamp > best?.maxTimestamp.timestamp ?? .none { best = segment }
        }
        guard let segment = best else { return nil }
        let (timestamp, offset) = segment.maxTimestamp
        guard let found = try segment.locate(offset, upTo: segment.size) else { return nil }
        var scan = BatchScan(segment.file, from: found.position, to: segment.size, readAhead: found.header.sizeInBytes)
        guard let batch = try scan.next() else { return nil }
        return try first(in: &scan, batch) { time, _ in time >= timestamp }
    }

    private func first(
        in scan: inout BatchScan, _ found: BatchScan.Found, where matches: (Timestamp, Offset) -> Bool
    ) throws(LogError) -> TimedOffset? {
        let header = found.header
        let bytes = try scan.bytes(of: found)
        let record: Record?
        do throws(RecordError) {
            var reader = try RecordReader(bytes, header)
            record = try reader.first(where: matches)
        } catch {
            throw .corrupt(path: directory, what: "batch at offset \(header.baseOffset): \(error)")
        }
        return record.map {
            TimedOffset(offset: $0.offset, timestamp: $0.timestamp, epoch: header.partitionLeaderEpoch)
        }
    }

    /// Walks the whole batches in [`from`, `to`), bytes and all: for what loads a log into memory. Stops when `body` says
    /// false.
    package func eachBatch(
        from: Offset, to: Offset, _ body: (BatchHeader, ByteSlice) throws(LogError) -> Bool
    ) throws(LogError) {
        let state = snapshot()
        for index in state.segmentIndex(of: from)..<state.segments.count {
            let segment = state.segments[index]
            let size = state.readableSize(of: index)
            guard segment.baseOffset < to, let first = try segment.locate(from, upTo: size) else { continue }
            var scan = BatchScan(segment.file, from: first.position, to: size, readAhead: 1 << 18)
            while let found = try scan.next(), found.header.baseOffset < to {
                guard try body(found.header, try scan.bytes(of: found)) else { return }
            }
        }
    }
}
