import ApusTesting
import Bytes
import LogStore
import Seams
import Testing
import Vocabulary

/// A disk that fails closes its log, and never makes it shorter.
struct DiskFaultTests {
    private let bench: LogBench

    init() throws { bench = try LogBench() }

    private func fail(_ operation: SimulatedDisk.Operation, _ suffix: String) {
        bench.disk.fault = { $0 == operation && $1.hasSuffix(suffix) ? .inputOutput : nil }
    }

    @Test func `after a failed write the log takes nothing more, until it is opened again`() throws {
        let log = try bench.open()
        try log.append(TestBatch())
        fail(.write, LogFiles.log)
        #expect(throws: AppendError.self) { try log.append(TestBatch()) }
        bench.disk.fault = nil
        #expect(throws: AppendError.offline) { try log.append(TestBatch()) }
        #expect(throws: LogError.self) { try log.close() }
        #expect(log.end == 1)
        let again = try bench.open(hints: Log.Hints(isClean: false))
        #expect(try again.append(TestBatch()).firstOffset == 1)
    }

    @Test func `a failed sync closes the log: what the disk has is not known any more`() throws {
        let log = try bench.open()
        try log.append(TestBatch())
        fail(.sync, LogFiles.log)
        #expect(throws: LogError.self) { try log.flush(1_000) }
        bench.disk.fault = nil
        #expect(log.failure != nil)
        #expect(log.recoveryPoint == 0)
        #expect(throws: AppendError.offline) { try log.append(TestBatch()) }
    }

    @Test func `a sync that fails on the disk pool closes the log`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(TestBatch().bytes.count)"])
        fail(.sync, LogFiles.log)
        try log.append(TestBatch())
        try log.append(TestBatch())
        try bench.settle()
        #expect(log.failure != nil)
        #expect(log.recoveryPoint == 0)
    }

    @Test func `a disk that cannot be read during recovery does not end the log there`() throws {
        let log = try bench.open()
        for _ in 0..<3 { try log.append(TestBatch()) }
        bench.crash()
        fail(.read, LogFiles.log)
        #expect(throws: LogError.self) { try bench.open(hints: Log.Hints(isClean: false)) }
        bench.disk.fault = nil
        #expect(try bench.open(hints: Log.Hints(isClean: false)).end == 3)
    }

    @Test func `the recovery point waits for every segment before it`() throws {
        let size = TestBatch().bytes.count
        let log = try bench.open(["internal.segment.bytes": "\(size)"])
        try log.append(TestBatch())
        try log.append(TestBatch())
        #expect(log.recoveryPoint == 0)
        try bench.settle()
        #expect(log.recoveryPoint == 1)
        try log.append(TestBatch())
        try log.flush(1_000)
        #expect(log.recoveryPoint == 3)
        bench.crash(losingPower: true)
        #expect(try bench.open(hints: Log.Hints(recoveryPoint: 3, isClean: false)).end == 3)
    }

    @Test func `a segment that was flushed to its end is trusted after a crash, and its index is there`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(2 * TestBatch().bytes.count)"])
        try log.append(TestBatch(timestamps: [1_000]))
        try log.append(TestBatch(timestamps: [2_000]))
        try log.flush(1_000)
        try log.append(TestBatch(timestamps: [3_000]))
        bench.crash()
        let again = try bench.open(hints: Log.Hints(recoveryPoint: 2, isClean: false))
        #expect(try again.firstOffset(atOrAfter: 1_500)?.offset == 1)
    }

    @Test func `a log whose segment lost its end with the power ends there`() throws {
        let size = TestBatch().bytes.count
        let log = try bench.open(["internal.segment.bytes": "\(3 * size)"])
        for _ in 0..<4 { try log.append(TestBatch()) }
        // The disk pool had no time to seal the first segment, and its file is as short as if it had never been longer.
        bench.crash()
        try bench.disk.open(LogBench.directory + "/" + LogFiles.name(0, LogFiles.log), .readWrite)
            .truncate(to: Int64(2 * size))
        let (again, notes) = try bench.load(hints: Log.Hints(isClean: false))
        #expect(again.end == 2)
        #expect(notes.droppedSegments == [3])
    }

    @Test func `leftovers and broken small files are typed errors or made again`() throws {
        let log = try bench.open()
        try log.append(TestBatch(), epoch: 3)
        try log.close()
        for name in [LogFiles.leaderEpochs, LogFiles.name(1, LogFiles.producerSnapshot)] {
            let file = try bench.disk.open(LogBench.directory + "/" + name, .truncate)
            try ByteSlice(utf8: "words").withBytes { try file.write($0, at: 0) }
        }
        let again = try bench.open()
        #expect(again.end == 1)
        #expect(again.latestEpoch == 3)
    }
}
