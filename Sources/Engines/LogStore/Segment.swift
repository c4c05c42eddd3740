import Bytes
import RecordFormat
import ReplicaRules
import Seams
import Synchronization
import Vocabulary

/// A run of a log's batches in one file, with its indexes.
///
/// Owner: the log's writer appends and truncates. Readers on any thread see `size` bytes at most, which are written by then;
/// they keep a segment, and with it its file, for as long as they send from it, deleted or not.
package final class Segment: Sendable {
    package let baseOffset: Offset
    package let file: any File
    let offsets: SparseIndex
    let times: SparseIndex
    let aborted: AbortedTransactions
    private let directory: String
    private let disk: any Disk
    private let filled: Atomic<Int>
    /// Whether all of it is on stable storage and nothing is appended any more. Held while it gets there.
    private let sealing = Mutex(false)
    /// The producers when the segment was begun, until they are written.
    private let producers: Mutex<ByteSlice?>
    private let tail: Mutex<Tail>

    /// What the next append has to know of those before it.
    struct Tail: Sendable {
        var bytesSinceIndexEntry = 0
        var maxTimestamp: Timestamp = .none
        /// The last offset of the batch that has `maxTimestamp`.
        var offsetOfMaxTimestamp: Offset = .none
        /// The largest timestamp of the first batch: by it a segment gets old.
        var firstTimestamp: Timestamp?
        /// When the segment was made, for segments without timestamps.
        var created: Timestamp
    }

    private init(
        _ baseOffset: Offset, _ directory: String, _ disk: any Disk, file: any File, size: Int, offsets: SparseIndex,
        times: SparseIndex, aborted: AbortedTransactions, created: Timestamp, producers: ByteSlice? = nil
    ) {
        (self.baseOffset, self.directory, self.disk, self.file) = (baseOffset, directory, disk, file)
        (self.offsets, self.times, self.aborted) = (offsets, times, aborted)
        filled = Atomic(size)
        tail = Mutex(Tail(created: created))
        self.producers = Mutex(producers)
    }

    static func path(_ directory: String, _ offset: Offset, _ suffix: String) -> String {
        directory + "/" + LogFiles.name(offset, suffix)
    }

    /// A new, empty segment; leftovers of that name are emptied. `producers` is the content of its snapshot file.
    static func create(
        _ baseOffset: Offset, in directory: String, _ disk: any Disk, now: Timestamp, producers: ByteSlice? = nil
    ) throws(LogError) -> Segment {
        func path(_ suffix: String) -> String { Self.path(directory, baseOffset, suffix) }
        let file = try storing { () throws(DiskError) in
            if disk.exists(path(LogFiles.transactionIndex)) { try disk.remove(path(LogFiles.transactionIndex)) }
            return try disk.open(path(LogFiles.log), .truncate)
        }
        return Segment(
            baseOffset, directory, disk, file: file, size: 0,
            offsets: try SparseIndex(creating: path(LogFiles.offsetIndex), .offsets, disk),
            times: try SparseIndex(creating: path(LogFiles.timeIndex), .times, disk),
            aborted: try AbortedTransactions(path(LogFiles.transactionIndex), disk), created: now,
            producers: producers)
    }

    /// The segment that stands on the disk, with its indexes as they are. Throws `.corrupt` when an index is missing or
    /// cannot be right: such a segment is opened by `rebuilding`.
    static func open(_ baseOffset: Offset, in directory: String, _ disk: any Disk) throws(LogError) -> Segment {
        func path(_ suffix: String) -> String { Self.path(directory, baseOffset, suffix) }
        for suffix in [LogFiles.offsetIndex, LogFiles.timeIndex] where !disk.exists(path(suffix)) {
            throw .corrupt(path: path(suffix), what: "it is missing")
        }
        let file = try storing { () throws(DiskError) in try disk.open(path(LogFiles.log), .readWrite) }
        let segment = Segment(
            baseOffset, directory, disk, file: file, size: Int(try storing { () throws(DiskError) in try file.size() }),
            offsets: try SparseIndex(opening: path(LogFiles.offsetIndex), .offsets, disk),
            times: try SparseIndex(opening: path(LogFiles.timeIndex), .times, disk),
            aborted: try AbortedTransactions(path(LogFiles.transactionIndex), disk),
            created: Timestamp(try storing { () throws(DiskError) in try file.modified() }))
        if let last = segment.offsets.last, Int(last.value) >= segment.size {
            throw .corrupt(path: path(LogFiles.offsetIndex), what: "it leads beyond the segment's end")
        }
        if segment.size > 0 && segment.times.count == 0 {
            throw .corrupt(path: path(LogFiles.timeIndex), what: "it is empty though the segment is not")
        }
        segment.adoptTimes()
        return segment
    }

    /// The segment with empty indexes, for `SegmentRecovery` to fill.
    static func rebuilding(_ baseOffset: Offset, in directory: String, _ disk: any Disk) throws(LogError) -> Segment {
        func path(_ suffix: String) -> String { Self.path(directory, baseOffset, suffix) }
        let file = try storing { () throws(DiskError) in
            if disk.exists(path(LogFiles.transactionIndex)) { try disk.remove(path(LogFiles.transactionIndex)) }
            return try disk.open(path(LogFiles.log), .readWrite)
        }
        return Segment(
            baseOffset, directory, disk, file: file, size: Int(try storing { () throws(DiskError) in try file.size() }),
            offsets: try SparseIndex(creating: path(LogFiles.offsetIndex), .offsets, disk),
            times: try SparseIndex(creating: path(LogFiles.timeIndex), .times, disk),
            aborted: try AbortedTransactions(path(LogFiles.transactionIndex), disk),
            created: Timestamp(try storing { () throws(DiskError) in try file.modified() }))
    }

    /// Bytes of whole batches.
    package var size: Int { filled.load(ordering: .acquiring) }

    /// The largest timestamp and the last offset of its batch.
    var maxTimestamp: (timestamp: Timestamp, offset: Offset) {
        tail.withLock { ($0.maxTimestamp, $0.offsetOfMaxTimestamp) }
    }

    /// What retention goes by: the largest timestamp, or when the file was last written if no record has one.
    func ageTimestamp() throws(LogError) -> Timestamp {
        let largest = maxTimestamp.timestamp
        if largest.rawValue >= 0 { return largest }
        return Timestamp(try storing { () throws(DiskError) in try file.modified() })
    }

    private func adoptTimes() {
        guard let last = times.last else { return }
        tail.withLock {
            $0.maxTimestamp = Timestamp(last.key)
            $0.offsetOfMaxTimestamp = baseOffset + Int64(last.value)
        }
    }
}

// MARK: - Writing

extension Segment {
    /// How long the segment has been filling, by record time if its records have any.
    func age(at timestamp: Timestamp, now: Timestamp) -> Int64 {
        if size > 0, tail.withLock({ $0.firstTimestamp == nil }) {
            var scan = BatchScan(file, from: 0, to: size)
            let first = (try? scan.next())?.header.maxTimestamp ?? .none
            tail.withLock { $0.firstTimestamp = first }
        }
        return tail.withLock { tail in
            if let first = tail.firstTimestamp, first.rawValue >= 0 { return timestamp - first }
            return now - tail.created
        }
    }

    /// Whether `offset` is within 2^31 of the base, as indexes and the format need it.
    func canHold(_ offset: Offset) -> Bool {
        let distance = offset - baseOffset
        return distance >= 0 && distance <= Int64(Int32.max)
    }

    /// Appends one whole batch, given as its header bytes (patched) and the rest.
    func append(
        _ head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, _ header: BatchHeader, indexInterval: Int
    ) throws(LogError) {
        let position = size
        try storing { () throws(DiskError) in try file.write(head, rest, at: Int64(position)) }
        filled.store(position + head.count + rest.count, ordering: .releasing)
        try note(header, at: position, indexInterval: indexInterval)
    }

    /// Enters a batch that stands at `position` into the indexes.
    func note(_ header: BatchHeader, at position: Int, indexInterval: Int) throws(LogError) {
        let (isDue, largest, offset) = tail.withLock { tail -> (Bool, Timestamp, Offset) in
            if tail.firstTimestamp == nil { tail.firstTimestamp = header.maxTimestamp }
            if header.maxTimestamp > tail.maxTimestamp {
                tail.maxTimestamp = header.maxTimestamp
                tail.offsetOfMaxTimestamp = header.lastOffset
            }
            let isDue = tail.bytesSinceIndexEntry > indexInterval
            tail.bytesSinceIndexEntry = (isDue ? 0 : tail.bytesSinceIndexEntry) + header.sizeInBytes
            return (isDue, tail.maxTimestamp, tail.offsetOfMaxTimestamp)
        }
        guard isDue else { return }
        try offsets.append(
            SparseIndex.Entry(key: header.lastOffset - baseOffset, value: Int32(truncatingIfNeeded: position)))
        try enterTime(largest, offset)
    }

    private func enterTime(_ timestamp: Timestamp, _ offset: Offset) throws(LogError) {
        guard timestamp.rawValue >= 0, timestamp.rawValue > times.last?.key ?? -1 else { return }
        try times.append(
            SparseIndex.Entry(key: timestamp.rawValue, value: Int32(truncatingIfNeeded: offset - baseOffset)))
    }

    /// Makes the segment durable and its indexes complete: nothing is appended any more, or the log is closed. Once; from any
    /// thread.
    func seal() throws(LogError) {
        try sealing.withLock { (isSealed) throws(LogError) in
            if isSealed { return }
            try prepareSeal()
            try storing { () throws(DiskError) in try file.sync() }
            try makeIndexesDurable()
            isSealed = true
        }
    }

    /// Writes the producers that stood where the segment begins, durably. All segments before it must be sealed: the file
    /// tells recovery that they were.
    func writeProducers() throws(LogError) {
        try producers.withLock { (bytes) throws(LogError) in
            guard let content = bytes else { return }
            try ProducerSnapshotFile.write(content, at: baseOffset, in: directory, disk)
            bytes = nil
        }
    }

    func forgetProducers() { producers.withLock { $0 = nil } }

    /// It was sealed by an earlier process.
    func wasSealed() { sealing.withLock { $0 = true } }

    func makeIndexesDurable() throws(LogError) {
        try offsets.seal()
        try times.seal()
        try aborted.sync()
    }

    /// The part of sealing that may not wait: the last entry of the time index is the segment's largest timestamp.
    func prepareSeal() throws(LogError) {
        let (timestamp, offset) = maxTimestamp
        try enterTime(timestamp, offset)
    }

    /// Cuts the file at `position`, where the batch that holds `offset` or a later one begins.
    func truncate(to offset: Offset, position: Int) throws(LogError) {
        let relative = offset - baseOffset
        sealing.withLock { $0 = false }
        try storing { () throws(DiskError) in try file.truncate(to: Int64(position)) }
        filled.store(position, ordering: .releasing)
        try offsets.truncate { $0.key < relative && Int($0.value) < position }
        try times.truncate { Int64($0.value) < relative }
        try aborted.truncate(to: offset)
        tail.withLock { tail in
            let last = times.last
            tail.bytesSinceIndexEntry = 0
            tail.maxTimestamp = last.map { Timestamp($0.key) } ?? .none
            tail.offsetOfMaxTimestamp = last.map { baseOffset + Int64($0.value) } ?? .none
            if position == 0 { tail.firstTimestamp = nil }
        }
        // Batches behind the last time entry may be later than it.
        try lookForLaterTimestamps()
    }

    private func lookForLaterTimestamps() throws(LogError) {
        let from = offsets.last.map { Int($0.value) } ?? 0
        var scan = BatchScan(file, from: from, to: size)
        while let found = try scan.next() {
            tail.withLock { tail in
                if found.header.maxTimestamp > tail.maxTimestamp {
                    tail.maxTimestamp = found.header.maxTimestamp
                    tail.offsetOfMaxTimestamp = found.header.lastOffset
                }
            }
        }
    }

    /// Recovery has cut the file at `end`, to which the indexes lead already.
    func cut(to end: Int) { filled.store(end, ordering: .releasing) }

    /// Gives the segment's files the suffix of what is to be deleted. Readers that hold them are not disturbed.
    func markDeleted() throws(LogError) {
        abandonIndexes()
        try storing { () throws(DiskError) in
            for path in paths where disk.exists(path) { try disk.rename(path, to: path + LogFiles.deleted) }
        }
    }

    /// The names of the segment's files are about to change.
    func abandonIndexes() {
        offsets.abandon()
        times.abandon()
    }

    func removeDeleted() {
        for path in paths { try? disk.remove(path + LogFiles.deleted) }
    }

    private var paths: [String] {
        LogFiles.ofSegment.map { Self.path(directory, baseOffset, $0) }
    }
}

// MARK: - Look-ups

extension Segment {
    /// The batch that holds `offset`, or the first one after it; nil when there is none.
    func locate(_ offset: Offset, upTo size: Int) throws(LogError) -> BatchScan.Found? {
        let from = try offsets.floor(offset - baseOffset).map { Int($0.value) } ?? 0
        var scan = BatchScan(file, from: from, to: size)
        while let found = try scan.next() {
            if found.header.lastOffset >= offset { return found }
        }
        return nil
    }

    /// Where the scan for the first record at or after `timestamp` has to begin.
    func scanForTime(_ timestamp: Timestamp) throws(LogError) -> BatchScan {
        // The entry says that up to its offset no timestamp is above its own; so the search begins at that batch.
        let before = timestamp.rawValue > .min ? try times.floor(timestamp.rawValue - 1) : nil
        let from = try before.flatMap { (entry) throws(LogError) in try offsets.floor(Int64(entry.value)) }
        return BatchScan(file, from: from.map { Int($0.value) } ?? 0, to: size, readAhead: 1 << 16)
    }
}
