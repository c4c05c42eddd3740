import Bytes
import Seams
import Synchronization
import Vocabulary

/// A sorted file of fixed-size entries beside a segment: `.index` from offsets to positions, `.timeindex` from timestamps
/// to offsets.
///
/// Entries go to the file in blocks, not one by one: a system call for each would cost more than the index saves, and after
/// a crash the index is made anew from the log. Until then they stand in the tail, where most look-ups end.
///
/// The file is open while it is written, from the first block to `seal`, and while something is looked up in it: a node has
/// thousands of segments, and each costs only one descriptor, that of its batches.
///
/// Owner: the log's writer appends; look-ups may come from any thread.
final class SparseIndex: Sendable {
    enum Kind: Sendable {
        /// int32 offset relative to the base, int32 position.
        case offsets
        /// int64 timestamp, int32 relative offset.
        case times

        var entrySize: Int { self == .offsets ? 8 : 12 }
        var suffix: String { self == .offsets ? LogFiles.offsetIndex : LogFiles.timeIndex }
    }

    /// One entry, in the numbers of the file: relative offset and position, or timestamp and relative offset.
    struct Entry: Sendable, Hashable {
        let key: Int64
        let value: Int32
    }

    private struct State {
        var file: (any File)?
        /// Another log's file may have the path by now: it is not opened any more.
        var isAbandoned = false
        /// Whether the file is durable and ends behind its last entry. A new one without any need not be durable: where it is
        /// missing it is made anew.
        var isSealed = true
        /// Entries that stand in the file.
        var stored = 0
        var tail: [Entry] = []
        var last: Entry?
    }

    /// Entries that wait in memory before they are written together: 4 KiB of an offset index.
    private static let block = 512

    let kind: Kind
    let path: String
    private let disk: any Disk
    private let state: Mutex<State>

    /// An empty index; its file is made, or emptied.
    init(creating path: String, _ kind: Kind, _ disk: any Disk) throws(LogError) {
        (self.path, self.kind, self.disk) = (path, kind, disk)
        let isLeftover = disk.exists(path)
        _ = try storing { () throws(DiskError) in try disk.open(path, .truncate) }
        state = Mutex(State(isSealed: !isLeftover))
    }

    /// The index at `path`; throws `.corrupt` unless its content can be what it should be: whole entries, ascending, and
    /// zeros only behind the last (a killed Apache node leaves such).
    init(opening path: String, _ kind: Kind, _ disk: any Disk) throws(LogError) {
        (self.path, self.kind, self.disk) = (path, kind, disk)
        let file = try storing { () throws(DiskError) in try disk.open(path, .readWrite) }
        let size = Int(try storing { () throws(DiskError) in try file.size() })
        guard size % kind.entrySize == 0 else {
            throw .corrupt(path: path, what: "\(size) bytes are no whole number of entries")
        }
        var found = State()
        if size <= Self.readSize {
            (found.last, found.stored) = try Self.walk(file, kind, path)
        } else {
            (found.last, found.stored) = try Self.ends(file, size, kind, path)
        }
        found.isSealed = size == found.stored * kind.entrySize
        state = Mutex(found)
    }

    /// Larger indexes are not read whole at every start; their ends tell most of what can be wrong.
    private static let readSize = 1 << 16

    private static func ends(
        _ file: any File, _ size: Int, _ kind: Kind, _ path: String
    ) throws(LogError) -> (last: Entry?, count: Int) {
        let count = size / kind.entrySize
        let first = try storing { () throws(DiskError) in try kind.read(file, at: 0) }
        let last = try storing { () throws(DiskError) in try kind.read(file, at: count - 1) }
        if last == Entry(key: 0, value: 0) { return try walk(file, kind, path) }
        guard first.key >= 0, first.value >= 0, last.key >= first.key, last.value >= first.value else {
            throw .corrupt(path: path, what: "its last entry is below its first one")
        }
        return (last, count)
    }

    private static func walk(
        _ file: any File, _ kind: Kind, _ path: String
    ) throws(LogError) -> (last: Entry?, count: Int) {
        let bytes = try storing { () throws(DiskError) in try file.contents() }
        var (last, count): (Entry?, Int) = (nil, 0)
        for index in 0..<bytes.count / kind.entrySize {
            let entry = bytes.withBytes { kind.read($0.baseAddress!, at: index) }
            if entry == Entry(key: 0, value: 0), !isFirstOfTimes(kind, index, bytes) { break }
            guard entry.key >= last?.key ?? 0, entry.value >= last?.value ?? 0 else {
                throw .corrupt(path: path, what: "entry \(index) is below the one before it")
            }
            (last, count) = (entry, index + 1)
        }
        return (last, count)
    }

    /// Whether zeros are an entry all the same: the record at the base offset, of the first millisecond of 1970.
    private static func isFirstOfTimes(_ kind: Kind, _ index: Int, _ bytes: ByteSlice) -> Bool {
        kind == .times && index == 0
            && (bytes.count == kind.entrySize
                || bytes[kind.entrySize..<2 * kind.entrySize].withBytes { $0.contains { $0 != 0 } })
    }

    var count: Int { state.withLock { $0.stored + $0.tail.count } }
    var last: Entry? { state.withLock { $0.last } }

    /// The file; nil when the index is abandoned. What is opened to be written stays open.
    private func opened(_ mode: OpenMode) throws(LogError) -> (any File)? {
        try state.withLock { (state) throws(LogError) in
            if state.file != nil || state.isAbandoned { return state.file }
            let file = try storing { () throws(DiskError) in try disk.open(path, mode) }
            if mode != .read { state.file = file }
            return file
        }
    }

    /// The file's name is about to go, or to become another log's. Look-ups that still come read what is open, or else
    /// find nothing, and the search begins where the segment does.
    func abandon() { state.withLock { $0.isAbandoned = true } }

    /// Appends an entry, which must not be below the last one.
    func append(_ entry: Entry) throws(LogError) {
        let isFull = state.withLock { state in
            state.tail.append(entry)
            state.last = entry
            return state.tail.count >= Self.block
        }
        if isFull { try store() }
    }

    /// Writes the tail to the file.
    func store() throws(LogError) {
        let (stored, tail) = state.withLock { ($0.stored, $0.tail) }
        guard !tail.isEmpty, let file = try opened(.readWrite) else { return }
        let storage = ByteStorage(capacity: tail.count * kind.entrySize)
        for (index, entry) in tail.enumerated() { kind.write(entry, storage.base, at: index) }
        try storing { () throws(DiskError) in
            try file.write(
                UnsafeRawBufferPointer(start: storage.base, count: storage.capacity), at: Int64(stored * kind.entrySize)
            )
        }
        state.withLock { state in
            state.isSealed = false
            state.stored = stored + tail.count
            state.tail.removeFirst(tail.count)
        }
    }

    /// Writes the tail, cuts the file behind the last entry, makes it durable, and closes it.
    func seal() throws(LogError) {
        try store()
        let (isSealed, stored) = state.withLock { ($0.isSealed, $0.stored) }
        if !isSealed, let file = try opened(.readWrite) {
            try storing { () throws(DiskError) in
                try file.truncate(to: Int64(stored * kind.entrySize))
                try file.sync()
            }
        }
        state.withLock { ($0.file, $0.isSealed) = (nil, true) }
    }

    /// Drops the entries whose `belongs` is false; they must be the last ones.
    func truncate(where belongs: (Entry) -> Bool) throws(LogError) {
        try store()
        let kept = try search { !belongs($0) }
        state.withLock { ($0.stored, $0.last, $0.isSealed) = (kept.index, kept.low, false) }
        let file = try opened(.readWrite)
        try storing { () throws(DiskError) in try file?.truncate(to: Int64(kept.index * kind.entrySize)) }
    }

    /// The last entry whose key is not above `key`; nil when all are.
    func floor(_ key: Int64) throws(LogError) -> Entry? {
        // Nearly every look-up is for the end of the log: see the tail first.
        let inTail = state.withLock { state -> Entry? in
            guard let first = state.tail.first, first.key <= key else { return nil }
            return state.tail[partitioningIndex(state.tail.count) { state.tail[$0].key > key } - 1]
        }
        return if let inTail { inTail } else { try search { $0.key > key }.low }
    }

    /// The first entry whose value is not below `value`; nil when all are.
    func ceiling(value: Int32) throws(LogError) -> Entry? { try search { $0.value >= value }.high }

    /// How many entries are low, the last of them, and the first high one.
    private func search(
        _ isHigh: (Entry) -> Bool
    ) throws(LogError) -> (index: Int, low: Entry?, high: Entry?) {
        var (low, high): (Entry?, Entry?)
        var file: (any File)?
        var failure: LogError?
        let index = partitioningIndex(count) { at in
            do throws(LogError) {
                let entry = try entry(at: at, &file)
                let isHigh = isHigh(entry)
                // Each one seen lies nearer to the border than those of its kind before it.
                if isHigh { high = entry } else { low = entry }
                return isHigh
            } catch {
                failure = error
                return true
            }
        }
        if let failure { throw failure }
        return (index, low, high)
    }

    /// `file` is what is stored, opened when it is wanted and kept for all of a search.
    private func entry(at index: Int, _ file: inout (any File)?) throws(LogError) -> Entry {
        let held = state.withLock { state in
            index >= state.stored && index - state.stored < state.tail.count ? state.tail[index - state.stored] : nil
        }
        if let held { return held }
        if file == nil { file = try opened(.read) }
        guard let file else { return Entry(key: 0, value: 0) }
        return try storing { () throws(DiskError) in try kind.read(file, at: index) }
    }
}

extension SparseIndex.Kind {
    fileprivate func read(_ file: any File, at index: Int) throws(DiskError) -> SparseIndex.Entry {
        try withUnsafeTemporaryAllocation(byteCount: 12, alignment: 8) { buffer throws(DiskError) in
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<entrySize])
            part.initializeMemory(as: UInt8.self, repeating: 0)
            _ = try file.read(into: part, at: Int64(index * entrySize))
            return read(UnsafeRawPointer(buffer.baseAddress!), at: 0)
        }
    }

    fileprivate func read(_ base: UnsafeRawPointer, at index: Int) -> SparseIndex.Entry {
        let at = base + index * entrySize
        switch self {
        case .offsets:
            return SparseIndex.Entry(
                key: Int64(at.readBigEndian(Int32.self, at: 0)), value: at.readBigEndian(at: 4))
        case .times: return SparseIndex.Entry(key: at.readBigEndian(at: 0), value: at.readBigEndian(at: 8))
        }
    }

    fileprivate func write(_ entry: SparseIndex.Entry, _ base: UnsafeMutableRawPointer, at index: Int) {
        let at = base + index * entrySize
        switch self {
        case .offsets:
            at.writeBigEndian(Int32(truncatingIfNeeded: entry.key), at: 0)
            at.writeBigEndian(entry.value, at: 4)
        case .times:
            at.writeBigEndian(entry.key, at: 0)
            at.writeBigEndian(entry.value, at: 8)
        }
    }
}

/// How many of the first `count` things are low, when all low ones come before all high ones.
func partitioningIndex(_ count: Int, isHigh: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
        let middle = low + (high - low) / 2
        if isHigh(middle) { high = middle } else { low = middle + 1 }
    }
    return low
}
