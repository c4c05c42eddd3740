import Bytes
import Compression
import Vocabulary

/// Who appends a batch.
package enum AppendOrigin: Sendable {
    case client, replication, coordinator, raftLeader
}

/// A record that a batch was refused for: `batchIndex` and `message` of a Produce answer.
package struct RejectedRecord: Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        case keyMissing
        case timestampOutOfRange(Timestamp, offset: Offset, lower: Int64, upper: Int64)
        /// The batch says that its timestamps are the broker's.
        case logAppendTime(offset: Offset)
    }

    package let batchIndex: Int32
    package let reason: Reason

    package init(batchIndex: Int32, reason: Reason) { (self.batchIndex, self.reason) = (batchIndex, reason) }
}

/// Why a leader refuses a batch. The comments name Kafka's error code.
package enum ValidationError: Error, Sendable, Equatable {
    /// INVALID_RECORD.
    case noBatch, moreThanOneBatch, oldMagic(Int8)
    /// UNSUPPORTED_COMPRESSION_TYPE: zstd before version 7 of Produce.
    case zstdTooEarly
    /// CORRUPT_MESSAGE.
    case malformed(BatchError)
    /// INVALID_RECORD, or CORRUPT_MESSAGE when `isCorruption`.
    case record(RecordError)
    /// INVALID_RECORD.
    case offsetRange(first: Offset, last: Offset)
    case count(Int32)
    case offsetsAndCount(first: Offset, last: Offset, count: Int32)
    case sequence(Int32, ProducerID)
    case controlFromClient
    /// Offsets inside a compressed batch that do not count up from 0. Kafka fails with UNKNOWN_SERVER_ERROR; we say
    /// INVALID_RECORD.
    case innerOffsets
    /// INVALID_RECORD, or INVALID_TIMESTAMP when any of them is for its timestamp.
    case rejected([RejectedRecord], anyTimestamp: Bool)
    /// UNKNOWN_SERVER_ERROR: recompression failed.
    case compression(CompressionError)
}

/// What becomes of a batch that a leader accepts.
package struct ValidatedBatch: Sendable {
    package enum Bytes: Sendable {
        /// The bytes stay but for what `ValidatedBatch.patch` writes into them.
        case inPlace
        /// The topic's codec is another: these bytes take the batch's place, patched already.
        case rewritten([UInt8])
    }

    package let bytes: Bytes
    package let baseOffset: Offset
    package let nextOffset: Offset
    package let leaderEpoch: LeaderEpoch
    package let timestampType: TimestampType
    package let maxTimestamp: Timestamp
    /// The first record that has `maxTimestamp`.
    package let offsetOfMaxTimestamp: Offset

    /// Writes offset, epoch, timestamp type and largest timestamp into the one batch at the start of `bytes`.
    package func patch(_ bytes: UnsafeMutableRawBufferPointer) {
        let batch = MutableBatch(bytes)
        batch.setBaseOffset(baseOffset)
        batch.setPartitionLeaderEpoch(leaderEpoch)
        batch.setMaxTimestamp(maxTimestamp, timestampType)
    }
}

/// Kafka's rules for a batch that a leader is to append.
///
/// An uncompressed batch is walked for every record's length, key and timestamp. A compressed one is decompressed, though
/// never kept, because three rules are about its records: count and offsets must agree with the header, timestamps must
/// lie within the topic's limits, and compacted topics want keys; the largest timestamp is taken from the records too.
/// Recompression happens only when the topic's codec differs; log append time alone does not cause it.
package struct BatchValidator: Sendable {
    /// Nil is `compression.type=producer`: the batch's own codec stays.
    package var compression: CompressionSetting?
    package var isCompacted = false
    package var timestampType: TimestampType = .createTime
    package var timestampBeforeMax: Int64 = .max
    package var timestampAfterMax: Int64 = 3_600_000
    package var leaderEpoch: LeaderEpoch
    package var origin: AppendOrigin = .client
    /// The most that one batch may decompress to.
    package var decompressionLimit = BatchView.decompressionLimit

    package init(compression: CompressionSetting? = nil, leaderEpoch: LeaderEpoch) {
        self.compression = compression
        self.leaderEpoch = leaderEpoch
    }

    /// Produce's own check, before anything else: exactly one batch, magic 2, zstd only from version 7 on. A tail that is
    /// no whole batch is ignored, as everywhere.
    package static func checkProduce(_ bytes: UnsafeRawBufferPointer, version: Int16) throws(ValidationError) {
        let batch = try onlyBatch(bytes)
        if version < 7, batch.header.codec == .zstd { throw .zstdTooEarly }
    }

    /// Checks the batches in `bytes`, whose checksum the caller has checked, for an append at `firstOffset`.
    package func validate(_ bytes: UnsafeRawBufferPointer, firstOffset: Offset, now: Timestamp) throws(ValidationError)
        -> ValidatedBatch
    {
        let batch = try Self.onlyBatch(bytes)
        let header = batch.header
        try checkHeader(header)
        guard let codec = header.codec else { throw .record(.unknownCodec(header.attributes.codecNumber)) }
        let seen = try walk(batch, now: now, checksOffsets: codec != .none)
        let target = compression ?? CompressionSetting(codec)
        let isLogAppend = timestampType == .logAppendTime
        // Control batches are never recompressed.
        let stays = target.codec == codec || (codec == .none && header.isControl)
        // Kafka counts records, and puts the batch so that its last offset is the last of the count.
        let last = firstOffset + (Int64(header.recordCount) - 1)
        return ValidatedBatch(
            bytes: stays ? .inPlace : .rewritten(try rewrite(batch, target, firstOffset, now)),
            baseOffset: stays ? last - Int64(header.lastOffsetDelta) : firstOffset, nextOffset: last + 1,
            leaderEpoch: leaderEpoch,
            timestampType: timestampType, maxTimestamp: isLogAppend ? now : seen.maxTimestamp,
            offsetOfMaxTimestamp: isLogAppend ? firstOffset : firstOffset + seen.indexOfMax)
    }
}
