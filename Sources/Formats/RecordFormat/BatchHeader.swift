import Bytes
import Compression
import Vocabulary

/// Who sets the timestamps of a batch's records.
package enum TimestampType: Sendable, Hashable {
    /// Magic 0, which has no timestamps.
    case none
    case createTime
    case logAppendTime
}

/// The attribute bits of a batch. Bits without a meaning are kept as they are.
package struct BatchAttributes: RawRepresentable, Sendable, Hashable {
    package var rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }

    package init(
        codec: Codec = .none, timestampType: TimestampType = .createTime, isTransactional: Bool = false,
        isControl: Bool = false, hasDeleteHorizon: Bool = false
    ) {
        rawValue =
            Int16(codec.rawValue) | (timestampType == .logAppendTime ? 8 : 0) | (isTransactional ? 16 : 0)
            | (isControl ? 32 : 0) | (hasDeleteHorizon ? 64 : 0)
    }

    /// The codec's number; 5 to 7 mean nothing.
    package var codecNumber: UInt8 { UInt8(truncatingIfNeeded: rawValue & 7) }
    /// The codec; nil when the number means nothing.
    package var codec: Codec? { Codec(rawValue: codecNumber) }
    package var isLogAppendTime: Bool { rawValue & 8 != 0 }
    package var isTransactional: Bool { rawValue & 16 != 0 }
    package var isControl: Bool { rawValue & 32 != 0 }
    /// The base timestamp field holds the time from which tombstones and markers may go (KIP-534).
    package var hasDeleteHorizon: Bool { rawValue & 64 != 0 }

    package func with(_ type: TimestampType) -> BatchAttributes {
        BatchAttributes(rawValue: type == .logAppendTime ? rawValue | 8 : rawValue & ~8)
    }
}

/// What is wrong with the shape of batches in a row of bytes. All of it is Kafka's CORRUPT_MESSAGE.
package enum BatchError: Error, Sendable, Equatable {
    /// The size field of the batch at `position` is below the smallest of its magic, or too large for any buffer.
    case invalidSize(position: Int, size: Int32)
    case invalidMagic(position: Int, magic: Int8)
    case checksumMismatch(position: Int, stored: UInt32, computed: UInt32)
    /// The codec bits hold a number that means nothing.
    case unknownCodec(position: Int, number: UInt8)
}

/// Places of the fields in a batch.
enum BatchLayout {
    static let size = 8
    static let leaderEpoch = 12
    /// Offset and size, which every magic has and the size field does not count.
    static let overhead = 12
    static let magic = 16
    static let crc = 17
    static let attributes = 21
    static let lastOffsetDelta = 23
    static let baseTimestamp = 27
    static let maxTimestamp = 35
    static let producerID = 43
    static let producerEpoch = 51
    static let baseSequence = 53
    static let recordCount = 57
    static let header = 61
    /// Of magic 0 and 1: the checksum stands where magic 2 has the leader epoch.
    static let legacyCRC = 12
    static let legacyAttributes = 17
    static let legacyTimestamp = 18
}

/// The header of one batch (magic 2) or message (magic 0 and 1), as a value.
///
/// For magic 0 and 1 `baseOffset` is the entry's own offset, which for a compressed wrapper is the last inner one (the
/// first would need decompression); fields that magic lacks are "none" and `recordCount` is -1 for a wrapper.
package struct BatchHeader: Sendable, Hashable {
    package var baseOffset: Offset
    /// The size field: bytes after it.
    package var batchLength: Int32
    package var partitionLeaderEpoch: LeaderEpoch
    package var magic: Int8
    package var crc: UInt32
    package var attributes: BatchAttributes
    package var lastOffsetDelta: Int32
    /// As it stands in the bytes: with `hasDeleteHorizon` it is the horizon.
    package var baseTimestamp: Timestamp
    package var maxTimestamp: Timestamp
    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    package var baseSequence: Int32
    package var recordCount: Int32

    /// Bytes of a header of magic 2.
    package static let size = 61
    /// The fewest bytes from which `read` can tell offset, size and magic.
    package static let prefixSize = 17

    /// The whole batch's bytes, header and all.
    package var sizeInBytes: Int { Int(batchLength) + 12 }
    package var lastOffset: Offset { baseOffset + Int64(lastOffsetDelta) }
    /// The offset after the batch.
    package var nextOffset: Offset { lastOffset + 1 }
    package var codec: Codec? { attributes.codec }
    package var isCompressed: Bool { attributes.codecNumber != 0 }
    package var isTransactional: Bool { magic >= 2 && attributes.isTransactional }
    package var isControl: Bool { magic >= 2 && attributes.isControl }
    package var hasProducerID: Bool { producerID.rawValue > -1 }
    package var timestampType: TimestampType {
        magic == 0 ? .none : attributes.isLogAppendTime ? .logAppendTime : .createTime
    }
    package var deleteHorizon: Timestamp? {
        magic >= 2 && attributes.hasDeleteHorizon ? baseTimestamp : nil
    }
    /// The last record's sequence number, which wraps from 2^31 - 1 to 0; -1 without sequence numbers.
    package var lastSequence: Int32 { sequence(at: lastOffset) }

    /// The sequence number of the record at `offset`; -1 without sequence numbers.
    package func sequence(at offset: Offset) -> Int32 {
        baseSequence < 0 ? -1 : Self.sequence(baseSequence, plus: Int32(truncatingIfNeeded: offset - baseOffset))
    }

    /// Sequence numbers wrap from 2^31 - 1 to 0.
    package static func sequence(_ start: Int32, plus delta: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(start) + Int64(delta)) & 0x7fff_ffff)
    }

    /// Reads the header at `position`. Nil when the bytes end before the header does: a truncated tail.
    package static func read(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) throws(BatchError) -> BatchHeader? {
        let available = bytes.count - position
        guard position >= 0, available >= BatchLayout.overhead, let start = bytes.baseAddress else { return nil }
        let at = start + position
        let length: Int32 = at.readBigEndian(at: BatchLayout.size)
        // 14: the smallest message of any magic. A size that overflows with its own overhead fits no buffer.
        guard length >= 14, length <= Int32.max - 12 else { throw .invalidSize(position: position, size: length) }
        guard available > BatchLayout.magic else { return nil }
        let magic: Int8 = at.readBigEndian(at: BatchLayout.magic)
        switch magic {
        case 2:
            guard length >= 49 else { throw .invalidSize(position: position, size: length) }
            return available < BatchLayout.header ? nil : BatchHeader(current: at, length: length)
        case 0, 1:
            guard magic == 0 || length >= 22 else { throw .invalidSize(position: position, size: length) }
            return available < (magic == 0 ? 18 : 26) ? nil : BatchHeader(legacy: at, length: length, magic: magic)
        default: throw .invalidMagic(position: position, magic: magic)
        }
    }

    private init(current at: UnsafeRawPointer, length: Int32) {
        baseOffset = Offset(at.readBigEndian(at: 0))
        batchLength = length
        partitionLeaderEpoch = LeaderEpoch(at.readBigEndian(at: BatchLayout.leaderEpoch))
        magic = 2
        crc = at.readBigEndian(at: BatchLayout.crc)
        attributes = BatchAttributes(rawValue: at.readBigEndian(at: BatchLayout.attributes))
        lastOffsetDelta = at.readBigEndian(at: BatchLayout.lastOffsetDelta)
        baseTimestamp = Timestamp(at.readBigEndian(at: BatchLayout.baseTimestamp))
        maxTimestamp = Timestamp(at.readBigEndian(at: BatchLayout.maxTimestamp))
        producerID = ProducerID(at.readBigEndian(at: BatchLayout.producerID))
        producerEpoch = ProducerEpoch(at.readBigEndian(at: BatchLayout.producerEpoch))
        baseSequence = at.readBigEndian(at: BatchLayout.baseSequence)
        recordCount = at.readBigEndian(at: BatchLayout.recordCount)
    }

    private init(legacy at: UnsafeRawPointer, length: Int32, magic: Int8) {
        baseOffset = Offset(at.readBigEndian(at: 0))
        batchLength = length
        partitionLeaderEpoch = .none
        self.magic = magic
        crc = at.readBigEndian(at: BatchLayout.legacyCRC)
        attributes = BatchAttributes(rawValue: Int16(at.readBigEndian(UInt8.self, at: BatchLayout.legacyAttributes)))
        lastOffsetDelta = 0
        maxTimestamp = magic == 0 ? .none : Timestamp(at.readBigEndian(at: BatchLayout.legacyTimestamp))
        baseTimestamp = maxTimestamp
        producerID = .none
        producerEpoch = .none
        baseSequence = -1
        recordCount = attributes.codecNumber == 0 ? 1 : -1
    }
}
