import Foundation

/// Which seeds are simulated: `APUS_SEEDS` (200) from `APUS_SEED` (1) on. One failing seed n replays with
/// `make simulate SEED=n SEEDS=1`.
enum Seeds {
    static let first = number("APUS_SEED") ?? 1
    static let count = number("APUS_SEEDS") ?? 200
    static let all = (0..<count).map { first &+ $0 }

    /// Every event of the run on standard output, for one seed at a time.
    static let isTold = number("APUS_TELL") == 1

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    static func howToReplay(_ seed: UInt64) -> String {
        "seed \(seed) failed; it replays with: make simulate SEED=\(seed) SEEDS=1 (APUS_TELL=1 tells what happens)"
    }
}
