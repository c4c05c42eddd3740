import Bytes
import RecordFormat
import Seams

/// Reads the batches of a file one after the other, a window of it at a time.
struct BatchFile {
    struct Batch {
        let header: BatchHeader
        let position: Int64
        let bytes: ByteSlice
    }

    /// What follows the last whole batch.
    enum End {
        case clean
        /// The file ends within a batch, or within its header.
        case cut(left: Int64)
        case malformed(BatchError)
    }

    private static let window = 1 << 20

    private let file: any File
    private let size: Int64
    private var held = ByteSlice()
    private var heldFrom: Int64 = 0
    /// Where the next batch begins.
    private(set) var position: Int64 = 0

    init(_ path: String, _ disk: any Disk) throws(DiskError) {
        file = try disk.open(path, .read)
        size = try file.size()
    }

    /// Goes on at `position`, where a batch should begin.
    mutating func seek(_ position: Int64) { self.position = position }

    /// The next batch, or what is there instead.
    mutating func next() throws(DiskError) -> Result<Batch, Ended> {
        let left = size - position
        if left <= 0 { return .failure(Ended(end: .clean)) }
        try hold(min(Int64(BatchHeader.size), left))
        let header: BatchHeader?
        let start = Int(position - heldFrom)
        do throws(BatchError) {
            header = try held.withBytes { (bytes) throws(BatchError) in
                try BatchHeader.read(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
        } catch { return .failure(Ended(end: .malformed(error))) }
        guard let header, Int64(header.sizeInBytes) <= left else { return .failure(Ended(end: .cut(left: left))) }
        try hold(Int64(header.sizeInBytes))
        let from = Int(position - heldFrom)
        guard from + header.sizeInBytes <= held.count else { return .failure(Ended(end: .cut(left: left))) }
        defer { position += Int64(header.sizeInBytes) }
        return .success(
            Batch(header: header, position: position, bytes: held[from..<from + header.sizeInBytes]))
    }

    struct Ended: Error {
        let end: End
    }

    /// Makes the window hold `count` bytes from `position`, as far as the file goes.
    private mutating func hold(_ count: Int64) throws(DiskError) {
        if position >= heldFrom, position + count <= heldFrom + Int64(held.count) { return }
        let wanted = Int(min(max(count, Int64(Self.window)), size - position))
        let storage = ByteStorage(capacity: wanted)
        let got = try file.read(
            into: UnsafeMutableRawBufferPointer(start: storage.base, count: wanted), at: position)
        held = ByteSlice(storage, 0..<got)
        heldFrom = position
    }
}
