import Synchronization

/// A number that only grows. Any thread may add; no lock.
package final class Counter: Sendable {
    private let count = Atomic<Int64>(0)

    package init() {}
    package func add(_ amount: Int64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
    package var value: Int64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down.
package final class Gauge: Sendable {
    private let current = Atomic<Int64>(0)

    package init() {}
    package func add(_ amount: Int64) { current.wrappingAdd(amount, ordering: .relaxed) }
    package func set(_ value: Int64) { current.store(value, ordering: .relaxed) }
    package var value: Int64 { current.load(ordering: .relaxed) }
}

/// How values of 0 to 2^63 - 1 are distributed, each kept to one part in 16 (HDR-style: every power of two is divided into 16
/// equal buckets). About 7 KiB; recording is two atomic additions, from any thread.
package final class Histogram: Sendable {
    private static let bucketCount = 16 + 59 * 16
    /// Ours alone until `deinit`, and only touched by atomic operations.
    private nonisolated(unsafe) let buckets: UnsafeMutablePointer<Atomic<Int64>>
    private let recorded = Atomic<Int64>(0)

    package init() {
        buckets = .allocate(capacity: Self.bucketCount)
        for place in 0..<Self.bucketCount { (buckets + place).initialize(to: Atomic(0)) }
    }

    deinit {
        buckets.deinitialize(count: Self.bucketCount)
        buckets.deallocate()
    }

    /// A negative value counts as 0.
    package func record(_ value: Int64) {
        buckets[Self.bucket(of: max(0, value))].wrappingAdd(1, ordering: .relaxed)
        recorded.wrappingAdd(1, ordering: .relaxed)
    }

    package var count: Int64 { recorded.load(ordering: .relaxed) }

    /// The largest value of the bucket in which the given share of values (0 to 1) is reached; 0 when nothing was recorded.
    package func quantile(_ share: Double) -> Int64 {
        var total: Int64 = 0
        for place in 0..<Self.bucketCount { total += buckets[place].load(ordering: .relaxed) }
        guard total > 0 else { return 0 }
        let wanted = max(1, Int64((min(1, max(0, share)) * Double(total)).rounded(.up)))
        var seen: Int64 = 0
        for place in 0..<Self.bucketCount {
            seen += buckets[place].load(ordering: .relaxed)
            if seen >= wanted { return Self.largest(in: place) }
        }
        return Self.largest(in: Self.bucketCount - 1)
    }

    private static func bucket(of value: Int64) -> Int {
        if value < 16 { return Int(value) }
        let power = 63 - value.leadingZeroBitCount
        return (power - 3) * 16 + Int(value >> Int64(power - 4)) - 16
    }

    private static func largest(in bucket: Int) -> Int64 {
        if bucket < 16 { return Int64(bucket) }
        let shift = Int64(bucket / 16 - 1)
        let low = Int64(16 + bucket % 16) << shift
        return low + ((1 << shift) - 1)
    }
}
