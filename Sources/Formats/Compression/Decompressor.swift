import CIGZip
import CLZ4
import CSnappy
import CZstd

/// A compressed block of bytes read piece by piece: memory is bounded by the codec's own window, whatever the bytes claim.
///
/// The input must outlive the decompressor.
package struct Decompressor: ~Copyable {
    private enum State {
        case plain
        case gzip(UnsafeMutablePointer<inflate_state>)
        case snappy(SnappyReading)
        case lz4(OpaquePointer)
        case zstd(OpaquePointer)
    }

    private let codec: Codec
    private let state: State
    private let input: UnsafeRawBufferPointer
    /// How much of the input has been taken.
    private var taken = 0
    private var isAtEnd = false

    /// `isMagic0` is for lz4 in message sets of magic 0, whose frame checksum old clients computed wrongly.
    package init(_ codec: Codec, _ input: UnsafeRawBufferPointer, isMagic0: Bool = false) throws(CompressionError) {
        self.codec = codec
        self.input = input
        switch codec {
        case .none: state = .plain
        case .gzip:
            guard !input.isEmpty else { throw .truncated(.gzip) }
            let made = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
            isal_inflate_init(made)
            made.pointee.crc_flag = UInt32(ISAL_GZIP)
            state = .gzip(made)
        case .snappy: state = .snappy(try SnappyReading(input))
        case .lz4:
            var made: OpaquePointer?
            guard LZ4F_isError(LZ4F_createDecompressionContext(&made, UInt32(LZ4F_VERSION))) == 0, let made else {
                throw .outOfMemory(.lz4)
            }
            do throws(CompressionError) {
                taken = try LZ4Header.begin(made, input, isMagic0: isMagic0)
            } catch {
                LZ4F_freeDecompressionContext(made)
                throw error
            }
            state = .lz4(made)
        case .zstd:
            guard let made = ZSTD_createDCtx() else { throw .outOfMemory(.zstd) }
            state = .zstd(made)
        }
    }

    deinit {
        switch state {
        case .plain, .snappy: break
        case .gzip(let made): made.deallocate()
        case .lz4(let made): LZ4F_freeDecompressionContext(made)
        case .zstd(let made): ZSTD_freeDCtx(made)
        }
    }

    /// Fills `output` as far as it can; returns how many bytes it wrote, 0 at the end of the stream.
    package mutating func read(into output: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        guard !isAtEnd, let target = output.baseAddress, output.count > 0 else { return 0 }
        let written: Int
        switch state {
        case .plain:
            written = min(output.count, input.count - taken)
            if written > 0 { target.copyMemory(from: input.baseAddress! + taken, byteCount: written) }
            taken += written
        case .gzip(let stream): written = try readGzip(stream, target, output.count)
        case .snappy(let reading): written = try reading.read(into: output)
        case .lz4(let context): written = try readLZ4(context, target, output.count)
        case .zstd(let context): written = try readZstd(context, target, output.count)
        }
        if written == 0 { isAtEnd = true }
        return written
    }

    private mutating func readGzip(
        _ stream: UnsafeMutablePointer<inflate_state>, _ target: UnsafeMutableRawPointer, _ room: Int
    ) throws(CompressionError) -> Int {
        var written = 0
        while written == 0 {
            if stream.pointee.block_state == ISAL_BLOCK_FINISH {
                // What follows a stream's end is another stream or, as Java's reader takes it, ignored.
                guard input.count - taken >= 18, input[taken] == 0x1f, input[taken + 1] == 0x8b else { return 0 }
                isal_inflate_init(stream)
                stream.pointee.crc_flag = UInt32(ISAL_GZIP)
            }
            let offered = min(input.count - taken, 1 << 30)
            stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress! + taken)
                .assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(offered)
            stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(min(room, 1 << 30))
            let status = isal_inflate(stream)
            guard status >= 0, status <= ISAL_END_INPUT || status == 2 else { throw .corrupt(.gzip) }
            let used = offered - Int(stream.pointee.avail_in)
            taken += used
            written = min(room, 1 << 30) - Int(stream.pointee.avail_out)
            if written == 0, used == 0, stream.pointee.block_state != ISAL_BLOCK_FINISH { throw .truncated(.gzip) }
        }
        return written
    }

    private mutating func readLZ4(
        _ context: OpaquePointer, _ target: UnsafeMutableRawPointer, _ room: Int
    ) throws(CompressionError) -> Int {
        while true {
            var written = room
            var used = input.count - taken
            let hint = LZ4F_decompress(context, target, &written, input.baseAddress! + taken, &used, nil)
            guard LZ4F_isError(hint) == 0 else { throw .corrupt(.lz4) }
            taken += used
            if hint == 0 {
                // Kafka stops at the first frame's end and ignores the rest.
                if written == 0 { return 0 }
                frameIsOver()
                return written
            }
            if written > 0 { return written }
            if used == 0 { throw .truncated(.lz4) }
        }
    }

    private mutating func frameIsOver() { isAtEnd = true }

    private mutating func readZstd(
        _ context: OpaquePointer, _ target: UnsafeMutableRawPointer, _ room: Int
    ) throws(CompressionError) -> Int {
        while true {
            if input.isEmpty { return 0 }
            var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: taken)
            var into = ZSTD_outBuffer(dst: target, size: room, pos: 0)
            let wasAllTaken = taken == input.count
            let hint = ZSTD_decompressStream(context, &into, &from)
            guard ZSTD_isError(hint) == 0 else { throw .corrupt(.zstd) }
            taken = from.pos
            if into.pos > 0 {
                if hint == 0, taken == input.count { frameIsOver() }
                return into.pos
            }
            if hint == 0, taken == input.count { return 0 }
            if wasAllTaken { throw .truncated(.zstd) }
        }
    }

    /// All of `input` decompressed, refused beyond `limit` bytes. Memory grows with the bytes that really come out.
    package static func decompress(
        _ codec: Codec, _ input: UnsafeRawBufferPointer, isMagic0: Bool = false, limit: Int
    ) throws(CompressionError) -> [UInt8] {
        var stream = try Decompressor(codec, input, isMagic0: isMagic0)
        var bytes: [UInt8] = []
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try stream.read(into: piece)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw .tooLarge(limit: limit) }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[0..<count]))
        }
    }
}
