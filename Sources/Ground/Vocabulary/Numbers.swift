/// The numbers that Kafka gives a meaning to, each a type of its own, so that an offset cannot be handed over where an
/// epoch is meant. All are as wide as on the wire, and -1 means "none" wherever Kafka says so.

/// What the typed numbers have in common: one stored integer, ordered and hashed as that integer.
package protocol TypedNumber: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
where RawValue: FixedWidthInteger & SignedInteger & Sendable, IntegerLiteralType == RawValue {
    init(rawValue: RawValue)
    init(_ value: RawValue)
}

extension TypedNumber {
    @inlinable package init(_ value: RawValue) { self.init(rawValue: value) }
    @inlinable package init(integerLiteral value: RawValue) { self.init(rawValue: value) }
    @inlinable package var description: String { String(rawValue) }
    @inlinable package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A record's place in its partition. Offsets grow by one a record and are never reused.
package struct Offset: TypedNumber {
    package let rawValue: Int64
    @inlinable package init(rawValue: Int64) { self.rawValue = rawValue }

    /// No offset: Kafka's -1.
    package static let none: Offset = -1

    @inlinable package static func + (left: Offset, right: Int64) -> Offset { Offset(left.rawValue &+ right) }
    @inlinable package static func - (left: Offset, right: Int64) -> Offset { Offset(left.rawValue &- right) }
    @inlinable package static func - (left: Offset, right: Offset) -> Int64 { left.rawValue &- right.rawValue }
    @inlinable package static func += (left: inout Offset, right: Int64) { left = left + right }
}

/// How many times a partition (or the metadata quorum) has had a new leader.
package struct LeaderEpoch: TypedNumber {
    package let rawValue: Int32
    @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }

    /// No epoch known: Kafka's -1.
    package static let none: LeaderEpoch = -1
}

/// The id of a node, broker or controller: 0 or more.
package struct BrokerID: TypedNumber {
    package let rawValue: Int32
    @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let none: BrokerID = -1
}

/// A partition's number in its topic, from 0.
package struct PartitionIndex: TypedNumber {
    package let rawValue: Int32
    @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }
}

/// The number that a producer is given by InitProducerId.
package struct ProducerID: TypedNumber {
    package let rawValue: Int64
    @inlinable package init(rawValue: Int64) { self.rawValue = rawValue }

    package static let none: ProducerID = -1
}

/// Fences older instances of a producer with the same id.
package struct ProducerEpoch: TypedNumber {
    package let rawValue: Int16
    @inlinable package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let none: ProducerEpoch = -1
}

/// Wall-clock milliseconds since 1970, as in records.
package struct Timestamp: TypedNumber {
    package let rawValue: Int64
    @inlinable package init(rawValue: Int64) { self.rawValue = rawValue }

    /// No timestamp: Kafka's -1.
    package static let none: Timestamp = -1

    @inlinable package static func + (left: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(left.rawValue &+ milliseconds)
    }
    @inlinable package static func - (left: Timestamp, right: Timestamp) -> Int64 { left.rawValue &- right.rawValue }
}
