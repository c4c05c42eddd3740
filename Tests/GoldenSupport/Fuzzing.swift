import Foundation

/// How a fuzz test goes on: a number of rounds in `make test`, and in `make fuzz` for as long as `APUS_FUZZ_SECONDS` says.
///
/// Round after round has the next seed, from `APUS_SEED` (1) on, so a run that crashed does the same again.
package enum Fuzzing {
    package static let firstSeed = UInt64(ProcessInfo.processInfo.environment["APUS_SEED"] ?? "") ?? 1
    private static let seconds = Double(ProcessInfo.processInfo.environment["APUS_FUZZ_SECONDS"] ?? "")

    package static func rounds(_ count: Int, _ body: (_ seed: UInt64) throws -> Void) rethrows {
        let deadline = seconds.map { Date().addingTimeInterval($0) }
        var round = 0
        while deadline.map({ Date() < $0 }) ?? (round < count) {
            try body(firstSeed &+ UInt64(round))
            round += 1
        }
    }
}
