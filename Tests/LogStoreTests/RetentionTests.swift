import ApusTesting
import Bytes
import LogStore
import RecordFormat
import ReplicaRules
import Seams
import Testing
import Vocabulary

/// What goes from a log's head, and what does not.
struct RetentionTests {
    private let bench: LogBench
    private let size = TestBatch().bytes.count

    init() throws { bench = try LogBench() }

    /// A log of one batch a segment, record times 1000, 2000 and so on.
    private func log(_ count: Int64, _ overrides: [String: String], highWatermark: Offset? = nil) throws -> Log {
        let log = try bench.open(
            overrides.merging(["internal.segment.bytes": "\(size)"]) { given, _ in given })
        for index in 0..<count { try log.append(TestBatch(timestamps: [1_000 * (index + 1)])) }
        log.raiseHighWatermark(to: highWatermark ?? log.end)
        return log
    }

    @Test func `segments older than retention.ms go, up to the first that is not`() throws {
        let log = try log(5, ["retention.ms": "10000"])
        // Exactly as old as allowed is not too old.
        #expect(try log.retain(now: 13_000).map(\.baseOffset) == [0, 1])
        #expect(log.start == 2)
        #expect(log.end == 5)
        #expect(try log.retain(now: 13_000).isEmpty)
    }

    @Test func `a log of old records alone becomes an empty one that goes on from its end`() throws {
        let log = try log(3, ["retention.ms": "10000"])
        #expect(try log.retain(now: 1_000_000).count == 3)
        #expect(log.start == 3)
        #expect(log.end == 3)
        #expect(log.segmentCount == 1)
        #expect(try log.append(TestBatch()).firstOffset == 3)
        try bench.settle()
        try log.close()
        let again = try bench.open()
        #expect(again.start == 3)
        #expect(again.end == 4)
    }

    @Test func `an empty active segment stays`() throws {
        let log = try bench.open(["retention.ms": "1"])
        #expect(try log.retain(now: 1_000_000).isEmpty)
    }

    @Test func `nothing above the high watermark goes`() throws {
        let log = try log(5, ["retention.ms": "1"], highWatermark: 2)
        #expect(try log.retain(now: 1_000_000).map(\.baseOffset) == [0, 1])
        #expect(log.start == 2)
    }

    @Test func `the oldest segments go while what stays is not below retention.bytes`() throws {
        let log = try log(5, ["retention.bytes": "\(2 * size + 1)", "retention.ms": "-1"])
        #expect(try log.retain(now: 1_000_000).map(\.baseOffset) == [0, 1])
        #expect(log.size == Int64(3 * size))
    }

    @Test func `a compacted log loses only what lies below its start`() throws {
        let log = try bench.open([
            "internal.segment.bytes": "\(size)", "retention.ms": "1", "retention.bytes": "1",
            "cleanup.policy": "compact",
        ])
        // Compacted topics want keys; a follower takes what its leader has.
        for base in 0..<4 as Range<Int64> {
            _ = try log.appendAsFollower(TestBatch(base: Offset(base), epoch: 0).bytes, epoch: 0, now: 1_000)
        }
        log.raiseHighWatermark(to: log.end)
        #expect(try log.retain(now: 1_000_000).isEmpty)
        try log.raiseStart(to: 2)
        #expect(try log.retain(now: 1_000_000).map(\.baseOffset) == [0, 1])
    }

    @Test func `a start in the middle of a segment keeps the segment and hides what is before it`() throws {
        let log = try bench.open()
        for _ in 0..<4 { try log.append(TestBatch()) }
        log.raiseHighWatermark(to: 4)
        try log.raiseStart(to: 2)
        #expect(try log.retain(now: 2_000).isEmpty)
        #expect(throws: LogError.outOfRange(1, start: 2, end: 4)) {
            try log.read(from: 1, below: 4, maxBytes: 100, wholeFirst: true)
        }
        #expect(try log.firstOffset(atOrAfter: 0)?.offset == 2)
        #expect(throws: LogError.outOfRange(5, start: 2, end: 4)) { try log.raiseStart(to: 5) }
        #expect(try !log.raiseStart(to: 1))
    }

    @Test func `files are renamed first, and who reads from them goes on reading`() throws {
        let log = try log(3, ["retention.ms": "10000"])
        let region = try #require(try log.read(from: 0, below: 3, maxBytes: size, wholeFirst: true).region)
        let gone = try log.retain(now: 12_000)
        #expect(gone.map(\.baseOffset) == [0])
        let deleted = try bench.names().filter { $0.hasSuffix(LogFiles.deleted) }
        #expect(deleted.contains(LogFiles.name(0, LogFiles.log) + LogFiles.deleted))
        gone[0].remove()
        #expect(try bench.names().filter { $0.hasSuffix(LogFiles.deleted) }.isEmpty)
        #expect(try region.batches().map(\.0.baseOffset) == [0])
    }

    @Test func `what is known of producers outlives their batches, though the power fails at once`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(size)", "retention.ms": "10000"])
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        // With this the recovery point is where the next segment begins.
        try log.flush(1_000)
        try log.append(TestBatch(timestamps: [100_000]))
        log.raiseHighWatermark(to: 2)
        #expect(try log.retain(now: 100_000).map(\.baseOffset) == [0])
        // The kernel has written all back by chance.
        for name in try bench.names() { try bench.disk.open(LogBench.directory + "/" + name, .readWrite).sync() }
        try bench.disk.syncDirectory(LogBench.directory)
        bench.crash(losingPower: true)
        let again = try bench.open(hints: Log.Hints(recoveryPoint: 1, start: 1, isClean: false))
        #expect(again.end == 2)
        #expect(again.producers.state(of: 7)?.transactionStart == 0)
    }

    @Test func `renamed files that a crash has left go at the next start`() throws {
        let log = try log(3, ["retention.ms": "10000"])
        _ = try log.retain(now: 12_000)
        bench.crash()
        let again = try bench.open(hints: Log.Hints(isClean: false))
        #expect(again.start == 1)
        #expect(try bench.names().filter { $0.hasSuffix(LogFiles.deleted) }.isEmpty)
    }
}
