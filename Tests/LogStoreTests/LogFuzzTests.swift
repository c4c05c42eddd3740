import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import LogStore
import RecordFormat
import Seams
import Testing
import Vocabulary

/// Broken files of a partition's directory. A crash or a hang is the failure: a log opens and works, or says with a typed error
/// why not.
@Suite struct LogFuzzTests {
    /// Directories of Apache's: one left in order, with transactions in several segments, and three of a killed node.
    static let partitions = [
        ("transactions", "txn-a-1"), ("torn/none", "txn-0"), ("torn/none", "packed-0"), ("torn/none", "plain-0"),
    ]

    @Test(arguments: partitions)
    func `a log with broken files opens and serves, or is refused with a typed error`(
        _ directory: String, _ partition: String
    ) throws {
        let archive = try TarArchive(try Fixture.content("datadirs/\(directory).tar"))
        let files = archive.members.filter { $0.path.contains("/\(partition)/") && !$0.isDirectory }
            .sorted { $0.path < $1.path }
        var (opened, refused) = (0, 0)
        try Fuzzing.rounds(60) { seed in
            let chance = SimulatedChance(seed: seed)
            let bench = try LogBench(seed: seed)
            try lay(files, bench, chance)
            do throws(LogError) {
                let log = try open(bench, chance)
                opened += 1
                serve(log, chance)
                try goOn(log, bench, seed)
            } catch { refused += 1 }
        }
        #expect(opened > refused)
    }

    /// Lays the files out, one to three of them broken or gone.
    private func lay(_ files: [TarArchive.Member], _ bench: LogBench, _ chance: SimulatedChance) throws {
        try bench.disk.createDirectory(LogBench.directory)
        let broken = Set((0...chance.below(3)).map { _ in chance.below(files.count) })
        for (index, file) in files.enumerated() {
            var content = [UInt8](file.content)
            if broken.contains(index) {
                if chance.below(8) == 0 { continue }
                damage(&content, chance)
            }
            let name = file.path.split(separator: "/").last ?? ""
            let made = try bench.disk.open("\(LogBench.directory)/\(name)", .create)
            try content.withUnsafeBytes { try made.write($0, at: 0) }
        }
    }

    private func damage(_ bytes: inout [UInt8], _ chance: SimulatedChance) {
        let at = bytes.isEmpty ? 0 : chance.below(min(bytes.count, 4_000))
        switch chance.below(8) {
        case 0: bytes = chance.bytes(chance.below(100))
        case 1: bytes += chance.bytes(1 + chance.below(40))
        case 2: bytes += [UInt8](repeating: 0, count: 1 + chance.below(40))
        case 3: for index in at..<min(bytes.count, at + 8) { bytes[index] = UInt8(chance.below(256)) }
        case 4: for index in at..<min(bytes.count, at + 70) { bytes[index] = 0 }
        case 5: for index in at..<min(bytes.count, at + 8) { bytes[index] = 0xff }
        default: chance.mutate(&bytes)
        }
    }

    private func open(_ bench: LogBench, _ chance: SimulatedChance) throws(LogError) -> Log {
        let hints = Log.Hints(
            recoveryPoint: Offset(Int64(chance.below(200))), start: Offset(Int64(chance.below(3) * 20)),
            highWatermark: Offset(Int64(chance.below(300))), isClean: chance.below(2) == 0)
        do {
            return try bench.open(Self.settings, hints: hints)
        } catch let error as LogError { throw error } catch {
            Issue.record("an error without a type: \(error)")
            throw .outOfRange(0, start: 0, end: 0)
        }
    }

    private static let settings = ["internal.segment.bytes": "2500", "index.interval.bytes": "500"]

    /// Reads all that can be asked for.
    private func serve(_ log: Log, _ chance: SimulatedChance) {
        log.raiseHighWatermark(to: log.end)
        for _ in 0..<20 {
            let offset = Offset(Int64(chance.below(250)))
            let read = try? log.read(
                from: offset, below: log.end, maxBytes: chance.below(10_000), wholeFirst: chance.below(2) == 0,
                withAborted: chance.below(2) == 0)
            if let region = read?.region { _ = try? region.batches() }
        }
        _ = try? log.eachBatch(from: log.start, to: log.end) { _, _ in true }
        for time in [0, 1_700_775_155_770, .max] as [Int64] { _ = try? log.firstOffset(atOrAfter: Timestamp(time)) }
        _ = try? log.offsetOfMaxTimestamp()
    }

    /// What is appended to a mended log is there after the next start.
    private func goOn(_ log: Log, _ bench: LogBench, _ seed: UInt64) throws(LogError) {
        let outcome: AppendOutcome
        do throws(AppendError) {
            outcome = try log.appendAsLeader(TestBatch(value: "after").bytes, epoch: 90, now: 1_000)
        } catch {
            Issue.record("seed \(seed): an open log does not append: \(error)")
            return
        }
        try log.close()
        do {
            let again = try bench.open(
                Self.settings,
                hints: Log.Hints(recoveryPoint: log.end, start: log.start, highWatermark: log.end, isClean: true))
            #expect(again.end == log.end, "seed \(seed)")
            let read = try again.read(from: outcome.firstOffset, below: again.end, maxBytes: 1_000, wholeFirst: true)
            #expect(try read.region?.batches().first?.0.baseOffset == outcome.firstOffset, "seed \(seed)")
        } catch { Issue.record("seed \(seed): a log that was closed does not open: \(error)") }
    }
}
