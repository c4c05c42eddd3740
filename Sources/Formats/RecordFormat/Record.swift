import Bytes
import Compression
import Vocabulary

/// One record, its key and value being slices of the (decompressed) batch.
package struct Record: Sendable {
    package let offset: Offset
    package let timestamp: Timestamp
    package let key: ByteSlice?
    package let value: ByteSlice?
    package let headers: [RecordHeader]
}

package struct RecordHeader: Sendable, Hashable {
    package let key: ByteSlice
    package let value: ByteSlice?

    package init(key: ByteSlice, value: ByteSlice?) {
        self.key = key
        self.value = value
    }
}

/// The records of one batch, or entry of magic 0 or 1, decoded one at a time. For readers that want keys and values; the
/// produce path uses `BatchView.walk`.
package struct RecordReader {
    private let header: BatchHeader
    private let records: ByteSlice
    private var at = 0
    private var index: Int32 = 0
    /// Of magic 0 and 1.
    private var legacy: LegacyRecords?

    /// `batch` must begin with one whole batch. A compressed one is decompressed, at most to `limit` bytes.
    package init(_ batch: ByteSlice, _ header: BatchHeader, limit: Int = BatchView.decompressionLimit)
        throws(RecordError)
    {
        precondition(header.sizeInBytes <= batch.count)
        self.header = header
        guard header.magic == 2 else {
            records = batch[0..<0]
            legacy = try LegacyRecords(batch, header, limit: limit)
            return
        }
        guard let codec = header.codec else { throw .unknownCodec(header.attributes.codecNumber) }
        guard header.recordCount >= 0 else { throw .invalidCount(header.recordCount) }
        // Without records, what bytes there may be are not looked at: as in Kafka, compaction leaves such batches behind.
        let stored = batch[BatchHeader.size..<(header.recordCount == 0 ? BatchHeader.size : header.sizeInBytes)]
        records = codec == .none || header.recordCount == 0 ? stored : try Self.decompress(stored, codec, limit: limit)
    }

    static func decompress(
        _ stored: ByteSlice, _ codec: Codec, isMagic0: Bool = false, limit: Int
    ) throws(RecordError) -> ByteSlice {
        do throws(CompressionError) {
            return try stored.withBytes { bytes throws(CompressionError) in
                ByteSlice(try Decompressor.decompress(codec, bytes, isMagic0: isMagic0, limit: limit))
            }
        } catch {
            throw .decompression(error)
        }
    }

    /// The next record; nil after the last.
    package mutating func next() throws(RecordError) -> Record? {
        if legacy != nil { return try legacy?.next() }
        guard index < header.recordCount else {
            guard at == records.count else { throw .trailingBytes }
            return nil
        }
        guard at < records.count else { throw .prematureEnd(index: index) }
        let start = at
        let (layout, end) = try records.withBytes { bytes throws(RecordError) in
            var source = MemorySource(bytes, from: start)
            let layout = try RecordLayout.read(&source)
            return (layout, source.taken)
        }
        at = end
        index += 1
        let timestamp =
            header.attributes.isLogAppendTime ? header.maxTimestamp : header.baseTimestamp + layout.timestampDelta
        return Record(
            offset: header.baseOffset + Int64(layout.offsetDelta), timestamp: timestamp,
            key: layout.key.map { records[$0] }, value: layout.value.map { records[$0] }, headers: try headers(layout))
    }

    /// The first of the records that are left for which `matches` holds.
    package mutating func first(
        where matches: (_ timestamp: Timestamp, _ offset: Offset) -> Bool
    ) throws(RecordError) -> Record? {
        while let record = try next() {
            if matches(record.timestamp, record.offset) { return record }
        }
        return nil
    }

    private func headers(_ layout: RecordLayout) throws(RecordError) -> [RecordHeader] {
        guard layout.headerCount > 0 else { return [] }
        var made: [RecordHeader] = []
        let end = layout.headers.upperBound
        try records.withBytes { bytes throws(RecordError) in
            var source = MemorySource(bytes, from: layout.headers.lowerBound)
            for _ in 0..<layout.headerCount {
                guard let key = try RecordLayout.nullable(&source, end) else { throw .nullHeaderKey }
                let value = try RecordLayout.nullable(&source, end)
                made.append(RecordHeader(key: records[key], value: value.map { records[$0] }))
            }
        }
        return made
    }
}
