import ApusTesting
import Bytes
import RecordFormat
import Seams
import Testing
import Vocabulary
import WireProtocol

/// When a fetch waits for more, and when it does not: in virtual time, so that a wait shows.
struct FetchWaitTests {
    /// Ten batches of about 500 bytes, three of them to a segment.
    private func asked(_ change: @Sendable @escaping (inout FetchRequest) -> Void) throws -> Nanoseconds {
        try NodeBench(seed: 1).run { sound, bench throws(CallFailure) in
            try await sound.begin(["internal.segment.bytes": "1700"])
            for _ in 0..<10 { try await sound.produce(bytes: 430) }
            var request = sound.fetchRequest()
            (request.maxWaitMs, request.minBytes, request.maxBytes) = (5_000, 1, 50_000_000)
            change(&request)
            let before = bench.now
            _ = try await sound.wire.call(request, 17)
            return bench.now - before
        }
    }

    private func waits(_ change: @Sendable @escaping (inout FetchRequest) -> Void) throws -> Bool {
        try asked(change) >= .milliseconds(5_000)
    }

    @Test func `with more bytes wanted than there are it waits`() throws {
        let isWaiting = try waits { request in
            request.minBytes = 100_000
            request.topics[0].partitions[0].fetchOffset = 9
        }
        #expect(isWaiting)
    }

    @Test func `minimum bytes above the maximum are the maximum`() throws {
        let isWaiting = try waits { request in
            (request.minBytes, request.maxBytes) = (2_000, 1_000)
            request.topics[0].partitions[0].fetchOffset = 6
        }
        #expect(!isWaiting)
    }

    @Test func `on an older segment it does not wait, though one read gives no more than that segment has`() throws {
        #expect(try !waits { $0.minBytes = 100_000 })
        #expect(try !waits { ($0.minBytes, $0.topics[0].partitions[0].partitionMaxBytes) = (1_000, 500) })
    }
}
