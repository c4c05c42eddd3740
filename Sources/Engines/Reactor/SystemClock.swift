import CLinux
import Glibc
import Seams
import Vocabulary

/// The kernel's clocks.
package final class SystemClock: Clock {
    package init() {}

    package var now: Instant { Instant(nanoseconds: read(CLOCK_MONOTONIC)) }
    package var wallClock: Timestamp { Timestamp(read(CLOCK_REALTIME) / 1_000_000) }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Random bits from the kernel.
package final class SystemChance: Chance {
    package init() {}

    package func next() -> UInt64 {
        var value: UInt64 = 0
        while getrandom(&value, 8, 0) != 8 {}
        return value
    }
}
