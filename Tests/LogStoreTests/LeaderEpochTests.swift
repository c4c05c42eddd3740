import ApusTesting
import LogStore
import RecordFormat
import Seams
import Testing
import Vocabulary

/// Which leader wrote what (KIP-101, KIP-279).
struct LeaderEpochTests {
    private let bench: LogBench

    init() throws { bench = try LogBench() }

    private func ends(_ log: Log, _ epoch: LeaderEpoch) -> [Int64] {
        let (found, end) = log.end(of: epoch)
        return [Int64(found.rawValue), end.rawValue]
    }

    /// Epoch 2 from 0, epoch 5 from 3, epoch 7 from 5, to the end at 6.
    private func log() throws -> Log {
        let log = try bench.open()
        for epoch in [2, 2, 2, 5, 5, 7] as [LeaderEpoch] { try log.append(TestBatch(), epoch: epoch) }
        log.raiseHighWatermark(to: log.end)
        return log
    }

    @Test func `an epoch ends where the next one begins, and one between two is answered with the lower`() throws {
        let log = try log()
        #expect(ends(log, 2) == [2, 3])
        #expect(ends(log, 3) == [2, 3])
        #expect(ends(log, 5) == [5, 5])
        #expect(ends(log, 6) == [5, 5])
        #expect(ends(log, 7) == [7, 6])
        #expect(ends(log, 8) == [-1, -1])
        #expect(ends(log, .none) == [-1, -1])
        // One before all that are known ends where the first begins.
        #expect(ends(log, 1) == [1, 0])
    }

    @Test func `an epoch that has appended nothing gives its place to the next`() throws {
        let log = try log()
        try log.beginEpoch(9)
        #expect(log.latestEpoch == 9)
        #expect(ends(log, 7) == [7, 6])
        try log.beginEpoch(11)
        #expect(ends(log, 9) == [7, 6])
        #expect(ends(log, 11) == [11, 6])
        try log.close()
        #expect(try bench.open().latestEpoch == 11)
    }

    @Test func `a new epoch is in its file at once, and survives a loss of power once the log is flushed`() throws {
        let log = try bench.open()
        func written() throws -> [String] {
            try PartitionFiles(disk: bench.disk, directory: LogBench.directory).leaderEpochs()
        }
        try log.beginEpoch(3)
        #expect(try written() == ["3 0"])
        try log.append(TestBatch(), epoch: 3)
        try log.beginEpoch(5)
        #expect(try written() == ["3 0", "5 1"])
        try log.append(TestBatch(), epoch: 5)
        try log.flush(1_000)
        bench.crash(losingPower: true)
        #expect(try written() == ["3 0", "5 1"])
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `a loss of power leaves no record under another epoch than its own`(seed: UInt64) throws {
        let bench = try LogBench(seed: seed)
        let settings = ["internal.segment.bytes": "400", "index.interval.bytes": "100"]
        let chance = SimulatedChance(seed: seed)
        var log = try bench.open(settings)
        var epoch: LeaderEpoch = 0
        for _ in 0..<3 {
            for _ in 0..<30 {
                if chance.below(4) == 0 {
                    epoch = LeaderEpoch(epoch.rawValue + 1)
                    try log.beginEpoch(epoch)
                }
                try log.append(TestBatch(), epoch: epoch)
                if chance.below(3) == 0 { try bench.settle() }
                if chance.below(20) == 0 { try log.flush(1_000) }
            }
            let recoveryPoint = log.recoveryPoint
            bench.crash(losingPower: true)
            log = try bench.open(settings, hints: Log.Hints(recoveryPoint: recoveryPoint, isClean: false))
            #expect(log.end >= recoveryPoint)
            var offset = log.start
            while offset < log.end {
                let read = try log.read(from: offset, below: log.end, maxBytes: 1, wholeFirst: true)
                let header = try #require(try read.region?.batches().first?.0)
                #expect(log.epoch(at: offset) == header.partitionLeaderEpoch)
                offset = header.nextOffset
            }
        }
    }

    @Test func `a higher start forgets the epochs that ended before it`() throws {
        let log = try log()
        try log.raiseStart(to: 4)
        #expect(log.epoch(at: 4) == 5)
        #expect(ends(log, 2) == [2, 4])
        #expect(ends(log, 5) == [5, 5])
    }

    @Test func `a lower epoch takes the place of those above it, as in Kafka`() throws {
        let log = try log()
        try log.append(TestBatch(), epoch: 6)
        #expect(log.latestEpoch == 6)
        #expect(ends(log, 5) == [5, 6])
    }

    @Test func `epochs whose file is lost are read from the batches, after a clean stop too`() throws {
        let log = try log()
        try log.close()
        try bench.disk.remove(LogBench.directory + "/" + LogFiles.leaderEpochs)
        let again = try bench.open()
        for epoch in 1...8 as ClosedRange<Int32> {
            let known = ends(log, LeaderEpoch(epoch))
            #expect(ends(again, LeaderEpoch(epoch)) == known)
        }
    }
}
