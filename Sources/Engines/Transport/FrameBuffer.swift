import Bytes

/// Where a connection's bytes are read to, and frames are cut out of.
///
/// Small frames share one block and are handed out as slices of it, uncopied; since bytes behind a slice are never written
/// again, reading goes on behind them, and starts at the block's front again as soon as no slice is left. A frame that
/// does not fit gets a block of its own size, so that it too is read in place, and that block goes with the frame.
struct FrameBuffer {
    /// The usual block. Larger saves copies of frames that straddle the end, smaller saves memory of idle connections.
    static let blockSize = 16 * 1024

    private var block: ByteStorage?
    /// Where the first frame not yet cut out begins, and where the next byte goes.
    private var start = 0
    private var end = 0

    var unread: Int { end - start }

    /// Room for more bytes: at least one.
    mutating func space() -> UnsafeMutableRawBufferPointer {
        if block == nil { block = ByteStorage(capacity: Self.blockSize) }
        if start == end, isKnownUniquelyReferenced(&block) { (start, end) = (0, 0) }
        if end == block!.capacity { move(toCapacity: Self.blockSize) }
        return UnsafeMutableRawBufferPointer(start: block!.base + end, count: block!.capacity - end)
    }

    mutating func filled(_ count: Int) { end += count }

    /// The size that the next frame begins with, if four bytes of it are there.
    var nextSize: Int32? {
        guard let block, unread >= 4 else { return nil }
        return UnsafeRawPointer(block.base).readBigEndian(at: start)
    }

    /// The next frame without its size, if all `size` bytes are there; else nil, and room is made for the rest.
    mutating func takeFrame(size: Int) -> ByteSlice? {
        guard let block else { return nil }
        guard unread >= 4 + size else {
            if start + 4 + size > block.capacity { move(toCapacity: max(Self.blockSize, 4 + size)) }
            return nil
        }
        let frame = ByteSlice(block, start + 4..<start + 4 + size)
        start += 4 + size
        // A block of a large frame goes with it; what follows it starts anew.
        if block.capacity > Self.blockSize { move(toCapacity: max(Self.blockSize, unread)) }
        return frame
    }

    /// Gives the block back when nothing is held in it, so that an idle connection costs no buffer.
    mutating func rest() {
        if start == end { (block, start, end) = (nil, 0, 0) }
    }

    private mutating func move(toCapacity capacity: Int) {
        let made = ByteStorage(capacity: max(capacity, unread + 1))
        if let block, unread > 0 { made.base.copyMemory(from: block.base + start, byteCount: unread) }
        (block, start, end) = (made, 0, unread)
    }
}
