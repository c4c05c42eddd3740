import Bytes
import Checksums
import Vocabulary

/// One whole batch in a buffer: its header as a value and its bytes, borrowed. Must not outlive the buffer.
package struct BatchView {
    package let header: BatchHeader
    /// Where the batch begins in the bytes it was found in.
    package let position: Int
    /// The batch, header and all.
    package let bytes: UnsafeRawBufferPointer

    /// The whole batch at `position` of `bytes`; nil when the bytes end before it does.
    package init?(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) throws(BatchError) {
        guard let header = try BatchHeader.read(bytes, at: position) else { return nil }
        guard header.sizeInBytes <= bytes.count - position else { return nil }
        self.header = header
        self.position = position
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[position..<position + header.sizeInBytes])
    }

    /// The checksum as the bytes have it: CRC-32C from the attributes on, of magic 0 and 1 CRC-32 from the magic on.
    package var computedChecksum: UInt32 {
        header.magic >= 2
            ? CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[BatchLayout.attributes...]))
            : CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[BatchLayout.magic...]))
    }

    /// Throws unless the checksum is right.
    package func checkChecksum() throws(BatchError) {
        let computed = computedChecksum
        guard computed == header.crc else {
            throw .checksumMismatch(position: position, stored: header.crc, computed: computed)
        }
    }
}

/// The batches of a row of bytes, one after the other, looking at headers only. A tail that is not a whole batch ends the
/// walk, as Kafka's readers do; what cannot be a batch throws.
package struct BatchWalk {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next batch begins; after the walk, how many bytes whole batches take up.
    package private(set) var position: Int

    package init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    package mutating func next() throws(BatchError) -> BatchView? {
        guard let batch = try BatchView(bytes, at: position) else { return nil }
        position += batch.bytes.count
        return batch
    }
}

/// One batch in memory that may be written: what a broker changes in a batch without looking at its records.
package struct MutableBatch {
    private let start: UnsafeMutableRawPointer
    private let count: Int

    /// `bytes` must hold one whole batch of magic 2, as `BatchView` has found it.
    package init(_ bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= BatchLayout.header)
        start = bytes.baseAddress!
        count = bytes.count
    }

    /// Not under the checksum.
    package func setBaseOffset(_ offset: Offset) { start.writeBigEndian(offset.rawValue, at: 0) }

    /// Not under the checksum.
    package func setPartitionLeaderEpoch(_ epoch: LeaderEpoch) {
        start.writeBigEndian(epoch.rawValue, at: BatchLayout.leaderEpoch)
    }

    /// Sets timestamp type and largest timestamp, and computes the checksum anew if that changed anything.
    package func setMaxTimestamp(_ timestamp: Timestamp, _ type: TimestampType) {
        let bytes = UnsafeRawPointer(start)
        let attributes = BatchAttributes(rawValue: bytes.readBigEndian(at: BatchLayout.attributes))
        let wanted = attributes.with(type)
        let current: Int64 = bytes.readBigEndian(at: BatchLayout.maxTimestamp)
        guard wanted != attributes || current != timestamp.rawValue else { return }
        start.writeBigEndian(wanted.rawValue, at: BatchLayout.attributes)
        start.writeBigEndian(timestamp.rawValue, at: BatchLayout.maxTimestamp)
        redoChecksum()
    }

    package func redoChecksum() {
        let covered = UnsafeRawBufferPointer(
            start: start + BatchLayout.attributes, count: count - BatchLayout.attributes)
        start.writeBigEndian(CRC32C.of(covered), at: BatchLayout.crc)
    }
}
