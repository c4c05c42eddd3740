import Bytes
import Seams
import Vocabulary

/// A file system in memory that knows what would survive a power failure.
///
/// - **Content**: what was written since the last `sync` of the file survives sector by sector (512 bytes) by chance, and
///   its length lies anywhere between the synced and the written one; a sector that was not written within a grown length
///   reads as zeros. What was synced and not overwritten since always survives.
/// - **Names**: creating, renaming and removing form one ordered journal, as on ext4. `syncDirectory` makes the journal
///   durable up to the last entry about that directory; of the rest, a prefix of random length survives. So each change is
///   atomic, and they are never reordered. Stricter than ext4: syncing a new file does not make its name durable.
///
/// **Owner**: one host of a simulation, on its thread. After `crash` the old disk only fails.
package final class SimulatedDisk: Disk, @unchecked Sendable {
    package enum Operation: String, Sendable {
        case open, read, write, truncate, preallocate, sync, rename, remove, list, createDirectory = "mkdir"
        case syncDirectory = "sync directory", lock
    }

    /// Asked before each operation; a reason makes it fail. For I/O errors, full disks and the like.
    package var fault: ((Operation, _ path: String) -> DiskError.Reason?)?
    /// How long work on the disk pool waits before it is done.
    package var latency: ClosedRange<Nanoseconds> = .microseconds(20)...(.milliseconds(2))
    /// Bytes in the file system; a write that needs more fails with `noSpace`.
    package var capacity: Int64 = 1 << 40

    let clock: SimulatedClock
    let chance: SimulatedChance
    private(set) var isDead = false
    /// How many files are open: what would be descriptors on a machine.
    package internal(set) var openFiles = 0
    private var root = SimulatedDirectory()
    private var journal: [NameChange] = []
    private(set) var used: Int64 = 0

    init(clock: SimulatedClock, chance: SimulatedChance) {
        self.clock = clock
        self.chance = chance
    }

    // MARK: Names

    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File {
        try begin(.open, path)
        let (directory, name) = try parent(of: path, .open)
        switch directory.entries[name] {
        case .directory: throw DiskError(.isDirectory, operation: "open", path: path)
        case .file(let inode):
            if mode == .createNew { throw DiskError(.alreadyExists, operation: "open", path: path) }
            let file = SimulatedFile(self, inode, path: path, isWritable: mode != .read)
            if mode == .truncate { try file.truncate(to: 0) }
            return file
        case nil:
            if mode == .read || mode == .readWrite { throw DiskError(.notFound, operation: "open", path: path) }
            let inode = Inode(modified: clock.wallClock.rawValue)
            change(.link(directory, name, .file(inode)))
            return SimulatedFile(self, inode, path: path, isWritable: true)
        }
    }

    package func list(_ directory: String) throws(DiskError) -> [String] {
        try begin(.list, directory)
        guard case .directory(let found) = try node(directory, .list) else {
            throw DiskError(.notFound, operation: "list", path: directory)
        }
        // In no order, says the seam; in one order, says the seed.
        var names = found.entries.keys.sorted()
        for last in stride(from: names.count - 1, to: 0, by: -1) { names.swapAt(last, chance.below(last + 1)) }
        return names
    }

    package func createDirectory(_ path: String) throws(DiskError) {
        try begin(.createDirectory, path)
        var at = root
        for name in Self.parts(path) {
            switch at.entries[name] {
            case .directory(let next): at = next
            case .file: throw DiskError(.alreadyExists, operation: "mkdir", path: path)
            case nil:
                let made = SimulatedDirectory()
                change(.link(at, name, .directory(made)))
                at = made
            }
        }
    }

    package func rename(_ from: String, to: String) throws(DiskError) {
        try begin(.rename, from)
        let (source, sourceName) = try parent(of: from, .rename)
        let (target, targetName) = try parent(of: to, .rename)
        guard let moved = source.entries[sourceName] else {
            throw DiskError(.notFound, operation: "rename", path: from)
        }
        if source === target && sourceName == targetName { return }
        switch (moved, target.entries[targetName]) {
        case (_, nil), (.file, .file): break
        case (.directory, .directory(let there)):
            if !there.entries.isEmpty { throw DiskError(.notEmpty, operation: "rename", path: to) }
        case (.file, .directory): throw DiskError(.isDirectory, operation: "rename", path: to)
        case (.directory, .file): throw DiskError(.alreadyExists, operation: "rename", path: to)
        }
        change(.move(source, sourceName, target, targetName))
    }

    package func remove(_ path: String) throws(DiskError) {
        try begin(.remove, path)
        let (directory, name) = try parent(of: path, .remove)
        switch directory.entries[name] {
        case nil: throw DiskError(.notFound, operation: "remove", path: path)
        case .directory(let found) where !found.entries.isEmpty:
            throw DiskError(.notEmpty, operation: "remove", path: path)
        case .file(let inode): used -= Int64(inode.content.count)
        case .directory: break
        }
        change(.unlink(directory, name))
    }

    package func exists(_ path: String) -> Bool { !isDead && find(path) != nil }

    package func isDirectory(_ path: String) -> Bool {
        if case .directory = find(path) { return !isDead }
        return false
    }

    package func syncDirectory(_ path: String) throws(DiskError) {
        try begin(.syncDirectory, path)
        guard case .directory(let directory) = try node(path, .syncDirectory) else {
            throw DiskError(.notFound, operation: Operation.syncDirectory.rawValue, path: path)
        }
        guard let last = journal.lastIndex(where: { $0.touches(directory) }) else { return }
        for change in journal[...last] { change.apply(to: \.durable) }
        journal.removeSubrange(...last)
    }

    package func lock(_ path: String) throws(DiskError) -> any FileLock {
        try begin(.lock, path)
        guard let file = try open(path, .create) as? SimulatedFile, !file.inode.isLocked else {
            throw DiskError(.locked, operation: "lock", path: path)
        }
        let lock = SimulatedLock(self)
        file.inode.lock = lock
        return lock
    }

    package func space(_ path: String) throws(DiskError) -> (total: Int64, usable: Int64) {
        try begin(.list, path)
        return (capacity, max(0, capacity - used))
    }

    // MARK: Crash

    /// What a machine finds after it went down now. This disk, its open files and its locks are dead from here on.
    package func crash(losingPower: Bool = true) -> SimulatedDisk {
        isDead = true
        let next = SimulatedDisk(clock: clock, chance: SimulatedChance(seed: chance.next()))
        (next.fault, next.latency, next.capacity) = (fault, latency, capacity)
        guard losingPower else {
            // The kernel lives on with all that was written, as little durable as before.
            (next.root, next.journal, next.used) = (root, journal, used)
            return next
        }
        for change in journal.prefix(chance.below(journal.count + 1)) { change.apply(to: \.durable) }
        next.root = survivor(of: root)
        next.used = next.root.byteCount
        return next
    }

    private func survivor(of directory: SimulatedDirectory) -> SimulatedDirectory {
        let made = SimulatedDirectory()
        for (name, node) in directory.durable.sorted(by: { $0.key < $1.key }) {
            switch node {
            case .directory(let child): made.entries[name] = .directory(survivor(of: child))
            case .file(let inode): made.entries[name] = .file(inode.afterPowerLoss(chance))
            }
        }
        made.durable = made.entries
        return made
    }

    // MARK: Inside

    func begin(_ operation: Operation, _ path: String) throws(DiskError) {
        if isDead { throw DiskError(.inputOutput, operation: operation.rawValue, path: path) }
        if let reason = fault?(operation, path) { throw DiskError(reason, operation: operation.rawValue, path: path) }
    }

    func reserve(_ bytes: Int64, _ operation: Operation, _ path: String) throws(DiskError) {
        if bytes > 0 && used + bytes > capacity { throw DiskError(.noSpace, operation: operation.rawValue, path: path) }
        used += bytes
    }

    private func change(_ change: NameChange) {
        change.apply(to: \.entries)
        journal.append(change)
    }

    private static func parts(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private func find(_ path: String) -> Node? {
        var at = Node.directory(root)
        for name in Self.parts(path) {
            guard case .directory(let directory) = at, let next = directory.entries[name] else { return nil }
            at = next
        }
        return at
    }

    private func node(_ path: String, _ operation: Operation) throws(DiskError) -> Node {
        guard let found = find(path) else { throw DiskError(.notFound, operation: operation.rawValue, path: path) }
        return found
    }

    private func parent(of path: String, _ operation: Operation) throws(DiskError) -> (SimulatedDirectory, String) {
        let parts = Self.parts(path)
        guard let name = parts.last, case .directory(let directory) = find(parts.dropLast().joined(separator: "/"))
        else { throw DiskError(.notFound, operation: operation.rawValue, path: path) }
        return (directory, name)
    }
}

enum Node {
    case file(Inode)
    case directory(SimulatedDirectory)
}

/// A directory: the names in it now, and those that would be there after a power failure.
final class SimulatedDirectory {
    var entries: [String: Node] = [:]
    var durable: [String: Node] = [:]

    var byteCount: Int64 {
        entries.values.reduce(0) { sum, node in
            switch node {
            case .file(let inode): sum + Int64(inode.content.count)
            case .directory(let child): sum + child.byteCount
            }
        }
    }
}

/// One entry of the journal of names.
enum NameChange {
    case link(SimulatedDirectory, String, Node)
    case unlink(SimulatedDirectory, String)
    case move(SimulatedDirectory, String, SimulatedDirectory, String)

    var directories: [SimulatedDirectory] {
        switch self {
        case .link(let directory, _, _), .unlink(let directory, _): [directory]
        case .move(let source, _, let target, _): [source, target]
        }
    }

    func touches(_ directory: SimulatedDirectory) -> Bool { directories.contains { $0 === directory } }

    func apply(to view: ReferenceWritableKeyPath<SimulatedDirectory, [String: Node]>) {
        switch self {
        case .link(let directory, let name, let node): directory[keyPath: view][name] = node
        case .unlink(let directory, let name): directory[keyPath: view][name] = nil
        case .move(let source, let from, let target, let to):
            target[keyPath: view][to] = source[keyPath: view].removeValue(forKey: from)
        }
    }
}

/// Held while alive, and while the process that took it lives.
final class SimulatedLock: FileLock, @unchecked Sendable {
    private let disk: SimulatedDisk
    var isHeld: Bool { !disk.isDead }

    init(_ disk: SimulatedDisk) { self.disk = disk }
}

/// Disk work in virtual time: each piece waits a random while, so order is not kept, and is done on no loop.
package final class SimulatedDiskPool: DiskPool, @unchecked Sendable {
    private let simulation: Simulation
    private let disk: SimulatedDisk

    init(_ simulation: Simulation, _ disk: SimulatedDisk) {
        self.simulation = simulation
        self.disk = disk
    }

    package func run(_ work: @escaping @Sendable () -> Void) {
        if disk.isDead { return }
        simulation.schedule(after: disk.chance.delay(disk.latency)) { [disk] in
            if !disk.isDead { work() }
        }
    }
}
