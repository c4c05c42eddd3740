import ApusTesting
import Bytes
import LogStore
import RecordFormat
import ReplicaRules
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

    @Test func `indexes that a crash has left behind their log are put in place`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(3 * TestBatch().bytes.count)"])
        try log.append(TestBatch(producer: (7, 0, 0), isTransactional: true))
        try log.end(.abort, of: 7, 0)
        for _ in 0..<4 { try log.append(TestBatch()) }
        try log.close()
        for suffix in [LogFiles.timeIndex, LogFiles.transactionIndex] {
            let path = LogBench.directory + "/" + LogFiles.name(0, suffix)
            try bench.disk.rename(path, to: path + LogFiles.swap)
        }
        // One without a log goes.
        _ = try bench.disk.open(
            LogBench.directory + "/" + LogFiles.name(77, LogFiles.timeIndex + LogFiles.swap), .create)
        let (again, notes) = try bench.load(hints: Log.Hints(recoveryPoint: 6, highWatermark: 6, isClean: false))
        #expect(notes.rebuiltIndexes.isEmpty)
        let read = try again.read(from: 0, below: 6, maxBytes: 100, wholeFirst: true, withAborted: true)
        #expect(read.aborted?.map(\.producerID) == [7])
        #expect(try !bench.names().contains { $0.hasSuffix(LogFiles.swap) || $0.hasPrefix(LogFiles.name(77, "")) })
    }

    @Test func `a log can be told to be durable after every so many records`() throws {
        let log = try bench.open(["flush.messages": "3"])
        try log.append(TestBatch(timestamps: [1_000, 1_000]))
        #expect(log.recoveryPoint == 0)
        try log.append(TestBatch())
        #expect(log.recoveryPoint == 3)
        let timed = try bench.open(["flush.ms": "500"])
        #expect(!timed.isFlushDue(timed.lastFlush + 1_000))
        try timed.append(TestBatch())
        #expect(!timed.isFlushDue(timed.lastFlush + 499))
        #expect(timed.isFlushDue(timed.lastFlush + 500))
        try timed.flush(9_000)
        #expect(!timed.isFlushDue(9_500))
    }

    @Test func `an index of many entries is opened by its ends, and leads to every record`() throws {
        let settings = ["index.interval.bytes": "0"]
        let log = try bench.open(settings)
        for number in 1...9_000 as ClosedRange<Int64> { try log.append(TestBatch(timestamps: [number])) }
        try log.close()
        #expect(try bench.contents(LogFiles.name(0, LogFiles.offsetIndex)).count > 1 << 16)
        let (again, notes) = try bench.load(settings)
        #expect(notes.rebuiltIndexes.isEmpty)
        for offset in stride(from: 0, to: 9_000, by: 777) as StrideTo<Int64> {
            let read = try again.read(from: Offset(offset), below: 9_000, maxBytes: 1, wholeFirst: true)
            #expect(try read.region?.batches().first?.0.baseOffset == Offset(offset))
            #expect(try again.firstOffset(atOrAfter: Timestamp(offset + 1))?.offset == Offset(offset))
        }
        // One whose end is below its beginning is made again.
        let file = try bench.disk.open(LogBench.directory + "/" + LogFiles.name(0, LogFiles.offsetIndex), .readWrite)
        try ByteSlice([0, 0, 0, 0, 0, 0, 0, 1]).withBytes { try file.write($0, at: try file.size() - 8) }
        #expect(try bench.load(settings).notes.rebuiltIndexes == [0])
    }

    @Test func `a clean stop is not believed when segments are gone since`() throws {
        let log = try bench.open(["internal.segment.bytes": "\(2 * TestBatch().bytes.count)"])
        for sequence in 0..<4 as Range<Int32> { try log.append(TestBatch(producer: (7, 0, sequence))) }
        try log.close()
        for suffix in [LogFiles.log, LogFiles.offsetIndex, LogFiles.timeIndex] {
            try bench.disk.remove(LogBench.directory + "/" + LogFiles.name(2, suffix))
        }
        let again = try bench.open(hints: Log.Hints(recoveryPoint: 4))
        #expect(again.end == 2)
        #expect(again.producers.state(of: 7)?.lastSequence == 1)
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

    @Test func `with flush.messages=1 what a killed process has left is flushed before it is served again`() throws {
        let bench = try LogBench()
        // Written, and not flushed before the end came: a client that sends it again is told that it is there.
        try bench.open().append(TestBatch(producer: (id: 7, epoch: 0, sequence: 0)))
        bench.crash()
        let log = try bench.open(["flush.messages": "1"], hints: Log.Hints(isClean: false))
        #expect(log.end == 1 && log.recoveryPoint == 1)
        #expect(try log.append(TestBatch(producer: (id: 7, epoch: 0, sequence: 0))).isDuplicate)
        bench.crash(losingPower: true)
        #expect(try bench.open(hints: Log.Hints(isClean: false)).end == 1)
    }
}
