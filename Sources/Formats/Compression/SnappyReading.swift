import CSnappy

/// Snappy blocks, in snappy-java's framing or bare, as librdkafka and others have written them.
final class SnappyReading {
    private let input: UnsafeRawBufferPointer
    private let isFramed: Bool
    private var taken = 0
    private var block: [UInt8] = []
    private var given = 0

    init(_ input: UnsafeRawBufferPointer) throws(CompressionError) {
        guard !input.isEmpty else { throw .truncated(.snappy) }
        self.input = input
        isFramed = input.count >= 16 && input.prefix(8).elementsEqual(SnappyFraming.header.prefix(8))
        if isFramed { taken = 16 }
    }

    func read(into output: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        while given == block.count {
            guard taken < input.count else { return 0 }
            try nextBlock()
        }
        let count = min(output.count, block.count - given)
        block.withUnsafeBytes { output.baseAddress!.copyMemory(from: $0.baseAddress! + given, byteCount: count) }
        given += count
        return count
    }

    private func nextBlock() throws(CompressionError) {
        guard isFramed else { return try decompress(0, input.count) }
        guard input.count - taken >= 4 else { throw .truncated(.snappy) }
        let size = UInt32(bigEndian: input.loadUnaligned(fromByteOffset: taken, as: UInt32.self))
        if size == 0x8253_4e41 {
            // A further stream's header instead of a size.
            guard input.count - taken >= 16 else { throw .truncated(.snappy) }
            taken += 16
            return
        }
        taken += 4
        guard size <= Int32.max else { throw .corrupt(.snappy) }
        guard Int(size) <= input.count - taken else { throw .truncated(.snappy) }
        try decompress(taken, Int(size))
    }

    private func decompress(_ start: Int, _ size: Int) throws(CompressionError) {
        taken = start + size
        given = 0
        guard size > 0 else {
            block = []
            return
        }
        let source = (input.baseAddress! + start).assumingMemoryBound(to: CChar.self)
        var length = 0
        guard snappy_uncompressed_length(source, size, &length) == SNAPPY_OK else { throw .corrupt(.snappy) }
        // The densest element is three bytes for a copy of 64, so a block cannot hold more than 22 times its size: a
        // longer claim is a lie and nothing is reserved for it.
        guard length <= size * 22 + 64 else { throw .corrupt(.snappy) }
        var isSound = false
        block = [UInt8](unsafeUninitializedCapacity: max(length, 1)) { buffer, count in
            var room = length
            let target = UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self)
            isSound = snappy_uncompress(source, size, target, &room) == SNAPPY_OK
            count = isSound ? length : 0
        }
        if !isSound { throw .corrupt(.snappy) }
    }
}
