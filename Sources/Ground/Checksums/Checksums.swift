import CISAL

/// The checksum of record batches since magic 2 (Castagnoli's polynomial), computed by ISA-L.
package enum CRC32C {
    /// The checksum of `bytes`, or of what had the checksum `start` with `bytes` after it.
    package static func of(_ bytes: UnsafeRawBufferPointer, continuing start: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return start }
        var crc = ~start
        var at = 0
        while at < bytes.count {
            // The library counts in a C int, so longer blocks are taken in pieces.
            let piece = min(bytes.count - at, 1 << 30)
            // The library's parameter lacks a const; it does not write.
            let from = UnsafeMutableRawPointer(mutating: base + at).assumingMemoryBound(to: UInt8.self)
            crc = crc32_iscsi(from, Int32(piece), crc)
            at += piece
        }
        return ~crc
    }
}

/// The checksum of messages of magic 0 and 1 and of gzip (IEEE 802.3), computed by ISA-L.
package enum CRC32 {
    /// The checksum of `bytes`, or of what had the checksum `start` with `bytes` after it.
    package static func of(_ bytes: UnsafeRawBufferPointer, continuing start: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return start }
        return crc32_gzip_refl(start, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    }
}
