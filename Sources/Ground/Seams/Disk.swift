import Bytes

/// What went wrong with a file or directory.
package struct DiskError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case notFound, alreadyExists, noSpace, notPermitted, isDirectory, notEmpty, locked, inputOutput
        /// Any other `errno`.
        case other(Int32)
    }

    package let reason: Reason
    /// What was being done, in a word: "open", "write", "sync".
    package let operation: String
    package let path: String

    package init(_ reason: Reason, operation: String, path: String) {
        self.reason = reason
        self.operation = operation
        self.path = path
    }

    package var description: String { "\(operation) \(path): \(reason)" }
}

package enum OpenMode: Sendable {
    /// Must exist.
    case read
    /// Must exist; read and write.
    case readWrite
    /// Made when missing; read and write.
    case create
    /// Made anew, or emptied; read and write.
    case truncate
    /// Made; must not exist.
    case createNew
}

/// The file system. Paths are absolute, `/`-separated. Calls block: on an event loop only what is quick and rare
/// (metadata of files), else through the `DiskPool`.
package protocol Disk: AnyObject, Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File
    /// The names (not paths) in a directory, in no order, without `.` and `..`.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Makes a directory and its missing parents; content if it is there.
    func createDirectory(_ path: String) throws(DiskError)
    /// Atomically gives a file or directory another name, replacing a file of that name.
    func rename(_ from: String, to: String) throws(DiskError)
    /// Removes a file or an empty directory.
    func remove(_ path: String) throws(DiskError)
    func exists(_ path: String) -> Bool
    func isDirectory(_ path: String) -> Bool
    /// Makes what was created, renamed and removed in the directory survive a crash.
    func syncDirectory(_ path: String) throws(DiskError)
    /// Takes an exclusive lock on a file, made when missing, until the returned lock goes. Fails with `.locked`.
    func lock(_ path: String) throws(DiskError) -> any FileLock
    /// Bytes in the file system of `path`: all, and those free to us.
    func space(_ path: String) throws(DiskError) -> (total: Int64, usable: Int64)
}

/// Held while alive.
package protocol FileLock: AnyObject, Sendable {}

/// An open file. Reads and writes at positions may be made from several threads at once; closed when released.
package protocol File: AnyObject, Sendable {
    var path: String { get }
    func size() throws(DiskError) -> Int64
    /// Milliseconds since 1970 of the last write.
    func modified() throws(DiskError) -> Int64

    /// Reads up to `buffer.count` bytes at `position`; fewer only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(DiskError) -> Int
    /// Writes all of `bytes` at `position`.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(DiskError)
    /// Writes two pieces one behind the other: a batch's header, which the broker has changed, and its records, which stay
    /// where they were received.
    func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64
    ) throws(DiskError)
    /// Cuts the file, or lengthens it with zeros.
    func truncate(to size: Int64) throws(DiskError)
    /// Reserves disk blocks so that later writes up to `size` change no metadata; the visible size stays.
    func preallocate(to size: Int64) throws(DiskError)
    /// Content and size are on stable storage when this returns (`fdatasync`).
    func sync() throws(DiskError)
    /// Starts writing `range` out without waiting for it, where the platform can; a hint.
    func startWriteback(_ range: Range<Int64>)
}

extension File {
    /// All of a (small) file.
    package func contents() throws(DiskError) -> ByteSlice {
        let count = Int(try size())
        let storage = ByteStorage(capacity: count)
        let got = try read(into: UnsafeMutableRawBufferPointer(start: storage.base, count: count), at: 0)
        return ByteSlice(storage, 0..<got)
    }
}

extension Disk {
    /// The whole content of a (small) file.
    package func contents(_ path: String) throws(DiskError) -> ByteSlice { try open(path, .read).contents() }

    /// Puts `bytes` in place of the file at `path`, so that after a crash either the old or the new content is there:
    /// written aside with the suffix `.tmp`, synced, renamed, directory synced. Not `durably` holds when the process is
    /// killed; a loss of power may leave the old content, the new, or a file without any.
    package func replace(_ path: String, with bytes: ByteSlice, durably: Bool = true) throws(DiskError) {
        let aside = path + ".tmp"
        let file = try open(aside, .truncate)
        try bytes.withBytes { (content) throws(DiskError) in try file.write(content, at: 0) }
        if durably { try file.sync() }
        try rename(aside, to: path)
        if durably { try syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])) }
    }

    /// Removes a directory with all that is in it; content if it is not there.
    package func removeTree(_ path: String) throws(DiskError) {
        guard exists(path) else { return }
        if isDirectory(path) {
            for name in try list(path) { try removeTree(path + "/" + name) }
        }
        try remove(path)
    }
}

/// Threads for disk work that may block: cold reads, syncs, rolls, cleaning. In simulation: the one thread, later.
package protocol DiskPool: AnyObject, Sendable {
    /// Runs `work` on a thread of the pool. Order is not kept.
    func run(_ work: @escaping @Sendable () -> Void)
}

extension DiskPool {
    /// Does `work` on the pool and resumes the caller where it was.
    package func perform<Result: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let outcome: Swift.Result<Result, Failure> = await withUnsafeContinuation { continuation in
            run {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch { continuation.resume(returning: .failure(error)) }
            }
        }
        return try outcome.get()
    }
}

extension File {
    package func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64
    ) throws(DiskError) {
        try write(first, at: position)
        try write(second, at: position + Int64(first.count))
    }
}
