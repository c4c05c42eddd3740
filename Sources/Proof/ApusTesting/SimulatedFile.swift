import Bytes
import Glibc
import Seams
import Vocabulary

/// A file's content: as it is, and as it would be after a power failure.
final class Inode {
    /// What a disk writes whole or not at all.
    static let sector = 512

    private(set) var content: [UInt8] = []
    private(set) var modified: Int64
    weak var lock: SimulatedLock?
    private var durable: [UInt8] = []
    /// Sectors written since the last sync.
    private var dirty: Set<Int> = []

    init(modified: Int64) { self.modified = modified }

    var isLocked: Bool { lock?.isHeld ?? false }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int, modified: Int64) {
        let end = position + bytes.count
        if end > content.count { resize(to: end) }
        content.withUnsafeMutableBytes { $0[position..<end].copyBytes(from: bytes) }
        for sector in position / Self.sector...(end - 1) / Self.sector { dirty.insert(sector) }
        self.modified = modified
    }

    func truncate(to size: Int, modified: Int64) {
        resize(to: size)
        self.modified = modified
    }

    private func resize(to size: Int) {
        if size < content.count {
            content.removeLast(content.count - size)
            // The rest of the last sector must not come back when the file grows again.
            if size % Self.sector != 0 { dirty.insert(size / Self.sector) }
            dirty = dirty.filter { $0 * Self.sector < size }
        } else if size > content.count {
            for sector in content.count / Self.sector..<(size + Self.sector - 1) / Self.sector { dirty.insert(sector) }
            content.append(contentsOf: Self.zeros(size - content.count))
        }
    }

    /// Without a step for each byte: in tests, which are not optimised, files of zeros would take most of the time.
    private static func zeros(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let start = buffer.baseAddress { memset(start, 0, count) }
            initialized = count
        }
    }

    func sync() {
        resizeDurable(to: content.count)
        for sector in dirty { copyToDurable(sector) }
        dirty = []
    }

    private func resizeDurable(to size: Int) {
        if durable.count > size {
            durable.removeLast(durable.count - size)
        } else {
            durable.append(contentsOf: Self.zeros(size - durable.count))
        }
    }

    private func copyToDurable(_ sector: Int) {
        let (start, end) = (sector * Self.sector, min((sector + 1) * Self.sector, content.count, durable.count))
        guard start < end else { return }
        let range = start..<end
        durable.withUnsafeMutableBytes { to in
            content.withUnsafeBytes { from in to[range].copyBytes(from: from[range]) }
        }
    }

    /// A new file with what the disk holds after the power failed: each unsynced sector old or new, the length synced,
    /// written, or between.
    func afterPowerLoss(_ chance: SimulatedChance) -> Inode {
        let made = Inode(modified: modified)
        let (low, high) = (min(durable.count, content.count), max(durable.count, content.count))
        let size =
            switch chance.below(3) {
            case 0: durable.count
            case 1: content.count
            default: Int(chance.between(Int64(low)...Int64(high)))
            }
        made.durable = durable
        made.resizeDurable(to: size)
        made.content = content
        for sector in dirty.sorted() where chance.happens(percent: 50) { made.copyToDurable(sector) }
        made.content = made.durable
        return made
    }
}

/// An open file of a simulated disk.
final class SimulatedFile: File, @unchecked Sendable {
    let path: String
    let inode: Inode
    private let disk: SimulatedDisk
    private let isWritable: Bool

    init(_ disk: SimulatedDisk, _ inode: Inode, path: String, isWritable: Bool) {
        self.disk = disk
        self.inode = inode
        self.path = path
        self.isWritable = isWritable
        disk.openFiles += 1
    }

    deinit { disk.openFiles -= 1 }

    func size() throws(DiskError) -> Int64 {
        if disk.isDead { throw error(.inputOutput, .read) }
        return Int64(inode.content.count)
    }

    func modified() throws(DiskError) -> Int64 {
        if disk.isDead { throw error(.inputOutput, .read) }
        return inode.modified
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(DiskError) -> Int {
        try disk.begin(.read, path)
        guard position >= 0 else { throw error(.other(22), .read) }
        guard position < inode.content.count else { return 0 }
        let range = Int(position)..<min(inode.content.count, Int(position) + buffer.count)
        inode.content.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        return range.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(DiskError) {
        try begin(.write)
        let (end, overflow) = position.addingReportingOverflow(Int64(bytes.count))
        guard position >= 0, !overflow, end <= Int64(Int32.max) * 2 else { throw error(.other(27), .write) }
        if bytes.isEmpty { return }
        try disk.reserve(max(0, end - Int64(inode.content.count)), .write, path)
        inode.write(bytes, at: Int(position), modified: disk.clock.wallClock.rawValue)
    }

    func truncate(to size: Int64) throws(DiskError) {
        try begin(.truncate)
        guard size >= 0, size <= Int64(Int32.max) * 2 else { throw error(.other(22), .truncate) }
        try disk.reserve(size - Int64(inode.content.count), .truncate, path)
        inode.truncate(to: Int(size), modified: disk.clock.wallClock.rawValue)
    }

    func preallocate(to size: Int64) throws(DiskError) {
        try begin(.preallocate)
        guard size >= 0 else { throw error(.other(22), .preallocate) }
        if size - Int64(inode.content.count) > disk.capacity - disk.used { throw error(.noSpace, .preallocate) }
    }

    func sync() throws(DiskError) {
        try disk.begin(.sync, path)
        inode.sync()
    }

    func startWriteback(_ range: Range<Int64>) {}

    private func begin(_ operation: SimulatedDisk.Operation) throws(DiskError) {
        try disk.begin(operation, path)
        if !isWritable { throw error(.notPermitted, operation) }
    }

    private func error(_ reason: DiskError.Reason, _ operation: SimulatedDisk.Operation) -> DiskError {
        DiskError(reason, operation: operation.rawValue, path: path)
    }
}
