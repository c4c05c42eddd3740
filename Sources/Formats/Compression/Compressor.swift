import CLZ4
import CSnappy
import CZlib
import CZstd

/// Whole blocks of bytes into Kafka's compressed forms.
package enum Compressor {
    /// `input` as `setting` asks, in the framing that Kafka's own clients write.
    package static func compress(_ input: UnsafeRawBufferPointer, _ setting: CompressionSetting)
        throws(CompressionError)
        -> [UInt8]
    {
        switch setting.codec {
        case .none: [UInt8](input)
        case .gzip: try gzip(input, level: setting.level)
        case .snappy: try snappy(input)
        case .lz4: try lz4(input, level: setting.level)
        case .zstd: try zstd(input, level: setting.level)
        }
    }

    /// Makes an array of at most `capacity` bytes; `fill` returns how many it wrote, nil when it could not.
    private static func filled(
        _ capacity: Int, _ codec: Codec, _ fill: (UnsafeMutableRawPointer) -> Int?
    ) throws(CompressionError) -> [UInt8] {
        var written: Int?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(capacity, 1)) { buffer, count in
            written = buffer.baseAddress.flatMap { fill(UnsafeMutableRawPointer($0)) }
            count = written ?? 0
        }
        guard written != nil else { throw .notCompressed(codec) }
        return bytes
    }

    private static func gzip(_ input: UnsafeRawBufferPointer, level: Int32) throws(CompressionError) -> [UInt8] {
        guard input.count <= Int(UInt32.max) >> 1 else { throw .tooLarge(limit: Int(UInt32.max) >> 1) }
        var stream = z_stream()
        // 31: the largest window, in gzip's wrapping.
        let status = deflateInit2_(
            &stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .outOfMemory(.gzip) }
        defer { deflateEnd(&stream) }
        let capacity = Int(deflateBound(&stream, UInt(input.count)))
        return try filled(capacity, .gzip) { output in
            stream.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: UInt8.self)
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(clamping: capacity)
            return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : nil
        }
    }

    /// The framing of snappy-java: a header of 16 bytes, then blocks of 32 KiB, each behind its compressed size.
    private static func snappy(_ input: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        let block = 32 << 10
        let blocks = max((input.count + block - 1) / block, 1)
        return try filled(16 + blocks * (4 + snappy_max_compressed_length(block)), .snappy) { output in
            SnappyFraming.header.withUnsafeBytes { output.copyMemory(from: $0.baseAddress!, byteCount: 16) }
            var at = 16
            var from = 0
            while from < input.count {
                let count = min(block, input.count - from)
                var size = snappy_max_compressed_length(count)
                let source = input.baseAddress!.assumingMemoryBound(to: CChar.self) + from
                let target = (output + at + 4).assumingMemoryBound(to: CChar.self)
                guard snappy_compress(source, count, target, &size) == SNAPPY_OK else { return nil }
                output.storeBytes(of: UInt32(size).bigEndian, toByteOffset: at, as: UInt32.self)
                at += 4 + size
                from += count
            }
            return at
        }
    }

    /// A frame of independent blocks of 64 KiB without content checksum, as Kafka's clients write.
    private static func lz4(_ input: UnsafeRawBufferPointer, level: Int32) throws(CompressionError) -> [UInt8] {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        // Kafka's level 9 is its default and means the fast compressor; every other level means the high compressor,
        // which the library gives from 3 on.
        preferences.compressionLevel = level == 9 ? 0 : max(level, 3)
        let capacity = LZ4F_compressFrameBound(input.count, &preferences)
        return try filled(capacity, .lz4) { output in
            let size = LZ4F_compressFrame(output, capacity, input.baseAddress, input.count, &preferences)
            return LZ4F_isError(size) == 0 ? size : nil
        }
    }

    private static func zstd(_ input: UnsafeRawBufferPointer, level: Int32) throws(CompressionError) -> [UInt8] {
        guard let context = ZSTD_createCCtx() else { throw .outOfMemory(.zstd) }
        defer { ZSTD_freeCCtx(context) }
        let capacity = ZSTD_compressBound(input.count)
        return try filled(capacity, .zstd) { output in
            let size = ZSTD_compressCCtx(context, output, capacity, input.baseAddress, input.count, level)
            return ZSTD_isError(size) == 0 ? size : nil
        }
    }
}

enum SnappyFraming {
    /// snappy-java's magic, then its version 1 and the lowest version that can read it, 1.
    static let header: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
}
