import Bytes
import LogStore
import Reactor
import RecordFormat
import Seams
import Synchronization
import Testing
import Vocabulary

/// A log on the machine's disk, with readers on other threads than the writer's.
struct RealDiskTests {
    private static let batches = 1_500

    /// What readers have found to be wrong, and how much they have read.
    private final class Findings: Sendable {
        let faults = Mutex<[String]>([])
        let reads = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
    }

    @Test func `readers on other threads see whole batches in order while the log grows, rolls and shrinks`() throws {
        let real = RealWorld(loops: 1, diskThreads: 4)
        defer { real.stop() }
        let directory = "/tmp/apus-log-\(real.world.chance.next())"
        defer { try? real.world.disk.removeTree(directory) }
        let settings = try LogBench.settings(
            ["internal.segment.bytes": "5000", "index.interval.bytes": "100", "retention.bytes": "50000"])
        let (log, _) = try Log.open(
            LogBench.partition, topicID: nil, in: directory + "/golden-0", settings: settings, hints: Log.Hints(),
            world: real.world)
        let findings = Findings()
        for number in 0..<2 { real.world.diskPool.run { Self.read(log, UInt64(number), findings) } }
        var gone: [Segment] = []
        for number in 1...Self.batches {
            try log.append(TestBatch(timestamps: [Int64(number), Int64(number)]), now: 1_000)
            log.raiseHighWatermark(to: log.end)
            if number % 100 == 0 { gone += try log.retain(now: 1_000) }
            if number % 250 == 0 { try log.flush(1_000) }
        }
        // Every reader has read something before it is told to stop.
        while findings.reads.load(ordering: .acquiring) < 50, findings.faults.withLock(\.isEmpty) {}
        findings.isOver.store(true, ordering: .releasing)
        #expect(findings.faults.withLock { $0 } == [])
        #expect(!gone.isEmpty)
        for segment in gone { segment.remove() }
        try log.close()
        let (again, notes) = try Log.open(
            LogBench.partition, topicID: nil, in: directory + "/golden-0", settings: settings, hints: Log.Hints(),
            world: real.world)
        #expect(notes.isNothing)
        again.raiseHighWatermark(to: again.end)
        #expect(again.end == Offset(Int64(2 * Self.batches)))
        #expect(try ReadBack(again, isCommitted: false).records == Int(again.end - again.start))
    }

    private static func read(_ log: Log, _ seed: UInt64, _ findings: Findings) {
        var state = seed
        while !findings.isOver.load(ordering: .acquiring) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let bounds = log.bounds
            guard bounds.end > bounds.start else { continue }
            let offset = bounds.start + Int64(state >> 33) % (bounds.end - bounds.start)
            do {
                let read = try log.read(from: offset, below: bounds.end, maxBytes: 2_000, wholeFirst: true)
                var expected = offset - offset.rawValue % 2
                for (header, _) in try read.region?.batches() ?? [] {
                    if header.baseOffset != expected {
                        findings.faults.withLock { $0.append("\(header.baseOffset) instead of \(expected)") }
                    }
                    expected = header.nextOffset
                }
                let time = Timestamp(offset.rawValue / 2 + 1)
                if let found = try log.firstOffset(atOrAfter: time), found.timestamp < time {
                    findings.faults.withLock { $0.append("\(found) for \(time)") }
                }
                if read.region == nil { findings.faults.withLock { $0.append("nothing at \(offset)") } }
            } catch LogError.outOfRange {
                // Retention was faster.
            } catch { findings.faults.withLock { $0.append("\(offset): \(error)") } }
            findings.reads.add(1, ordering: .relaxed)
        }
    }
}
