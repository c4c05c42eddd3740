import Seams
import Testing

/// How long a Produce request waits, and for what.
struct ProduceWaitTests {
    @Test(arguments: [1, -1] as [Int16])
    func `a batch that waits to be appended does not time out: it would stand in the log behind an error`(
        _ acks: Int16
    ) throws {
        try NodeBench(seed: 1).run { sound, bench throws(CallFailure) in
            try await sound.begin()
            try await sound.produce(acks: acks, timeout: 0)
            bench.keepBusy("sound")
            let before = bench.now
            try await sound.produce(acks: acks, timeout: 0)
            #expect(bench.now - before > .milliseconds(5), "the gate was not busy")
            try await sound.readAll()
        }
    }
}
