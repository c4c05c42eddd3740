import Vocabulary

/// A moment on a clock that never goes back: nanoseconds since some start. Only differences mean something.
public struct Instant: Sendable, Hashable, Comparable {
    public let nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Adding stops at the ends of time instead of overflowing: settings reach 2^63 - 1 ms.
    @inlinable public static func + (left: Instant, right: Nanoseconds) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.count)
        return Instant(nanoseconds: overflow ? (right.count > 0 ? .max : .min) : sum)
    }

    @inlinable public static func - (left: Instant, right: Instant) -> Nanoseconds {
        Nanoseconds(left.nanoseconds &- right.nanoseconds)
    }

    @inlinable public static var distantFuture: Instant { Instant(nanoseconds: .max) }
}

/// A span of time. Made from the unit that is meant: `.milliseconds(500)`.
public struct Nanoseconds: Sendable, Hashable, Comparable {
    public let count: Int64

    @inlinable public init(_ count: Int64) { self.count = count }

    @inlinable public static func seconds(_ n: Int64) -> Nanoseconds { saturating(n, 1_000_000_000) }
    @inlinable public static func milliseconds(_ n: Int64) -> Nanoseconds { saturating(n, 1_000_000) }
    @inlinable public static func microseconds(_ n: Int64) -> Nanoseconds { saturating(n, 1_000) }
    @inlinable public static var zero: Nanoseconds { Nanoseconds(0) }

    @usableFromInline static func saturating(_ n: Int64, _ unit: Int64) -> Nanoseconds {
        let (product, overflow) = n.multipliedReportingOverflow(by: unit)
        return Nanoseconds(overflow ? (n > 0 ? .max : .min) : product)
    }

    @inlinable public var milliseconds: Int64 { count / 1_000_000 }
    @inlinable public static func < (left: Nanoseconds, right: Nanoseconds) -> Bool { left.count < right.count }
}

/// The two clocks. In simulation both are virtual.
package protocol Clock: AnyObject, Sendable {
    /// For deadlines and measuring.
    var now: Instant { get }
    /// For what is written into records and shown to people.
    var wallClock: Timestamp { get }
}
