import Seams

/// Broken bytes for fuzzing.
extension SimulatedChance {
    /// Breaks `bytes` in one to four places: another value, one at a type's edge, a cut, a byte too many or too few.
    package func mutate(_ bytes: inout [UInt8]) {
        for _ in 0...below(4) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(5) {
            case 0: bytes[place] = UInt8(below(256))
            case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff][below(5)]
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(0xff, at: place)
            default: bytes.remove(at: place)
            }
        }
    }

    /// `count` bytes of no meaning.
    package func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
