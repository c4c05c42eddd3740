import CLZ4

/// The lz4 frame header as Kafka insists on it: version 1, independent blocks, no dictionary, no reserved bits.
enum LZ4Header {
    /// Checks the header, feeds it to the library, and returns how many bytes of the input it was.
    static func begin(_ context: OpaquePointer, _ input: UnsafeRawBufferPointer, isMagic0: Bool)
        throws(CompressionError)
        -> Int
    {
        guard input.count >= 7 else { throw .truncated(.lz4) }
        guard UInt32(littleEndian: input.loadUnaligned(as: UInt32.self)) == 0x184D_2204 else { throw .corrupt(.lz4) }
        let (flags, block) = (input[4], input[5])
        let hasSize = flags & 0x08 != 0
        guard flags >> 6 == 1, flags & 0x20 != 0, flags & 0x03 == 0, block & 0x8f == 0, block >> 4 >= 4 else {
            throw .corrupt(.lz4)
        }
        let count = hasSize ? 15 : 7
        guard input.count >= count else { throw .truncated(.lz4) }
        if !isMagic0 {
            try feed(context, UnsafeRawBufferPointer(rebasing: input[0..<count]))
            return count
        }
        // Magic 0: the checksum byte was computed over the frame magic as well and Kafka does not look at it. The same
        // header with the right checksum comes from the library's own writer.
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_blockSizeID_t(UInt32(block >> 4))
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.frameInfo.blockChecksumFlag = flags & 0x10 != 0 ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum
        preferences.frameInfo.contentChecksumFlag =
            flags & 0x04 != 0 ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum
        if hasSize {
            preferences.frameInfo.contentSize = UInt64(
                littleEndian: input.loadUnaligned(fromByteOffset: 6, as: UInt64.self))
        }
        var writer: OpaquePointer?
        guard LZ4F_isError(LZ4F_createCompressionContext(&writer, UInt32(LZ4F_VERSION))) == 0, let writer else {
            throw .outOfMemory(.lz4)
        }
        defer { LZ4F_freeCompressionContext(writer) }
        // 19 is the library's largest header (LZ4F_HEADER_SIZE_MAX).
        let header = UnsafeMutableRawBufferPointer.allocate(byteCount: 19, alignment: 1)
        defer { header.deallocate() }
        let made = LZ4F_compressBegin(writer, header.baseAddress, header.count, &preferences)
        guard LZ4F_isError(made) == 0 else { throw .corrupt(.lz4) }
        try feed(context, UnsafeRawBufferPointer(rebasing: header[0..<made]))
        return count
    }

    private static func feed(_ context: OpaquePointer, _ header: UnsafeRawBufferPointer) throws(CompressionError) {
        var at = 0
        while at < header.count {
            var used = header.count - at
            var written = 0
            let hint = LZ4F_decompress(context, nil, &written, header.baseAddress! + at, &used, nil)
            guard LZ4F_isError(hint) == 0, used > 0 else { throw .corrupt(.lz4) }
            at += used
        }
    }
}
