import Vocabulary

/// Where random numbers come from: the kernel in production, a seed in simulation.
package protocol Chance: AnyObject, Sendable {
    /// Sixty-four random bits. May be called from any thread.
    func next() -> UInt64
}

extension Chance {
    /// A number from 0 up to, not including, `bound`, which must be above 0.
    package func below(_ bound: Int) -> Int {
        precondition(bound > 0)
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True `percent` times out of a hundred.
    package func happens(percent: Int) -> Bool { below(100) < percent }

    /// A random (version 4) id. Kafka avoids ids whose text begins with '-', since tools take it for an option.
    package func uuid() -> UUID128 {
        while true {
            let high = next() & ~0xf000 | 0x4000
            let low = next() & ~(0b11 << 62) | 0b10 << 62
            let made = UUID128(high: high, low: low)
            if !made.description.hasPrefix("-") { return made }
        }
    }
}
