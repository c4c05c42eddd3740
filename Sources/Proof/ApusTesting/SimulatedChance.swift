import Seams

/// Random numbers from a seed (SplitMix64: one state word, every seed is as good as another).
///
/// **Owner**: one simulation, on its one thread; that makes it `Sendable`.
package final class SimulatedChance: Chance, @unchecked Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    /// A number in `range`, which must not be empty.
    package func between(_ range: ClosedRange<Int64>) -> Int64 {
        let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
        guard width < .max else { return Int64(bitPattern: next()) }
        return range.lowerBound &+ Int64(bitPattern: next().multipliedFullWidth(by: width + 1).high)
    }

    /// A span of time in `range`.
    package func delay(_ range: ClosedRange<Nanoseconds>) -> Nanoseconds {
        Nanoseconds(between(range.lowerBound.count...range.upperBound.count))
    }

    /// Spreads every bit of `word` over the whole result.
    static func mix(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
