import Bytes
import Compression
import Vocabulary

/// The records of one entry of magic 0 or 1: of a message alone, or of a wrapper, whose value is a compressed set of
/// messages (KIP-31, KIP-32).
///
/// Of what is inside a wrapper no checksum is looked at, as in Kafka: the wrapper's own covers it.
struct LegacyRecords {
    /// The message, or what the wrapper holds.
    private let messages: ByteSlice
    /// Set within a wrapper.
    private let wrapper: BatchHeader?
    /// What is added to an offset. Inner offsets of magic 1 count from 0, and the wrapper has the last one's absolute
    /// offset; those of magic 0 are absolute.
    private var base: Int64 = 0
    private var at = 0

    /// `entry` must begin with one whole entry of magic 0 or 1.
    init(_ entry: ByteSlice, _ header: BatchHeader, limit: Int) throws(RecordError) {
        guard let codec = header.codec else { throw .unknownCodec(header.attributes.codecNumber) }
        guard codec != .none else {
            wrapper = nil
            messages = entry[0..<header.sizeInBytes]
            return
        }
        // zstd came after magic 2 (KIP-110).
        guard codec != .zstd, let value = try Self.fields(entry, header, at: 0).value else { throw .invalidWrapper }
        wrapper = header
        messages = try RecordReader.decompress(entry[value], codec, isMagic0: header.magic == 0, limit: limit)
        let last = try lastInnerOffset()
        guard header.magic == 1 else { return }
        // Old versions of librdkafka left the wrapper's offset 0 and wrote absolute ones inside.
        guard header.baseOffset != 0 else { return }
        guard header.baseOffset >= last else { throw .invalidWrapper }
        base = header.baseOffset - last
    }

    /// The next record; nil after the last.
    mutating func next() throws(RecordError) -> Record? {
        guard let header = try header(at: at) else { return nil }
        guard wrapper == nil || !header.isCompressed else { throw .invalidWrapper }
        let fields = try Self.fields(messages, header, at: at)
        at += header.sizeInBytes
        var timestamp = header.maxTimestamp
        if header.magic == 1, let wrapper, wrapper.attributes.isLogAppendTime { timestamp = wrapper.maxTimestamp }
        return Record(
            offset: header.baseOffset + base, timestamp: timestamp, key: fields.key.map { messages[$0] },
            value: fields.value.map { messages[$0] }, headers: [])
    }

    /// The header of the whole message at `position`; a tail that is none ends the set.
    private func header(at position: Int) throws(RecordError) -> BatchHeader? {
        let found: BatchHeader?
        do throws(BatchError) {
            found = try messages.withBytes { bytes throws(BatchError) in try BatchView(bytes, at: position)?.header }
        } catch {
            throw .damagedMessage(error)
        }
        guard let found else { return nil }
        guard found.magic < 2 else { throw .invalidWrapper }
        return found
    }

    /// Walks the set: a wrapper without messages is none.
    private func lastInnerOffset() throws(RecordError) -> Offset {
        var position = 0
        var last: Offset?
        while let header = try header(at: position) {
            last = header.baseOffset
            position += header.sizeInBytes
        }
        guard let last else { throw .invalidWrapper }
        return last
    }

    /// Where key and value of the message at `position` are; nil for null.
    private static func fields(
        _ bytes: ByteSlice, _ header: BatchHeader, at position: Int
    ) throws(RecordError) -> (key: Range<Int>?, value: Range<Int>?) {
        let end = position + header.sizeInBytes
        var at = position + (header.magic == 0 ? BatchLayout.legacyTimestamp : BatchLayout.legacyTimestamp + 8)
        let key = try nullable(bytes, &at, end)
        return (key, try nullable(bytes, &at, end))
    }

    /// A length of four bytes (negative for null, as Kafka takes it) and as many bytes.
    private static func nullable(_ bytes: ByteSlice, _ at: inout Int, _ end: Int) throws(RecordError) -> Range<Int>? {
        guard end - at >= 4 else { throw .invalidLength(0) }
        let length = bytes.withBytes { $0.readBigEndian(Int32.self, at: at) }
        at += 4
        guard length >= 0 else { return nil }
        guard Int(length) <= end - at else { throw .invalidLength(length) }
        defer { at += Int(length) }
        return at..<at + Int(length)
    }
}
