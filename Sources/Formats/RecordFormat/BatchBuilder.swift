import Bytes
import Checksums
import Compression
import Vocabulary

/// Records in, one batch of magic 2 out.
package struct BatchBuilder {
    package var baseOffset: Offset
    package var partitionLeaderEpoch: LeaderEpoch = .none
    package var compression: CompressionSetting
    package var timestampType: TimestampType = .createTime
    package var isTransactional = false
    package var isControl = false
    package var producerID: ProducerID = .none
    package var producerEpoch: ProducerEpoch = .none
    package var baseSequence: Int32 = -1
    /// The time of the append, which becomes the largest timestamp of a batch with log append time.
    package var logAppendTime: Timestamp = .none
    /// The time from which the batch's tombstones and markers may go (KIP-534). It takes the place of the base timestamp, so
    /// it is to be set before the first record.
    package var deleteHorizon: Timestamp?

    private var records: [UInt8] = []
    private var baseTimestamp: Timestamp = .none
    private var maxTimestamp: Timestamp = .none
    package private(set) var count: Int32 = 0
    private var lastOffset: Offset

    package init(baseOffset: Offset = 0, compression: CompressionSetting = .none) {
        self.baseOffset = baseOffset
        self.compression = compression
        lastOffset = baseOffset - 1
    }

    /// The records' bytes so far, before compression.
    package var recordBytes: Int { records.count }

    /// Appends a record at the next offset, or at `offset`, which must not be below it.
    package mutating func append(
        key: ByteSlice?, value: ByteSlice?, timestamp: Timestamp, headers: [RecordHeader] = [], offset: Offset? = nil
    ) {
        let offset = offset ?? lastOffset + 1
        precondition(offset > lastOffset && offset - baseOffset <= Int64(Int32.max))
        if count == 0 { baseTimestamp = deleteHorizon ?? timestamp }
        maxTimestamp = max(maxTimestamp, timestamp)
        lastOffset = offset
        count += 1
        var body: [UInt8] = [0]
        Self.put(timestamp - baseTimestamp, &body)
        Self.put(offset - baseOffset, &body)
        Self.put(key, &body)
        Self.put(value, &body)
        Self.put(Int64(headers.count), &body)
        for header in headers {
            Self.put(header.key, &body)
            Self.put(header.value, &body)
        }
        Self.put(Int64(body.count), &records)
        records.append(contentsOf: body)
    }

    /// Lets the batch end at `offset`, not before its last record: what compaction leaves of a batch keeps its range.
    package mutating func end(at offset: Offset) {
        precondition(offset >= lastOffset && offset - baseOffset <= Int64(Int32.max))
        lastOffset = offset
    }

    /// The bare header that compaction leaves of a batch whose records are all gone, so that its range and its producer's
    /// last sequence number stay.
    package static func emptied(_ header: BatchHeader) -> [UInt8] {
        var builder = BatchBuilder(baseOffset: header.baseOffset)
        builder.partitionLeaderEpoch = header.partitionLeaderEpoch
        builder.timestampType = header.timestampType
        builder.isTransactional = header.isTransactional
        builder.isControl = header.isControl
        builder.producerID = header.producerID
        builder.producerEpoch = header.producerEpoch
        builder.baseSequence = header.baseSequence
        builder.maxTimestamp = header.maxTimestamp
        builder.logAppendTime = header.maxTimestamp
        builder.end(at: header.lastOffset)
        return builder.sealed([])
    }

    /// The batch's bytes. The builder must hold one record at least.
    package func build() throws(CompressionError) -> [UInt8] {
        precondition(count > 0)
        var payload = records
        if compression.codec != .none {
            // The array's address lives through the call only.
            let result = records.withUnsafeBytes { bytes -> Result<[UInt8], CompressionError> in
                do throws(CompressionError) {
                    return .success(try Compressor.compress(bytes, compression))
                } catch {
                    return .failure(error)
                }
            }
            payload = try result.get()
        }
        let largest = Int(Int32.max) - BatchHeader.size
        guard payload.count <= largest else { throw .tooLarge(limit: largest) }
        return sealed(payload)
    }

    private func sealed(_ payload: [UInt8]) -> [UInt8] {
        var batch = header(payload: payload.count)
        batch.append(contentsOf: payload)
        let crc = batch.withUnsafeBytes { CRC32C.of(UnsafeRawBufferPointer(rebasing: $0[BatchLayout.attributes...])) }
        batch.withUnsafeMutableBytes { $0.baseAddress!.writeBigEndian(crc, at: BatchLayout.crc) }
        return batch
    }

    private func header(payload: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BatchHeader.size)
        let attributes = BatchAttributes(
            codec: compression.codec, timestampType: timestampType, isTransactional: isTransactional,
            isControl: isControl, hasDeleteHorizon: deleteHorizon != nil)
        let largest = timestampType == .logAppendTime ? logAppendTime : maxTimestamp
        bytes.withUnsafeMutableBytes { buffer in
            let at = buffer.baseAddress!
            at.writeBigEndian(baseOffset.rawValue, at: 0)
            at.writeBigEndian(Int32(BatchHeader.size - BatchLayout.overhead + payload), at: BatchLayout.size)
            at.writeBigEndian(partitionLeaderEpoch.rawValue, at: BatchLayout.leaderEpoch)
            at.writeBigEndian(Int8(2), at: BatchLayout.magic)
            at.writeBigEndian(attributes.rawValue, at: BatchLayout.attributes)
            at.writeBigEndian(Int32(lastOffset - baseOffset), at: BatchLayout.lastOffsetDelta)
            at.writeBigEndian(baseTimestamp.rawValue, at: BatchLayout.baseTimestamp)
            at.writeBigEndian(largest.rawValue, at: BatchLayout.maxTimestamp)
            at.writeBigEndian(producerID.rawValue, at: BatchLayout.producerID)
            at.writeBigEndian(producerEpoch.rawValue, at: BatchLayout.producerEpoch)
            at.writeBigEndian(baseSequence, at: BatchLayout.baseSequence)
            at.writeBigEndian(count, at: BatchLayout.recordCount)
        }
        return bytes
    }

    private static func put(_ value: Int64, _ bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func put(_ field: ByteSlice?, _ bytes: inout [UInt8]) {
        guard let field else { return put(-1, &bytes) }
        put(Int64(field.count), &bytes)
        field.withBytes { bytes.append(contentsOf: $0) }
    }
}

/// The types of control records, by the number in their key (KIP-98, KIP-595, KIP-630, KIP-853).
package enum ControlRecordType: Int16, Sendable {
    case abort = 0
    case commit = 1
    case leaderChange = 2
    case snapshotHeader = 3
    case snapshotFooter = 4
    case kraftVersion = 5
    case kraftVoters = 6

    /// The record's key: version 0, then the type.
    package var key: ByteSlice { ByteSlice([0, 0, 0, UInt8(rawValue)]) }

    /// Reads a control record's key; nil for a type that is not known or a key that is too short.
    package init?(key: ByteSlice) {
        guard key.count >= 4 else { return nil }
        self.init(rawValue: key.withBytes { $0.readBigEndian(at: 2) })
    }
}
