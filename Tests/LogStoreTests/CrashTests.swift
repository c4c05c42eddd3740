import ApusTesting
import Bytes
import LogStore
import RecordFormat
import ReplicaRules
import Seams
import Testing
import Vocabulary

/// Random work on a log, random crashes, and a model that knows what must be there afterwards.
struct CrashTests {
    /// Among those from 2050 a dropped segment comes back when the power fails again before the drop is durable.
    @Test(arguments: [0, 50, 100, 150, 2_050] as [UInt64])
    func `after any crash the log is what was appended, as far as it was promised`(_ first: UInt64) throws {
        for seed in first..<first + 50 {
            var run = try CrashRun(seed: seed)
            for _ in 0..<4 {
                for _ in 0..<run.chance.below(30) { try run.work() }
                try run.crash()
            }
        }
    }
}

/// One life of a log under a seed.
private struct CrashRun {
    /// A batch of the model, in the order of the log.
    struct Batch {
        let header: BatchHeader
        let bytes: ByteSlice
        var timestamps: [Int64]
    }

    let seed: UInt64
    let bench: LogBench
    let chance: SimulatedChance
    var log: Log
    var batches: [Batch] = []
    var start: Offset = 0
    /// What the node has written of the log's offsets into its checkpoint files.
    var hints = Log.Hints(isClean: false)
    /// Highest epoch, sequence numbers and open transactions by producer.
    var sequences: [ProducerID: Int32] = [:]
    var open: Set<ProducerID> = []
    var clock: Int64 = 1_000_000
    /// An append that was under way when the machine went down: it may have come to stand in the log.
    var inDoubt: Batch?

    static let settings = [
        "internal.segment.bytes": "1500", "index.interval.bytes": "200", "segment.ms": "300000",
        "retention.ms": "400000",
    ]

    init(seed: UInt64) throws {
        self.seed = seed
        bench = try LogBench(seed: seed)
        chance = SimulatedChance(seed: seed &* 77 &+ 1)
        log = try bench.open(Self.settings, hints: hints)
    }

    // MARK: Work

    mutating func work() throws {
        switch chance.below(20) {
        case 0..<11: try appendData()
        case 11..<14: try endTransaction()
        case 14: try log.flush(Timestamp(clock))
        case 15: try bench.settle()
        case 16: try raiseStart()
        case 17: try retain()
        case 18: checkpoint()
        default: clock += Int64(chance.below(200_000))
        }
        #expect(log.end == batches.last?.header.nextOffset ?? log.end, "seed \(seed)")
    }

    private mutating func appendData() throws {
        let producer = ProducerID(Int64(chance.below(3)))
        var batch = TestBatch()
        batch.timestamps = (0..<1 + chance.below(4)).map { _ in clock + Int64(chance.below(2_000)) - 1_000 }
        batch.value = String(repeating: "v", count: chance.below(200))
        // Producer 0 stands for all without an id.
        if producer != 0 {
            batch.producer = (producer, 0, sequences[producer, default: 0])
            batch.isTransactional = open.contains(producer) || chance.happens(percent: 30)
        }
        clock += 1_000
        let bytes = batch.bytes
        try mayFail(bytes, batch.timestamps)
        let outcome = try log.appendAsLeader(bytes, epoch: epoch, now: Timestamp(clock))
        if let sequence = batch.producer?.sequence {
            sequences[producer] = sequence + Int32(batch.timestamps.count)
            if batch.isTransactional { open.insert(producer) }
        }
        try note(outcome)
    }

    private mutating func endTransaction() throws {
        guard let producer = open.sorted().first else { return }
        clock += 1_000
        let bytes = TestBatch.marker(
            chance.happens(percent: 50) ? .commit : .abort, producer, 0, timestamp: clock)
        try mayFail(bytes, [clock])
        let outcome = try log.appendAsLeader(bytes, epoch: epoch, origin: .coordinator, now: Timestamp(clock))
        open.remove(producer)
        try note(outcome)
    }

    /// The leader's epoch grows with every start.
    private var epoch: LeaderEpoch { LeaderEpoch(Int32(bench.host.incarnation)) }

    /// Remembers what is about to be appended at the log's end.
    private mutating func mayFail(_ bytes: ByteSlice, _ timestamps: [Int64]) throws {
        var header = try #require(try bytes.withBytes { try BatchHeader.read($0) })
        header.baseOffset = log.end
        header.partitionLeaderEpoch = epoch
        inDoubt = Batch(header: header, bytes: bytes, timestamps: timestamps)
    }

    private mutating func note(_ outcome: AppendOutcome) throws {
        let batch = try #require(inDoubt)
        #expect(!outcome.isDuplicate && outcome.firstOffset == batch.header.baseOffset, "seed \(seed)")
        batches.append(batch)
        inDoubt = nil
    }

    private mutating func raiseStart() throws {
        log.raiseHighWatermark(to: log.end)
        guard log.end > start, chance.happens(percent: 30) else { return }
        start = start + Int64(chance.below(Int(log.end - start) + 1))
        try log.raiseStart(to: start)
    }

    private mutating func retain() throws {
        if chance.happens(percent: 50) { log.raiseHighWatermark(to: log.end) }
        let highWatermark = log.highWatermark
        for segment in try log.retain(now: Timestamp(clock)) { segment.remove() }
        start = log.start
        #expect(start <= highWatermark, "seed \(seed)")
    }

    private mutating func checkpoint() {
        hints.recoveryPoint = log.recoveryPoint
        hints.start = log.start
        hints.highWatermark = log.highWatermark
    }

    // MARK: Crash

    /// The machine goes down between two operations of the disk, most often in the middle of some work.
    private mutating func goDownAtWork() {
        let left = Countdown(chance.below(15))
        bench.disk.fault = { _, _ in left.isOver() ? .inputOutput : nil }
        do {
            for _ in 0..<10 { try work() }
        } catch {}
        start = max(start, log.start)
    }

    private final class Countdown {
        private var left: Int
        init(_ count: Int) { left = count }

        func isOver() -> Bool {
            if left == 0 { return true }
            left -= 1
            return false
        }
    }

    mutating func crash() throws {
        let kind: SimulatedHost.Crash = chance.happens(percent: 50) ? .process : .power
        if chance.happens(percent: 50) { goDownAtWork() }
        let isClean = bench.disk.fault == nil && chance.happens(percent: 30)
        // The start is checkpointed before files of segments go, as DeleteRecords promises it.
        if chance.happens(percent: 50) { checkpoint() } else { hints.start = log.start }
        let promised = log.recoveryPoint
        if isClean {
            try log.close()
            checkpoint()
        }
        hints.isClean = isClean
        bench.host.crash(kind)
        bench.host.restart()
        bench.disk.fault = nil
        log = try bench.open(Self.settings, hints: hints)
        try check(kind, promised: isClean ? log.end : promised, isClean)
        log.raiseHighWatermark(to: log.end)
        try LogInspection(log, batches.filter { $0.header.lastOffset >= log.start }, seed: seed).check()
        try checkRebuiltProducers()
    }

    private mutating func check(_ kind: SimulatedHost.Crash, promised: Offset, _ isClean: Bool) throws {
        if let batch = inDoubt, batch.header.nextOffset == log.end { batches.append(batch) }
        inDoubt = nil
        let all = batches.last?.header.nextOffset ?? 0
        if kind == .process || isClean {
            #expect(log.end == max(all, start), "seed \(seed)")
        } else {
            #expect(log.end >= promised, "seed \(seed): \(log.end) of \(promised) promised")
            #expect(log.end <= max(all, start), "seed \(seed)")
        }
        #expect(log.start <= max(start, log.end), "seed \(seed)")
        batches.removeAll { $0.header.baseOffset >= log.end }
        // A log that lost all that was behind its start goes on from there, and knows no producers.
        let mayHaveLostAll = kind == .power && !isClean && promised < log.end && log.start == log.end
        if mayHaveLostAll, log.producers.count == 0 { batches = [] }
        #expect(batches.last?.header.nextOffset ?? log.end == log.end, "seed \(seed)")
        start = log.start
        relearnProducers()
    }

    /// The producers go on from what the log still has, as clients do that were not acknowledged.
    private mutating func relearnProducers() {
        sequences = [:]
        open = []
        for id in [1, 2] as [ProducerID] {
            guard let state = log.producers.state(of: id) else { continue }
            sequences[id] = state.lastSequence < 0 ? 0 : state.lastSequence + 1
            if state.transactionStart != nil { open.insert(id) }
        }
    }

    /// The producers that the log knows are those that its batches make, from the first that is there.
    private func checkRebuiltProducers() throws {
        var rebuilt = ProducerStates()
        var aborted: [FinishedTransaction] = []
        for batch in batches {
            if batch.header.isControl {
                var reader = try RecordReader(batch.bytes, batch.header)
                let record = try #require(try reader.next())
                let marker = try #require(TransactionMarker(key: record.key, value: record.value))
                let ended = rebuilt.append(marker, batch.header, timestamp: record.timestamp)
                if let ended, ended.isAborted { aborted.append(ended) }
            } else {
                rebuilt.append(batch.header)
            }
        }
        for (id, state) in rebuilt.states {
            let known = log.producers.state(of: id)
            // Producers whose batches are all gone may be forgotten.
            if state.batches.last.map({ $0.lastOffset < log.start }) ?? true, known == nil { continue }
            #expect(known?.epoch == state.epoch, "seed \(seed), producer \(id)")
            // A snapshot keeps the last batch of each.
            #expect(known?.lastSequence == state.lastSequence, "seed \(seed), producer \(id)")
            #expect(known?.batches.last?.lastOffset == state.batches.last?.lastOffset, "seed \(seed), producer \(id)")
            #expect(known?.transactionStart == state.transactionStart, "seed \(seed), producer \(id)")
            #expect(known?.coordinatorEpoch == state.coordinatorEpoch, "seed \(seed), producer \(id)")
        }
        #expect(Set(log.producers.states.keys).isSubset(of: Set(rebuilt.states.keys)), "seed \(seed)")
        rebuilt.highWatermarkRose(to: log.end)
        #expect(log.lastStableOffset == max(log.start, rebuilt.firstUnstableOffset ?? log.end), "seed \(seed)")
        try checkAborted(aborted)
    }

    /// All fetches of a read_committed consumer together tell of every aborted transaction in the log.
    private func checkAborted(_ transactions: [FinishedTransaction]) throws {
        // A transaction that began before the log's start and is still open lets nothing be read.
        guard log.start < log.lastStableOffset else { return }
        var told: Set<String> = []
        var at = log.start
        while at < log.lastStableOffset {
            let read = try log.read(
                from: at, below: log.lastStableOffset, maxBytes: 700, wholeFirst: true, withAborted: true)
            told.formUnion((read.aborted ?? []).map { "\($0.producerID): \($0.firstOffset)-\($0.lastOffset)" })
            at = try #require(try read.region?.batches().last?.0.nextOffset, "seed \(seed)")
        }
        let wanted = transactions.filter { $0.lastOffset >= log.start && $0.firstOffset < log.lastStableOffset }
        #expect(told == Set(wanted.map { "\($0.producerID): \($0.firstOffset)-\($0.lastOffset)" }), "seed \(seed)")
    }

    /// Holds every look-up of a log against a walk over all batches that are to be in it.
    struct LogInspection {
        let log: Log
        let batches: [Batch]
        let seed: UInt64

        init(_ log: Log, _ batches: [Batch], seed: UInt64) {
            (self.log, self.batches, self.seed) = (log, batches, seed)
        }

        func check() throws {
            try checkContent()
            try checkOffsets()
            try checkTimes()
        }

        private func checkContent() throws {
            var read: [BatchHeader] = []
            var at = log.start
            while at < log.end {
                let region = try log.read(from: at, below: log.end, maxBytes: 700, wholeFirst: true).region
                let found = try #require(region, "seed \(seed): nothing at \(at)").batches().map(\.0)
                read += found
                at = try #require(found.last, "seed \(seed): no whole batch at \(at)").nextOffset
            }
            #expect(read.map(\.baseOffset) == batches.map(\.header.baseOffset), "seed \(seed)")
            #expect(read.map(\.crc) == batches.map(\.header.crc), "seed \(seed)")
            #expect(read.map(\.partitionLeaderEpoch) == batches.map(\.header.partitionLeaderEpoch), "seed \(seed)")
            for header in read {
                // The epochs begin with the log, the first batch may begin before it.
                #expect(log.epoch(at: max(header.baseOffset, log.start)) == header.partitionLeaderEpoch, "seed \(seed)")
            }
        }

        private func checkOffsets() throws {
            for batch in batches {
                for offset in [batch.header.baseOffset, batch.header.lastOffset] where offset >= log.start {
                    let read = try log.read(from: offset, below: log.end, maxBytes: 1, wholeFirst: true)
                    let found = try read.region?.batches().first?.0.baseOffset
                    #expect(found == batch.header.baseOffset, "seed \(seed): offset \(offset)")
                }
            }
        }

        private func checkTimes() throws {
            let records = batches.flatMap { batch in
                batch.timestamps.enumerated().map { (batch.header.baseOffset + Int64($0.offset), $0.element) }
            }.filter { $0.0 >= log.start }
            for asked in Set(records.suffix(20).map { $0.1 + Int64($0.0.rawValue % 2) }).sorted().prefix(8) {
                let wanted = records.first { $0.1 >= asked }?.0
                #expect(
                    try log.firstOffset(atOrAfter: Timestamp(asked))?.offset == wanted, "seed \(seed): time \(asked)")
            }
            let largest = records.map(\.1).max()
            if let found = try log.offsetOfMaxTimestamp(), let largest {
                // Batches below the start may still be in the first segment's file.
                #expect(found.timestamp.rawValue >= largest, "seed \(seed)")
            }
        }
    }
}
