/// A topic's, directory's or member's 128-bit id, shown as Kafka shows it: URL-safe base64 of the 16 bytes, 22 characters.
public struct UUID128: Sendable, Hashable, Comparable {
    public let high: UInt64
    public let low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Sixteen zero bytes: Kafka's "no id".
    @inlinable public static var zero: UUID128 { UUID128(high: 0, low: 0) }
    /// Kafka's `Uuid.ONE_UUID`, the reserved id of `__cluster_metadata`.
    @inlinable public static var metadataTopic: UUID128 { UUID128(high: 0, low: 1) }

    @inlinable public static func < (left: UUID128, right: UUID128) -> Bool {
        // Kafka compares the halves as signed longs.
        let (a, b) = (Int64(bitPattern: left.high), Int64(bitPattern: right.high))
        return a != b ? a < b : Int64(bitPattern: left.low) < Int64(bitPattern: right.low)
    }
}

/// A topic's id, made when the topic is created and never used again.
public typealias TopicID = UUID128

extension UUID128: CustomStringConvertible, LosslessStringConvertible {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    public var description: String {
        // 128 bits in 22 digits of six bits: the last digit holds two bits, followed by four zero bits.
        var text: [UInt8] = []
        text.reserveCapacity(22)
        for digit in 0..<22 { text.append(Self.alphabet[sixBits(at: digit * 6)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private func sixBits(at bit: Int) -> Int {
        var value = 0
        for index in bit..<bit + 6 {
            let isSet =
                index < 64 ? (high >> UInt64(63 - index)) & 1 : index < 128 ? (low >> UInt64(127 - index)) & 1 : 0
            value = value << 1 | Int(isSet)
        }
        return value
    }

    /// Reads Kafka's text form; nil unless it is 22 characters of the URL-safe alphabet (padding allowed).
    public init?(_ description: String) {
        var digits = Array(description.utf8)
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        guard digits.count == 22 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (place, digit) in digits.enumerated() {
            guard let value = Self.alphabet.firstIndex(of: digit) else { return nil }
            for bit in 0..<6 where place * 6 + bit < 128 && value >> (5 - bit) & 1 == 1 {
                let index = place * 6 + bit
                if index < 64 { high |= 1 << UInt64(63 - index) } else { low |= 1 << UInt64(127 - index) }
            }
        }
        self.init(high: high, low: low)
    }
}
