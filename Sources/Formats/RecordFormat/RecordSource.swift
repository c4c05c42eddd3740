import Bytes
import Compression

/// Where record bytes come from: memory, or a stream that decompresses while it is read.
protocol RecordSource: ~Copyable {
    /// How many bytes were read or skipped.
    var taken: Int { get }
    /// The next byte; nil at the end.
    mutating func next() throws(RecordError) -> UInt8?
    /// Passes over `count` bytes (0 or more); false when there are fewer.
    mutating func skip(_ count: Int) throws(RecordError) -> Bool
}

extension RecordSource where Self: ~Copyable {
    @inline(__always) mutating func byte() throws(RecordError) -> UInt8 {
        guard let byte = try next() else { throw .invalidLength(0) }
        return byte
    }

    /// A zigzag number of at most five bytes.
    @inline(__always) mutating func varint() throws(RecordError) -> Int32 {
        let first = try byte()
        if first < 0x80 { return Int32(first >> 1) ^ -Int32(first & 1) }
        return try varint(continuing: first)
    }

    mutating func varint(continuing first: UInt8) throws(RecordError) -> Int32 {
        var value = UInt32(first & 0x7f)
        var shift: UInt32 = 7
        while true {
            let byte = try byte()
            value |= UInt32(byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
            guard shift <= 28 else { throw .overlongNumber }
        }
        return Int32(bitPattern: value >> 1) ^ -Int32(bitPattern: value & 1)
    }

    /// A zigzag number of at most ten bytes.
    mutating func varlong() throws(RecordError) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
            guard shift <= 63 else { throw .overlongNumber }
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

/// Records in memory.
struct MemorySource: RecordSource {
    let bytes: UnsafeRawBufferPointer
    private(set) var taken: Int

    init(_ bytes: UnsafeRawBufferPointer, from: Int = 0) {
        self.bytes = bytes
        taken = from
    }

    @inline(__always) mutating func next() throws(RecordError) -> UInt8? {
        guard taken < bytes.count else { return nil }
        defer { taken += 1 }
        return bytes[taken]
    }

    @inline(__always) mutating func skip(_ count: Int) throws(RecordError) -> Bool {
        guard count <= bytes.count - taken else { return false }
        taken += count
        return true
    }
}

/// Records that are decompressed through a window of 64 KiB: nothing is reserved for what a length claims. That is the block
/// size of the lz4 frames that Kafka's producer and librdkafka write: liblz4 decodes a whole block into the window, and
/// into a buffer of its own first where less room is (a third of such a produce's user time when the window was 16 KiB).
struct StreamSource: RecordSource, ~Copyable {
    private var stream: Decompressor
    private let window: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var at = 0
    private var before = 0
    private let limit: Int

    init(_ stream: consuming Decompressor, limit: Int) {
        self.stream = stream
        self.limit = limit
        window = .allocate(byteCount: 64 << 10, alignment: 16)
    }

    deinit { window.deallocate() }

    var taken: Int { before + at }

    private mutating func refill() throws(RecordError) -> Bool {
        before += at
        at = 0
        filled = 0
        do throws(CompressionError) {
            filled = try stream.read(into: window)
        } catch {
            throw .decompression(error)
        }
        // A bomb costs time although it costs no memory.
        guard before + filled <= limit else { throw .decompression(.tooLarge(limit: limit)) }
        return filled > 0
    }

    @inline(__always) mutating func next() throws(RecordError) -> UInt8? {
        if at == filled, try !refill() { return nil }
        defer { at += 1 }
        return window[at]
    }

    mutating func skip(_ count: Int) throws(RecordError) -> Bool {
        var left = count
        while left > filled - at {
            left -= filled - at
            at = filled
            if try !refill() { return false }
        }
        at += left
        return true
    }
}
