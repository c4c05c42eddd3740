/// Big-endian numbers in raw memory, the byte order of everything Kafka writes. The caller has checked the bounds.
extension UnsafeRawPointer {
    @inlinable public func readBigEndian<N: FixedWidthInteger>(_: N.Type = N.self, at offset: Int) -> N {
        N(bigEndian: loadUnaligned(fromByteOffset: offset, as: N.self))
    }
}

extension UnsafeMutableRawPointer {
    @inlinable public func writeBigEndian<N: FixedWidthInteger & BitwiseCopyable>(_ value: N, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: N.self)
    }
}

extension UnsafeRawBufferPointer {
    /// Reads a number that lies wholly within the buffer; traps otherwise.
    @inlinable public func readBigEndian<N: FixedWidthInteger>(_: N.Type = N.self, at offset: Int) -> N {
        precondition(offset >= 0 && offset <= count - MemoryLayout<N>.size)
        return baseAddress.unsafelyUnwrapped.readBigEndian(N.self, at: offset)
    }
}
