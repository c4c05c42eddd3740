import Bytes
import Compression
import Vocabulary

/// What a walk over a batch's records has found.
struct SeenRecords {
    var maxTimestamp: Timestamp = .none
    var indexOfMax: Int64 = 0
}

extension BatchValidator {
    static func onlyBatch(_ bytes: UnsafeRawBufferPointer) throws(ValidationError) -> BatchView {
        let first: BatchView?
        let second: BatchView?
        do throws(BatchError) {
            var walk = BatchWalk(bytes)
            first = try walk.next()
            second = try walk.next()
        } catch {
            throw .malformed(error)
        }
        guard let first else { throw .noBatch }
        guard second == nil else { throw .moreThanOneBatch }
        guard first.header.magic == 2 else { throw .oldMagic(first.header.magic) }
        return first
    }

    /// What the header alone tells. Other origins than clients are trusted with it, except that a leader has nothing to append
    /// of a batch without records, and no reader could make sense of a negative count.
    func checkHeader(_ header: BatchHeader) throws(ValidationError) {
        guard origin == .client else {
            guard header.recordCount > 0 else { throw .count(header.recordCount) }
            return
        }
        let (first, last) = (header.baseOffset, header.lastOffset)
        let count = Int64(header.lastOffsetDelta) + 1
        guard count > 0 else { throw .offsetRange(first: first, last: last) }
        guard header.recordCount > 0 else { throw .count(header.recordCount) }
        guard count == Int64(header.recordCount) else {
            throw .offsetsAndCount(first: first, last: last, count: header.recordCount)
        }
        if header.hasProducerID, header.baseSequence < 0 { throw .sequence(header.baseSequence, header.producerID) }
        guard !header.isControl else { throw .controlFromClient }
    }

    /// How many rejected records are named. A small batch may decompress to a hundred million.
    private static let mostRejected = 10_000

    /// Looks at every record: shape, key, timestamp, and in compressed batches the offset.
    func walk(_ batch: BatchView, now: Timestamp, checksOffsets: Bool) throws(ValidationError) -> SeenRecords {
        var seen = SeenRecords()
        var rejected: [RejectedRecord] = []
        var anyTimestamp = false
        var areOffsetsInOrder = true
        var index: Int64 = 0
        let claimsLogAppendTime = batch.header.attributes.isLogAppendTime
        do throws(RecordError) {
            try batch.walk(limit: decompressionLimit) { record, offset, timestamp in
                var reason: RejectedRecord.Reason?
                if isCompacted, record.key == nil {
                    reason = .keyMissing
                } else if let fault = timestampFault(timestamp, Offset(offset), now, claimsLogAppendTime) {
                    anyTimestamp = true
                    reason = fault
                }
                if let reason, rejected.count < Self.mostRejected {
                    rejected.append(RejectedRecord(batchIndex: Int32(index), reason: reason))
                }
                if offset != index { areOffsetsInOrder = false }
                if timestamp > seen.maxTimestamp.rawValue {
                    seen = SeenRecords(maxTimestamp: Timestamp(timestamp), indexOfMax: index)
                }
                index += 1
            }
        } catch {
            throw .record(error)
        }
        guard rejected.isEmpty else { throw .rejected(rejected, anyTimestamp: anyTimestamp) }
        guard areOffsetsInOrder || !checksOffsets else { throw .innerOffsets }
        return seen
    }

    /// Differences overflow as in Java: with the default of the largest long there is no lower bound.
    private func timestampFault(
        _ timestamp: Int64, _ offset: Offset, _ now: Timestamp, _ claimsLogAppendTime: Bool
    ) -> RejectedRecord.Reason? {
        guard timestampType == .createTime, timestamp != -1 else {
            return claimsLogAppendTime ? .logAppendTime(offset: offset) : nil
        }
        let age = now.rawValue &- timestamp
        guard age > timestampBeforeMax || 0 &- age > timestampAfterMax else { return nil }
        return .timestampOutOfRange(
            Timestamp(timestamp), offset: offset, lower: now.rawValue &- timestampBeforeMax,
            upper: now.rawValue &+ timestampAfterMax)
    }

    /// The batch anew in the topic's codec. Offsets count up from `firstOffset`; producer and transaction stay.
    func rewrite(_ batch: BatchView, _ target: CompressionSetting, _ firstOffset: Offset, _ now: Timestamp)
        throws(ValidationError) -> [UInt8]
    {
        let header = batch.header
        var builder = BatchBuilder(baseOffset: firstOffset, compression: target)
        builder.partitionLeaderEpoch = leaderEpoch
        builder.timestampType = timestampType
        builder.logAppendTime = now
        builder.isTransactional = header.isTransactional
        builder.isControl = header.isControl
        builder.producerID = header.producerID
        builder.producerEpoch = header.producerEpoch
        builder.baseSequence = header.baseSequence
        do throws(RecordError) {
            var reader = try RecordReader(ByteSlice(copying: batch.bytes), header, limit: decompressionLimit)
            while let record = try reader.next() {
                builder.append(
                    key: record.key, value: record.value, timestamp: record.timestamp, headers: record.headers)
            }
        } catch {
            throw .record(error)
        }
        do throws(CompressionError) {
            return try builder.build()
        } catch {
            throw .compression(error)
        }
    }
}
