/// MurmurHash2 in 32 bits with Kafka's seed: what maps a record's key to a partition in every Kafka client.
package enum Murmur2 {
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let multiplier: UInt32 = 0x5bd1_e995
        var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        var at = 0
        while at + 4 <= bytes.count {
            var word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            word &*= multiplier
            word ^= word >> 24
            hash = (hash &* multiplier) ^ (word &* multiplier)
            at += 4
        }
        let rest = bytes.count - at
        if rest > 0 {
            for index in (0..<rest).reversed() { hash ^= UInt32(bytes[at + index]) << UInt32(8 * index) }
            hash &*= multiplier
        }
        hash ^= hash >> 13
        hash &*= multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// The partition of a key among `count` (1 or more), as Kafka's default partitioner chooses it.
    package static func partition(ofKey key: UnsafeRawBufferPointer, count: Int32) -> Int32 {
        precondition(count > 0)
        return (hash(key) & Int32.max) % count
    }
}
