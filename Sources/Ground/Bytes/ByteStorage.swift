/// A block of raw memory with a fixed capacity: what buffers, frames and slices stand on.
///
/// **Owner**: whoever fills it, until it is handed on as a `ByteSlice`; from then on the bytes behind any slice are never
/// written again. That promise, kept by the writers in this target, is what makes it `Sendable`.
public final class ByteStorage: @unchecked Sendable {
    /// The first byte. Valid for as long as the storage lives.
    public let base: UnsafeMutableRawPointer
    /// How many bytes there are.
    public let capacity: Int

    public init(capacity: Int) {
        precondition(capacity >= 0)
        self.capacity = capacity
        base = .allocate(byteCount: max(capacity, 1), alignment: 16)
    }

    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count)
        if let from = bytes.baseAddress, bytes.count > 0 { base.copyMemory(from: from, byteCount: bytes.count) }
    }

    deinit { base.deallocate() }
}
