import Bytes
import ReplicaRules
import Seams
import Synchronization
import Vocabulary

/// One aborted transaction, as `.txnindex` keeps it.
package struct AbortedTransaction: Sendable, Hashable {
    package let producerID: ProducerID
    package let firstOffset: Offset
    package let lastOffset: Offset
    package let lastStableOffset: Offset
}

/// `.txnindex`: the transactions whose abort marker stands in the segment, in the order of the markers. No file without
/// any. Writer: the log's; readers on any thread.
final class AbortedTransactions: Sendable {
    private static let entrySize = 34

    private let path: String
    private let disk: any Disk
    private let entries: Mutex<[AbortedTransaction]>

    /// Reads the file if there is one; throws `.corrupt` when it cannot be.
    init(_ path: String, _ disk: any Disk) throws(LogError) {
        (self.path, self.disk) = (path, disk)
        var read: [AbortedTransaction] = []
        if disk.exists(path) {
            let bytes = try CheckpointLines.contents(path, disk)
            guard bytes.count % Self.entrySize == 0 else {
                throw .corrupt(path: path, what: "\(bytes.count) bytes are no whole number of entries")
            }
            for index in 0..<bytes.count / Self.entrySize {
                read.append(try Self.entry(bytes[index * Self.entrySize..<(index + 1) * Self.entrySize], path))
            }
        }
        entries = Mutex(read)
    }

    private static func entry(_ bytes: ByteSlice, _ path: String) throws(LogError) -> AbortedTransaction {
        try bytes.withBytes { (bytes) throws(LogError) in
            guard bytes.readBigEndian(Int16.self, at: 0) == 0 else {
                throw .corrupt(path: path, what: "an entry's version is not 0")
            }
            return AbortedTransaction(
                producerID: ProducerID(bytes.readBigEndian(at: 2)), firstOffset: Offset(bytes.readBigEndian(at: 10)),
                lastOffset: Offset(bytes.readBigEndian(at: 18)), lastStableOffset: Offset(bytes.readBigEndian(at: 26)))
        }
    }

    var all: [AbortedTransaction] { entries.withLock { $0 } }

    func append(_ finished: FinishedTransaction) throws(LogError) {
        let made = AbortedTransaction(
            producerID: finished.producerID, firstOffset: finished.firstOffset, lastOffset: finished.lastOffset,
            lastStableOffset: finished.lastStableOffset)
        let index = entries.withLock { entries in
            entries.append(made)
            return entries.count - 1
        }
        let bytes = ByteStorage(capacity: Self.entrySize)
        bytes.base.writeBigEndian(Int16(0), at: 0)
        bytes.base.writeBigEndian(made.producerID.rawValue, at: 2)
        bytes.base.writeBigEndian(made.firstOffset.rawValue, at: 10)
        bytes.base.writeBigEndian(made.lastOffset.rawValue, at: 18)
        bytes.base.writeBigEndian(made.lastStableOffset.rawValue, at: 26)
        try storing { () throws(DiskError) in
            try disk.open(path, .create).write(
                UnsafeRawBufferPointer(start: bytes.base, count: Self.entrySize), at: Int64(index * Self.entrySize))
        }
    }

    /// Drops the transactions that end at `end` or later.
    func truncate(to end: Offset) throws(LogError) {
        let kept = entries.withLock { entries in
            entries.removeAll { $0.lastOffset >= end }
            return entries.count
        }
        try storing { () throws(DiskError) in
            guard disk.exists(path) else { return }
            if kept == 0 {
                try disk.remove(path)
            } else {
                try disk.open(path, .readWrite).truncate(to: Int64(kept * Self.entrySize))
            }
        }
    }

    func sync() throws(LogError) {
        try storing { () throws(DiskError) in if disk.exists(path) { try disk.open(path, .readWrite).sync() } }
    }
}
