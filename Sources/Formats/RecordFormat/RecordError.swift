import Compression

/// What is wrong inside a batch. Kafka's INVALID_RECORD, except for `decompression` and `unknownCodec`, for which Kafka
/// has no better code than UNKNOWN_SERVER_ERROR and we say CORRUPT_MESSAGE.
package enum RecordError: Error, Sendable, Equatable {
    /// The header's count is negative.
    case invalidCount(Int32)
    /// The records end before the header's count is reached; `index` records were there.
    case prematureEnd(index: Int32)
    /// Bytes are left after the last record.
    case trailingBytes
    /// A number of variable length takes more bytes than its type can have.
    case overlongNumber
    /// The record's length field does not agree with its fields.
    case lengthMismatch(length: Int32)
    /// A length below what it may be, or above what is there.
    case invalidLength(Int32)
    case invalidHeaderCount(Int32)
    /// A header's key is null.
    case nullHeaderKey
    case unknownCodec(UInt8)
    case decompression(CompressionError)
    /// A legacy wrapper whose content is not what it may be.
    case invalidWrapper
    /// A legacy message inside a wrapper that is damaged.
    case damagedMessage(BatchError)

    /// Damage of the bytes (CORRUPT_MESSAGE), not a wrong record (INVALID_RECORD).
    package var isCorruption: Bool {
        switch self {
        case .decompression, .unknownCodec, .damagedMessage: true
        default: false
        }
    }
}
