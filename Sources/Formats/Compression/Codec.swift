/// Kafka's codecs, by the number in a batch's attributes.
package enum Codec: UInt8, Sendable, Hashable, CaseIterable {
    case none = 0
    case gzip = 1
    case snappy = 2
    case lz4 = 3
    case zstd = 4

    /// Kafka's name, as in `compression.type` ("none" is called "uncompressed" there).
    package var name: String {
        switch self {
        case .none: "none"
        case .gzip: "gzip"
        case .snappy: "snappy"
        case .lz4: "lz4"
        case .zstd: "zstd"
        }
    }
}

/// A codec and how hard it tries. Levels are those of `compression.gzip.level`, `compression.lz4.level` and
/// `compression.zstd.level` (KIP-390); snappy has none.
package struct CompressionSetting: Sendable, Hashable {
    package let codec: Codec
    /// Held to the codec's bounds: gzip -1 (its default) or 1 to 9, lz4 1 to 17, zstd -131072 to 22.
    package let level: Int32

    package init(_ codec: Codec, level: Int32? = nil) {
        self.codec = codec
        switch codec {
        case .none, .snappy: self.level = 0
        case .gzip: self.level = level.map { $0 == -1 ? -1 : min(max($0, 1), 9) } ?? -1
        case .lz4: self.level = min(max(level ?? 9, 1), 17)
        case .zstd: self.level = min(max(level ?? 3, -131_072), 22)
        }
    }

    package static let none = CompressionSetting(.none)
}

/// Why compressed bytes could not be read, or bytes not be compressed.
package enum CompressionError: Error, Sendable, Equatable {
    /// The bytes are not what the codec writes.
    case corrupt(Codec)
    /// The bytes end inside the stream.
    case truncated(Codec)
    /// More than `limit` bytes would come out.
    case tooLarge(limit: Int)
    /// The library could not get the memory it wanted.
    case outOfMemory(Codec)
    /// The library refused to compress.
    case notCompressed(Codec)
}
