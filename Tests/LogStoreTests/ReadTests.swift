import Bytes
import GoldenSupport
import LogStore
import RecordFormat
import ReplicaRules
import Seams
import Testing
import Vocabulary

/// What a fetch gets from a log.
struct ReadTests {
    private let bench: LogBench
    private let size = TestBatch().bytes.count

    init() throws { bench = try LogBench() }

    private func log(_ count: Int, perSegment: Int = 3) throws -> Log {
        let log = try bench.open(["internal.segment.bytes": "\(perSegment * size)", "index.interval.bytes": "0"])
        for _ in 0..<count { try log.append(TestBatch()) }
        return log
    }

    private func read(
        _ log: Log, from offset: Offset, below limit: Offset = 1_000, maxBytes: Int = 1 << 20, wholeFirst: Bool = true
    ) throws -> [Offset] {
        try log.read(from: offset, below: limit, maxBytes: maxBytes, wholeFirst: wholeFirst).region?.batches()
            .map(\.0.baseOffset) ?? []
    }

    @Test func `the first batch comes whole though it is too large, or not at all`() throws {
        let log = try log(3)
        #expect(try read(log, from: 1, maxBytes: size - 1) == [1])
        #expect(try log.read(from: 1, below: 3, maxBytes: size - 1, wholeFirst: false).region == nil)
        #expect(try read(log, from: 1, maxBytes: 0) == [1])
        #expect(try log.read(from: 1, below: 3, maxBytes: 0, wholeFirst: false).region == nil)
    }

    @Test func `a read takes as many bytes as it may, and the last batch may be cut short`() throws {
        let log = try log(3)
        let read = try log.read(from: 0, below: 3, maxBytes: 2 * size + 5, wholeFirst: false)
        #expect(read.count == 2 * size + 5)
        #expect(try read.region?.batches().map(\.0.baseOffset) == [0, 1])
    }

    @Test func `a read ends at its segment's end, and the next one begins there`() throws {
        let log = try log(8)
        #expect(try read(log, from: 1) == [1, 2])
        #expect(try read(log, from: 3) == [3, 4, 5])
        #expect(try read(log, from: 6) == [6, 7])
        #expect(try read(log, from: 8) == [])
    }

    @Test(arguments: 0...9 as ClosedRange<Int64>)
    func `nothing at or above the limit is given, wherever it lies`(_ limit: Int64) throws {
        let log = try log(9)
        for offset in 0..<9 as Range<Int64> {
            let expected = (offset..<max(offset, min(limit, (offset / 3 + 1) * 3))).map { Offset($0) }
            #expect(try read(log, from: Offset(offset), below: Offset(limit)) == expected, "from \(offset)")
        }
    }

    @Test func `the limit is not passed though the first batch is to come whole`() throws {
        let log = try log(3)
        #expect(try read(log, from: 1, below: 1, maxBytes: 1) == [])
        #expect(try read(log, from: 2, below: 1, maxBytes: 1) == [])
    }

    @Test func `offsets before the start and behind the end are out of range, the end itself is not`() throws {
        let log = try log(3)
        #expect(throws: LogError.outOfRange(4, start: 0, end: 3)) { try read(log, from: 4) }
        #expect(throws: LogError.outOfRange(-1, start: 0, end: 3)) { try read(log, from: -1) }
        #expect(try read(log, from: 3) == [])
    }

    @Test func `an offset in a gap finds the next batch, in the next segment if need be`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(2 * size)", "index.interval.bytes": "0"])
        for base in [0, 10, 20, 30] as [Offset] {
            _ = try log.appendAsFollower(TestBatch(base: base, epoch: 0).bytes, epoch: 0, now: 1_000)
        }
        #expect(log.segmentCount == 2)
        #expect(try read(log, from: 1) == [10])
        #expect(try read(log, from: 5, below: 10) == [])
        #expect(try read(log, from: 11) == [20, 30])
        #expect(try read(log, from: 19, below: 21) == [20])
        #expect(try read(log, from: 21) == [30])
    }

    @Test func `batches are walked over segments and gaps, and the walk ends when it is told to`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(2 * size)"])
        for base in [0, 10, 20, 30, 40] as [Offset] {
            _ = try log.appendAsFollower(TestBatch(base: base, epoch: 0).bytes, epoch: 0, now: 1_000)
        }
        var seen: [Offset] = []
        try log.eachBatch(from: 5, to: 40) { header, bytes in
            seen.append(header.baseOffset)
            return bytes.count == header.sizeInBytes && header.baseOffset < 30
        }
        #expect(seen == [10, 20, 30])
    }

    // MARK: Transactions

    @Test func `an open transaction holds the last stable offset, and its end lets it go`() throws {
        let log = try bench.open()
        try log.append(TestBatch())
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        try log.append(TestBatch())
        log.raiseHighWatermark(to: log.end)
        #expect(log.bounds.lastStable == 1)
        try log.end(.commit, of: 7, 0)
        // The marker has to be replicated first.
        #expect(log.lastStableOffset == 1)
        log.raiseHighWatermark(to: log.end)
        #expect(log.lastStableOffset == 4)
    }

    @Test func `the last stable offset is never below the log's start`() throws {
        let log = try bench.open()
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        for _ in 0..<3 { try log.append(TestBatch()) }
        log.raiseHighWatermark(to: log.end)
        try log.raiseStart(to: 2)
        #expect(log.lastStableOffset == 2)
    }

    @Test func `markers that were replicated before a restart hold nothing back after it`() throws {
        let log = try bench.open()
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        try log.end(.abort, of: 7, 0)
        log.raiseHighWatermark(to: log.end)
        bench.crash()
        let again = try bench.open(hints: Log.Hints(highWatermark: 2, isClean: false))
        #expect(again.lastStableOffset == 2)
    }

    @Test func `aborted transactions are told of with the range that they overlap, though they ended segments later`()
        throws
    {
        let log = try bench.open(["internal.segment.bytes": "\(2 * size)"])
        try log.append(TestBatch())
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        for _ in 0..<4 { try log.append(TestBatch()) }
        try log.end(.abort, of: 7, 0)
        try log.append(TestBatch())
        log.raiseHighWatermark(to: log.end)
        func aborted(from offset: Offset) throws -> [Offset]? {
            try log.read(from: offset, below: log.end, maxBytes: 1 << 20, wholeFirst: true, withAborted: true)
                .aborted?.map(\.firstOffset)
        }
        #expect(log.segmentCount >= 4)
        #expect(try aborted(from: 0) == [1])
        #expect(try aborted(from: 4) == [1])
        #expect(try aborted(from: 7) == [])
        #expect(try log.read(from: 0, below: log.end, maxBytes: 100, wholeFirst: true).aborted == nil)
    }

    @Test func `aborted transactions are told of whatever bytes follow a read that cuts a batch short`() throws {
        let log = try bench.open()
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        // In the middle of it stands what looks like the header of an old message at offset 0.
        let header = String(repeating: "\0", count: 11) + " "
        let value = header + String(repeating: "\0", count: 400)
        try log.append(TestBatch(value: value, producer: (7, 0, 1), isTransactional: true))
        try log.end(.abort, of: 7, 0)
        log.raiseHighWatermark(to: log.end)
        for extra in 0..<460 {
            let read = try log.read(
                from: 0, below: log.end, maxBytes: size + extra, wholeFirst: true, withAborted: true)
            #expect(read.aborted?.map(\.firstOffset) == [0], "\(extra) bytes of the second batch")
        }
    }

    @Test func `a read tells whether a later segment has more below the limit`() throws {
        let log = try log(8)
        func goesOn(_ from: Offset, below limit: Offset) throws -> Bool {
            try log.read(from: from, below: limit, maxBytes: 1, wholeFirst: true).goesOn
        }
        #expect(try goesOn(1, below: 8) && goesOn(1, below: 4))
        #expect(try !goesOn(0, below: 2) && !goesOn(6, below: 8) && !goesOn(8, below: 8))
    }

    // MARK: By time

    @Test func `the first record of the largest timestamp is found, and the first at or after any`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(2 * size)"])
        for time in [5_000, 2_000, 9_000, 1_000, 9_000, 3_000] as [Int64] {
            try log.append(TestBatch(timestamps: [time]))
        }
        #expect(try log.offsetOfMaxTimestamp()?.offset == 2)
        let asked: [Timestamp: Offset?] = [
            0: 0, 5_000: 0, 5_001: 2, 9_000: 2, 9_001: nil, Timestamp(.min): 0, Timestamp(.max): nil,
        ]
        for (time, offset) in asked { #expect(try log.firstOffset(atOrAfter: time)?.offset == offset, "\(time)") }
    }

    /// What a log of before magic 2 holds: Kafka's own bytes, offsets and timestamps.
    @Test func `a search by time looks into the compressed sets of magic 1, and finds nothing in magic 0`() throws {
        let log = try bench.open()
        let goldens = try Fixture.lines("records/batches.jsonl")
        for name in ["v0-gzip", "v1-gzip-gaps"] {
            let golden = try #require(goldens.first { $0["name"] as? String == name })
            _ = try log.appendAsFollower(decoded(golden["base64"]), epoch: 0, now: 0)
        }
        #expect(try log.firstOffset(atOrAfter: 0)?.offset == 400)
        #expect(try log.firstOffset(atOrAfter: 1_700_775_155_771)?.offset == 402)
        #expect(try log.firstOffset(atOrAfter: 1_700_775_155_775)?.timestamp == 1_700_775_155_775)
        #expect(try log.firstOffset(atOrAfter: 1_700_775_155_776)?.offset == 411)
        #expect(try log.offsetOfMaxTimestamp()?.offset == 411)
        #expect(log.end == 412)
    }
}
