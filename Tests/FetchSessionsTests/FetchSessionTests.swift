import FetchSessions
import Testing
import Vocabulary

struct FetchSessionTests {
    private func target(_ partition: Int32, offset: Int64 = 0, id: TopicID = .zero) -> FetchTarget {
        FetchTarget(
            topic: id == .zero ? "t" : nil, topicID: id, partition: PartitionIndex(partition),
            fetchOffset: Offset(offset), maxBytes: 1_048_576)
    }

    private func request(
        _ id: Int32, _ epoch: Int32, _ targets: [FetchTarget] = [], forgotten: [FetchKey] = [], ids: Bool = false,
        follower: Bool = false
    ) -> FetchSessionRequest {
        FetchSessionRequest(
            sessionID: id, sessionEpoch: epoch, usesTopicIDs: ids, isFollower: follower, targets: targets,
            forgotten: forgotten)
    }

    private func same(_ highWatermark: Int64 = 10, records: Bool = false, error: Bool = false) -> FetchOutcome {
        FetchOutcome(
            hasRecords: records, hasError: error, highWatermark: Offset(highWatermark), logStartOffset: 0)
    }

    /// A full request for partitions 0 to `count` - 1; the new session's id.
    private func open(
        _ cache: inout FetchSessionCache, _ count: Int32, now: Int64 = 0, follower: Bool = false, seed: UInt64 = 1
    ) throws -> Int32 {
        let context = try cache.begin(
            request(0, 0, (0..<count).map { target($0) }, follower: follower), now: now, nameOf: { _ in nil })
        var number = seed
        return cache.finish(context, Array(repeating: same(), count: Int(count)), now: now) {
            number = number &* 0x9e37_79b9_7f4a_7c15 &+ 1
            return number
        }.sessionID
    }

    private func partitions(_ context: FetchContext) -> [Int32] { context.targets.map(\.partition.rawValue) }

    @Test func `a full request makes a session and names every partition`() throws {
        var cache = FetchSessionCache(slots: 10)
        let context = try cache.begin(request(0, 0, [target(0), target(1)]), now: 0, nameOf: { _ in nil })
        let answer = cache.finish(context, [same(), same()], now: 0, random: { 1 << 40 })
        #expect(answer.sessionID > 0)
        #expect(answer.named == [0, 1])
        #expect(cache.sessionCount == 1)
    }

    @Test func `an epoch of -1 does without a session and closes the one it names`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 2)
        let context = try cache.begin(request(id, -1, [target(0)]), now: 0, nameOf: { _ in nil })
        #expect(cache.finish(context, [same()], now: 0, random: { 0 }) == FetchSessionAnswer(sessionID: 0, named: [0]))
        #expect(cache.sessionCount == 0)
    }

    @Test func `an incremental answer names only what changed`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 5)
        var outcomes = Array(repeating: same(), count: 5)
        outcomes[1] = same(11)
        outcomes[2] = same(records: true)
        outcomes[3].logStartOffset = 4
        outcomes[4].isDiverging = true
        var context = try cache.begin(request(id, 1), now: 0, nameOf: { _ in nil })
        #expect(partitions(context) == [0, 1, 2, 3, 4])
        #expect(cache.finish(context, outcomes, now: 0, random: { 0 }).named == [1, 2, 3, 4])
        // Partition 2 returned records, so it is served last now.
        context = try cache.begin(request(id, 2), now: 0, nameOf: { _ in nil })
        #expect(partitions(context) == [0, 1, 3, 4, 2])
    }

    @Test func `after an error the partition is named again`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 1)
        func ask(_ epoch: Int32, _ outcome: FetchOutcome) throws -> [Int] {
            let context = try cache.begin(request(id, epoch), now: 0, nameOf: { _ in nil })
            return cache.finish(context, [outcome], now: 0, random: { 0 }).named
        }
        #expect(try ask(1, same(error: true)) == [0])
        #expect(try ask(2, same(error: true)) == [0])
        #expect(try ask(3, same()) == [0])
        #expect(try ask(4, same()) == [])
    }

    @Test func `partitions are added, changed in place and forgotten`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 3)
        let context = try cache.begin(
            request(id, 1, [target(7), target(1, offset: 55)], forgotten: [FetchKey(topic: "t", partition: 0)]),
            now: 0, nameOf: { _ in nil })
        #expect(partitions(context) == [1, 2, 7])
        #expect(context.targets[0].fetchOffset == 55)
    }

    @Test func `forgetting all partitions ends the session`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 1)
        let context = try cache.begin(
            request(id, 1, forgotten: [FetchKey(topic: "t", partition: 0)]), now: 0, nameOf: { _ in nil })
        #expect(cache.finish(context, [], now: 0, random: { 0 }) == FetchSessionAnswer(sessionID: 0))
        #expect(cache.sessionCount == 0)
    }

    @Test func `a wrong epoch, an unknown id and a change of naming are refused`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 1)
        #expect(throws: FetchSessionError.sessionIDNotFound) {
            try cache.begin(request(id + 1, 1), now: 0, nameOf: { _ in nil })
        }
        #expect(throws: FetchSessionError.sessionIDNotFound) {
            try cache.begin(request(-5, 1), now: 0, nameOf: { _ in nil })
        }
        #expect(throws: FetchSessionError.invalidSessionEpoch) {
            try cache.begin(request(id, 2), now: 0, nameOf: { _ in nil })
        }
        #expect(throws: FetchSessionError.topicIDError) {
            try cache.begin(request(id, 1, ids: true), now: 0, nameOf: { _ in nil })
        }
        #expect(FetchSessionError.sessionIDNotFound.code == 70)
        #expect(FetchSessionError.invalidSessionEpoch.code == 71)
        #expect(FetchSessionError.topicIDError.code == 106)
        // None of that moved the session on.
        #expect(throws: Never.self) { try cache.begin(request(id, 1), now: 0, nameOf: { _ in nil }) }
    }

    @Test func `epochs wrap from the largest to 1`() {
        #expect(FetchSessionEpoch.next(after: 0) == 1)
        #expect(FetchSessionEpoch.next(after: .max) == 1)
        #expect(FetchSessionEpoch.next(after: -1) == -1)
    }

    @Test func `a request that another of its session overtook is refused`() throws {
        var cache = FetchSessionCache(slots: 10)
        let id = try open(&cache, 1)
        let slow = try cache.begin(request(id, 1), now: 0, nameOf: { _ in nil })
        _ = try cache.begin(request(id, 2), now: 0, nameOf: { _ in nil })
        #expect(
            cache.finish(slow, [same()], now: 0, random: { 0 })
                == FetchSessionAnswer(error: .invalidSessionEpoch, sessionID: id))
    }

    @Test func `an unknown topic id stays in the session until it has a name`() throws {
        var cache = FetchSessionCache(slots: 10)
        let topic = UUID128(high: 1, low: 2)
        var context = try cache.begin(request(0, 0, [target(0, id: topic)], ids: true), now: 0, nameOf: { _ in nil })
        #expect(context.targets[0].topic == nil)
        let outcome = FetchOutcome(hasError: true, highWatermark: .none, logStartOffset: .none)
        let id = cache.finish(context, [outcome], now: 0, random: { 77 << 33 }).sessionID
        context = try cache.begin(request(id, 1, ids: true), now: 0, nameOf: { $0 == topic ? "named" : nil })
        #expect(context.targets[0].topic == "named")
        #expect(cache.finish(context, [same()], now: 0, random: { 0 }).named == [0])
    }

    @Test func `a partition named twice is fetched once, as asked for last`() throws {
        var cache = FetchSessionCache(slots: 10)
        let context = try cache.begin(
            request(0, -1, [target(0, offset: 1), target(1), target(0, offset: 2)]), now: 0, nameOf: { _ in nil })
        #expect(partitions(context) == [0, 1])
        #expect(context.targets[0].fetchOffset == 2)
    }

    @Test func `a full cache refuses a consumer while no session is old`() throws {
        var cache = FetchSessionCache(slots: 2)
        let first = try open(&cache, 1, seed: 3)
        _ = try open(&cache, 2, now: 1, seed: 4)
        #expect(try open(&cache, 100, now: 120_000) == 0)
        // Not used for longer than two minutes: the oldest goes.
        #expect(try open(&cache, 1, now: 120_001, seed: 5) != 0)
        #expect(cache.evictions == 1)
        #expect(throws: FetchSessionError.sessionIDNotFound) {
            try cache.begin(request(first, 1), now: 120_001, nameOf: { _ in nil })
        }
    }

    @Test func `a follower evicts a young consumer's session, the smallest, and never a young follower's`() throws {
        var cache = FetchSessionCache(slots: 2)
        let large = try open(&cache, 9, seed: 3)
        let small = try open(&cache, 2, seed: 4)
        #expect(try open(&cache, 1, now: 1, follower: true, seed: 5) != 0)
        #expect(throws: FetchSessionError.sessionIDNotFound) {
            try cache.begin(request(small, 1), now: 1, nameOf: { _ in nil })
        }
        #expect(try open(&cache, 1, now: 1, follower: true, seed: 6) != 0)
        #expect(throws: FetchSessionError.sessionIDNotFound) {
            try cache.begin(request(large, 1), now: 1, nameOf: { _ in nil })
        }
        #expect(try open(&cache, 100, now: 2, follower: true) == 0)
    }

    @Test func `a consumer evicts a session that has lived long only if it is no larger`() throws {
        var cache = FetchSessionCache(slots: 1)
        let id = try open(&cache, 5)
        _ = try cache.begin(request(id, 1), now: 120_001, nameOf: { _ in nil })
        #expect(try open(&cache, 4, now: 120_002) == 0)
        #expect(try open(&cache, 6, now: 120_002, seed: 9) != 0)
    }

    @Test func `a throttled answer is empty and makes no session`() throws {
        var cache = FetchSessionCache(slots: 10)
        let full = try cache.begin(request(0, 0, [target(0)]), now: 0, nameOf: { _ in nil })
        #expect(cache.throttled(full) == FetchSessionAnswer(sessionID: 0))
        let id = try open(&cache, 1)
        let context = try cache.begin(request(id, 1), now: 0, nameOf: { _ in nil })
        #expect(cache.throttled(context) == FetchSessionAnswer(sessionID: id))
    }

    @Test func `shards draw their ids from ranges of their own`() throws {
        var seen: [ClosedRange<Int32>] = []
        for shard in 0..<4 {
            var cache = FetchSessionCache(slots: 400, shard: shard, of: 4)
            let ids = try (1...50).map { try open(&cache, 1, seed: UInt64($0) << 57) }
            let (low, high) = (ids.min()!, ids.max()!)
            #expect(low > 0)
            #expect(seen.allSatisfy { $0.upperBound < low })
            seen.append(low...high)
        }
    }
}
