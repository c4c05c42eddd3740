import Bytes
import RecordFormat
import Seams
import Vocabulary

/// The batches of a log file from one position to another, header by header. Reads in chunks; a batch's records are read
/// only if `bytes(of:)` is asked for.
struct BatchScan {
    struct Found {
        let header: BatchHeader
        let position: Int
        var end: Int { position + header.sizeInBytes }
    }

    /// What one read fetches: the offset index leads to within 4 KiB of a batch.
    private static let chunk = 8192

    private let file: any File
    private let end: Int
    private let readAhead: Int
    private var buffer = ByteSlice()
    /// Where `buffer` begins in the file.
    private var start = 0
    /// Where the next batch begins; after the scan, where whole batches end.
    private(set) var position: Int

    /// From `position`, where a batch begins, up to `end`. A long scan reads `readAhead` bytes at a time.
    init(_ file: any File, from position: Int, to end: Int, readAhead: Int = BatchScan.chunk) {
        self.file = file
        self.position = position
        self.end = end
        self.readAhead = readAhead
    }

    /// The next batch; nil when what is left is no whole batch. Throws for what cannot be one.
    mutating func next() throws(LogError) -> Found? {
        guard position < end else { return nil }
        try fill(position, min(BatchHeader.size, end - position))
        let header: BatchHeader?
        let (from, at) = (position - start, position)
        do throws(BatchError) {
            header = try buffer.withBytes { bytes throws(BatchError) in
                try BatchHeader.read(
                    UnsafeRawBufferPointer(rebasing: bytes[from...]))
            }
        } catch {
            throw .corrupt(path: file.path, what: "at byte \(at): \(error)")
        }
        guard let header, header.sizeInBytes <= end - position else { return nil }
        defer { position += header.sizeInBytes }
        return Found(header: header, position: position)
    }

    /// The whole batch.
    mutating func bytes(of found: Found) throws(LogError) -> ByteSlice {
        try fill(found.position, found.header.sizeInBytes)
        let from = found.position - start
        guard from + found.header.sizeInBytes <= buffer.count else {
            throw .corrupt(path: file.path, what: "at byte \(found.position): the file ends within the batch")
        }
        return buffer[from..<from + found.header.sizeInBytes]
    }

    /// Makes the buffer hold `count` bytes from `at`, as far as the file goes.
    private mutating func fill(_ at: Int, _ count: Int) throws(LogError) {
        if at >= start, at + count <= start + buffer.count { return }
        let wanted = min(max(count, readAhead), end - at)
        let storage = ByteStorage(capacity: wanted)
        let file = file
        let got = try storing { () throws(DiskError) in
            try file.read(into: UnsafeMutableRawBufferPointer(start: storage.base, count: wanted), at: Int64(at))
        }
        buffer = ByteSlice(storage, 0..<got)
        start = at
    }
}
