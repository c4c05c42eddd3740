import Bytes
import Checksums
import ReplicaRules
import Seams
import Vocabulary

/// `.snapshot`: the producers of a partition as they were when the log ended at the offset in the file's name. Version,
/// CRC-32C of all that follows it, count, and per producer 46 bytes with its last batch only.
enum ProducerSnapshotFile {
    private static let version: Int16 = 1
    private static let header = 10
    private static let entry = 46

    static func bytes(_ states: ProducerStates) -> ByteSlice {
        let sorted = states.states.values.sorted { $0.producerID < $1.producerID }
        let count = header + sorted.count * entry
        let storage = ByteStorage(capacity: count)
        let base = storage.base
        base.writeBigEndian(version, at: 0)
        base.writeBigEndian(Int32(sorted.count), at: 6)
        for (index, state) in sorted.enumerated() { put(state, base + header + index * entry) }
        base.writeBigEndian(CRC32C.of(UnsafeRawBufferPointer(start: base + 6, count: count - 6)), at: 2)
        return ByteSlice(storage, 0..<count)
    }

    /// Writes what `bytes(_:)` has made, durably but for the file's name.
    static func write(
        _ bytes: ByteSlice, at offset: Offset, in directory: String, _ disk: any Disk
    ) throws(LogError) {
        try storing { () throws(DiskError) in
            let file = try disk.open(Segment.path(directory, offset, LogFiles.producerSnapshot), .truncate)
            try bytes.withBytes { (bytes) throws(DiskError) in try file.write(bytes, at: 0) }
            try file.sync()
        }
    }

    private static func put(_ state: ProducerState, _ at: UnsafeMutableRawPointer) {
        let last = state.batches.last
        at.writeBigEndian(state.producerID.rawValue, at: 0)
        at.writeBigEndian(state.epoch.rawValue, at: 8)
        at.writeBigEndian(last?.lastSequence ?? -1, at: 10)
        at.writeBigEndian(last?.lastOffset.rawValue ?? -1, at: 14)
        at.writeBigEndian(last?.offsetDelta ?? 0, at: 22)
        at.writeBigEndian(state.lastTimestamp.rawValue, at: 26)
        at.writeBigEndian(state.coordinatorEpoch, at: 34)
        at.writeBigEndian(state.transactionStart?.rawValue ?? -1, at: 38)
    }

    static func read(_ path: String, _ disk: any Disk) throws(LogError) -> ProducerStates {
        let bytes = try CheckpointLines.contents(path, disk)
        guard bytes.count >= header else { throw .corrupt(path: path, what: "it is cut short") }
        return try bytes.withBytes { (bytes) throws(LogError) in
            guard bytes.readBigEndian(Int16.self, at: 0) == version else {
                throw .corrupt(path: path, what: "its version is not \(version)")
            }
            let computed = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[6...]))
            guard bytes.readBigEndian(UInt32.self, at: 2) == computed else {
                throw .corrupt(path: path, what: "its checksum is wrong")
            }
            let count = Int(bytes.readBigEndian(Int32.self, at: 6))
            guard count >= 0, bytes.count == header + count * entry else {
                throw .corrupt(path: path, what: "its size does not fit its \(count) producers")
            }
            return ProducerStates((0..<count).map { state(bytes, at: header + $0 * entry) })
        }
    }

    private static func state(_ bytes: UnsafeRawBufferPointer, at start: Int) -> ProducerState {
        let timestamp = Timestamp(bytes.readBigEndian(at: start + 26))
        let lastOffset = Offset(bytes.readBigEndian(at: start + 14))
        let transaction: Int64 = bytes.readBigEndian(at: start + 38)
        return ProducerState(
            ProducerID(bytes.readBigEndian(at: start)), epoch: ProducerEpoch(bytes.readBigEndian(at: start + 8)),
            lastBatch: lastOffset.rawValue < 0
                ? nil
                : RememberedBatch(
                    lastSequence: bytes.readBigEndian(at: start + 10), lastOffset: lastOffset,
                    offsetDelta: bytes.readBigEndian(at: start + 22), timestamp: timestamp),
            coordinatorEpoch: bytes.readBigEndian(at: start + 34), lastTimestamp: timestamp,
            transactionStart: transaction < 0 ? nil : Offset(transaction))
    }
}
