/// The numbers that Kafka gives a meaning to, each a type of its own, so that an offset cannot be handed over where an
/// epoch is meant. All are as wide as on the wire, and -1 means "none" wherever Kafka says so.

/// What the typed numbers have in common: one stored integer, ordered and hashed as that integer.
public protocol TypedNumber: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
where RawValue: FixedWidthInteger & SignedInteger & Sendable, IntegerLiteralType == RawValue {
    init(rawValue: RawValue)
    init(_ value: RawValue)
}

// The numbers are public, as the bytes are, because only then are they inlined into other modules: of `package`
// declarations the compiler hands no bodies on, and each would cost a call through a witness table.

extension TypedNumber {
    @inlinable public init(_ value: RawValue) { self.init(rawValue: value) }
    @inlinable public init(integerLiteral value: RawValue) { self.init(rawValue: value) }
    @inlinable public var description: String { String(rawValue) }
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    @inlinable public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// A record's place in its partition. Offsets grow by one a record and are never reused.
public struct Offset: TypedNumber {
    public let rawValue: Int64
    @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }

    /// No offset: Kafka's -1.
    @inlinable public static var none: Offset { Offset(rawValue: -1) }

    @inlinable public static func + (left: Offset, right: Int64) -> Offset { Offset(left.rawValue &+ right) }
    @inlinable public static func - (left: Offset, right: Int64) -> Offset { Offset(left.rawValue &- right) }
    @inlinable public static func - (left: Offset, right: Offset) -> Int64 { left.rawValue &- right.rawValue }
    @inlinable public static func += (left: inout Offset, right: Int64) { left = left + right }
}

/// How many times a partition (or the metadata quorum) has had a new leader.
public struct LeaderEpoch: TypedNumber {
    public let rawValue: Int32
    @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

    /// No epoch known: Kafka's -1.
    @inlinable public static var none: LeaderEpoch { LeaderEpoch(rawValue: -1) }
}

/// The id of a node, broker or controller: 0 or more.
public struct BrokerID: TypedNumber {
    public let rawValue: Int32
    @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

    @inlinable public static var none: BrokerID { BrokerID(rawValue: -1) }
}

/// A partition's number in its topic, from 0.
public struct PartitionIndex: TypedNumber {
    public let rawValue: Int32
    @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// The number that a producer is given by InitProducerId.
public struct ProducerID: TypedNumber {
    public let rawValue: Int64
    @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }

    @inlinable public static var none: ProducerID { ProducerID(rawValue: -1) }
}

/// Fences older instances of a producer with the same id.
public struct ProducerEpoch: TypedNumber {
    public let rawValue: Int16
    @inlinable public init(rawValue: Int16) { self.rawValue = rawValue }

    @inlinable public static var none: ProducerEpoch { ProducerEpoch(rawValue: -1) }
}

/// Wall-clock milliseconds since 1970, as in records.
public struct Timestamp: TypedNumber {
    public let rawValue: Int64
    @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }

    /// No timestamp: Kafka's -1.
    @inlinable public static var none: Timestamp { Timestamp(rawValue: -1) }

    @inlinable public static func + (left: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(left.rawValue &+ milliseconds)
    }
    @inlinable public static func - (left: Timestamp, right: Timestamp) -> Int64 { left.rawValue &- right.rawValue }
}
