import Compression
import Vocabulary

/// One record's fields, as places in the bytes it was read from; nothing is copied.
package struct RecordLayout {
    /// The record's bytes without its length field.
    package var length: Int32 = 0
    package var attributes: UInt8 = 0
    package var timestampDelta: Int64 = 0
    package var offsetDelta: Int32 = 0
    /// Nil for a null key.
    package var key: Range<Int>?
    package var value: Range<Int>?
    package var headerCount: Int32 = 0
    package var headers: Range<Int> = 0..<0
}

extension RecordLayout {
    /// Reads the next record to its end, holding every length against its neighbours.
    static func read<S: RecordSource & ~Copyable>(_ source: inout S) throws(RecordError) -> RecordLayout {
        var record = RecordLayout()
        record.length = try source.varint()
        guard record.length >= 0 else { throw .invalidLength(record.length) }
        let end = source.taken + Int(record.length)
        record.attributes = try source.byte()
        record.timestampDelta = try source.varlong()
        record.offsetDelta = try source.varint()
        record.key = try nullable(&source, end)
        record.value = try nullable(&source, end)
        record.headerCount = try source.varint()
        let headers = source.taken
        // A header takes two bytes at least, so a count above half of what is left is wrong.
        guard record.headerCount >= 0, headers <= end, Int(record.headerCount) <= (end - headers) / 2 else {
            throw .invalidHeaderCount(record.headerCount)
        }
        for _ in 0..<record.headerCount {
            guard try nullable(&source, end) != nil else { throw .nullHeaderKey }
            _ = try nullable(&source, end)
        }
        record.headers = headers..<source.taken
        guard source.taken == end else { throw .lengthMismatch(length: record.length) }
        return record
    }

    /// A length (negative for null, as Kafka takes it) and as many bytes.
    @inline(__always)
    static func nullable<S: RecordSource & ~Copyable>(_ source: inout S, _ end: Int) throws(RecordError) -> Range<Int>?
    {
        let length = try source.varint()
        guard length >= 0 else { return nil }
        let start = source.taken
        guard Int(length) <= end - start, try source.skip(Int(length)) else { throw .invalidLength(length) }
        return start..<start + Int(length)
    }
}

extension BatchView {
    /// The most that a walk decompresses of one batch before it takes the batch for a bomb: 1 GiB.
    package static let decompressionLimit = 1 << 30

    /// Walks the records of a batch of magic 2 without keeping anything: `visit` gets each record's layout (whose places
    /// mean something only when the batch is not compressed), offset and timestamp. Compressed batches are decompressed
    /// through a window. No allocation per record.
    package func walk(
        limit: Int = BatchView.decompressionLimit,
        _ visit: (_ record: borrowing RecordLayout, _ offset: Int64, _ timestamp: Int64) -> Void
    ) throws(RecordError) {
        precondition(header.magic == 2)
        guard let codec = header.codec else { throw .unknownCodec(header.attributes.codecNumber) }
        guard header.recordCount >= 0 else { throw .invalidCount(header.recordCount) }
        guard header.recordCount > 0 else { return }
        let records = UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...])
        if codec == .none {
            var source = MemorySource(records)
            try walk(&source, visit)
        } else {
            var source: StreamSource
            do throws(CompressionError) {
                source = StreamSource(try Decompressor(codec, records), limit: limit)
            } catch {
                throw .decompression(error)
            }
            try walk(&source, visit)
        }
    }

    private func walk<S: RecordSource & ~Copyable>(
        _ source: inout S, _ visit: (borrowing RecordLayout, Int64, Int64) -> Void
    ) throws(RecordError) {
        let isLogAppendTime = header.attributes.isLogAppendTime
        for index in 0..<header.recordCount {
            let before = source.taken
            let record: RecordLayout
            do throws(RecordError) {
                record = try RecordLayout.read(&source)
            } catch .invalidLength(0) where source.taken == before {
                throw .prematureEnd(index: index)
            }
            let timestamp =
                isLogAppendTime
                ? header.maxTimestamp.rawValue : header.baseTimestamp.rawValue &+ record.timestampDelta
            visit(record, header.baseOffset.rawValue &+ Int64(record.offsetDelta), timestamp)
        }
        if try source.next() != nil { throw .trailingBytes }
    }
}
