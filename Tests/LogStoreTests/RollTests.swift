import ApusTesting
import Bytes
import LogStore
import RecordFormat
import Testing
import Vocabulary

/// When a log begins a new segment.
struct RollTests {
    private let bench: LogBench

    init() throws { bench = try LogBench() }

    private func bases() throws -> [Offset] {
        try PartitionFiles(disk: bench.disk, directory: LogBench.directory).names(LogFiles.log).map(\.offset)
    }

    @Test func `a segment takes batches up to its size to the byte`() throws {
        let size = TestBatch().bytes.count
        let log = try bench.open(["internal.segment.bytes": "\(2 * size)"])
        for _ in 0..<5 { try log.append(TestBatch()) }
        #expect(try bases() == [0, 2, 4])
    }

    @Test func `a segment gets old by the time of its records, counted from its first batch`() throws {
        let log = try bench.open(["segment.ms": "1000"])
        try log.append(TestBatch(timestamps: [9_000, 10_000]))
        try log.append(TestBatch(timestamps: [5_000]), now: 50_000)
        try log.append(TestBatch(timestamps: [11_000]), now: 50_000)
        #expect(try bases() == [0])
        try log.append(TestBatch(timestamps: [11_001]), now: 50_000)
        #expect(try bases() == [0, 4])
    }

    @Test func `the age of a segment is known after a restart too`() throws {
        let log = try bench.open(["segment.ms": "1000"])
        try log.append(TestBatch(timestamps: [10_000]))
        try log.close()
        let again = try bench.open(["segment.ms": "1000"])
        try again.append(TestBatch(timestamps: [11_001]), now: 50_000)
        #expect(try bases() == [0, 1])
    }

    @Test func `without timestamps a segment gets old by the clock`() throws {
        let log = try bench.open(["segment.ms": "1000"])
        let made = bench.now
        try log.append(TestBatch(timestamps: [-1]), now: made + 900)
        try log.append(TestBatch(timestamps: [-1]), now: made + 1_000)
        #expect(try bases() == [0])
        try log.append(TestBatch(timestamps: [-1]), now: made + 1_001)
        #expect(try bases() == [0, 2])
    }

    @Test func `a full index ends a segment, with a place in the time index left for its last entry`() throws {
        // Two entries of 12 bytes. The first batch of a segment has none, the second has one.
        let log = try bench.open(["segment.index.bytes": "24", "index.interval.bytes": "0"])
        for time in 1...6 as ClosedRange<Int64> { try log.append(TestBatch(timestamps: [1_000 * time])) }
        #expect(try bases() == [0, 2, 4])
        try bench.settle()
        let times = try bench.contents(LogFiles.name(0, LogFiles.timeIndex))
        #expect(times.count <= 24)
    }

    @Test func `the index of a rolled segment ends with its largest timestamp`() throws {
        let size = TestBatch().bytes.count
        let log = try bench.open(["internal.segment.bytes": "\(3 * size)"])
        for time in [3_000, 9_000, 4_000, 5_000] as [Int64] { try log.append(TestBatch(timestamps: [time])) }
        try bench.settle()
        let files = PartitionFiles(disk: bench.disk, directory: LogBench.directory)
        #expect(
            try files.segments().first
                == PartitionFiles.line(0, 3 * size, [], ["9000>1"], []))
    }

    @Test func `records of the first millisecond of 1970 are found after a clean restart`() throws {
        let log = try bench.open()
        try log.append(TestBatch(timestamps: [0]))
        try log.close()
        let (again, notes) = try bench.load()
        #expect(notes.rebuiltIndexes.isEmpty)
        #expect(try again.firstOffset(atOrAfter: 0)?.offset == 0)
    }

    @Test func `a segment keeps one file open, whatever is looked up in its indexes`() throws {
        let settings = ["internal.segment.bytes": "2000", "index.interval.bytes": "100"]
        var log = try bench.open(settings)
        for number in 1...200 { try log.append(TestBatch(timestamps: [Int64(number)])) }
        try bench.settle()
        let segments = try bases().count
        #expect(segments > 5)
        for _ in 0..<2 {
            for number in stride(from: Int64(0), to: 200, by: 7) {
                let offset = Offset(number)
                let read = try log.read(from: offset, below: log.end, maxBytes: 1, wholeFirst: true)
                #expect(try read.region?.batches().first?.0.baseOffset == offset)
                #expect(try log.firstOffset(atOrAfter: Timestamp(number + 1))?.offset == offset)
            }
            #expect(bench.disk.openFiles == segments)
            try log.close()
            log = try bench.open(settings, hints: Log.Hints(isClean: true))
        }
    }
}
