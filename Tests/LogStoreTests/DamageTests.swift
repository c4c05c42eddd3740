import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import LogStore
import RecordFormat
import Seams
import Settings
import Testing
import Vocabulary

/// Whatever stands in the files of a log: opening, reading and closing it ends in an answer or in an error, and what was
/// mended once stays.
struct DamageTests {
    @Test(arguments: ["txn-0", "packed-0", "plain-0"])
    func `a log with files damaged at random opens or says why not, and is then in order`(_ partition: String) throws {
        let archive = try TarArchive(try Fixture.content("datadirs/torn/none.tar"))
        let members = archive.members.filter { $0.path.hasPrefix("logs/\(partition)/") && !$0.isDirectory }
        var opened = 0
        for seed in 0..<50 as Range<UInt64> {
            let bench = try LogBench(seed: seed)
            let chance = SimulatedChance(seed: seed)
            try unpack(members, bench, chance)
            let hints = Log.Hints(
                recoveryPoint: Offset(Int64(chance.below(130))), start: Offset(Int64(chance.below(3) * 20)),
                highWatermark: Offset(Int64(chance.below(150))), isClean: chance.happens(percent: 40))
            let found: Log?
            // A typed error is an answer.
            do throws(LogError) { found = try bench.openDamaged(hints: hints) } catch { found = nil }
            guard let log = found else { continue }
            opened += 1
            readAll(log)
            try log.close()
            let again = try bench.openDamaged(hints: Log.Hints(start: log.start))
            #expect(again.end == log.end, "seed \(seed)")
            #expect(again.start == log.start, "seed \(seed)")
        }
        #expect(opened > 25)
    }

    @Test func `a batch whose offset was lost with its sector is cut off, though its checksum is right`() throws {
        let bench = try LogBench()
        let log = try bench.open()
        for value in ["a", "b", "c", "d"] { try log.append(TestBatch(timestamps: [1_000, 1_001], value: value)) }
        let file = try bench.disk.open(LogBench.directory + "/" + LogFiles.name(0, LogFiles.log), .readWrite)
        let last = try file.size() / 4 * 3
        try [UInt8](repeating: 0, count: 8).withUnsafeBytes { try file.write($0, at: last) }
        bench.crash()

        let (found, notes) = try bench.load(hints: Log.Hints(isClean: false))
        #expect(found.end == 6)
        #expect(notes.cut.map(\.offset) == [6])
    }

    @Test func `a second copy of a batch behind it is left where it is`() throws {
        let bench = try LogBench()
        let log = try bench.open()
        for _ in 0..<3 { try log.append(TestBatch()) }
        let file = try bench.disk.open(LogBench.directory + "/" + LogFiles.name(0, LogFiles.log), .readWrite)
        let size = try file.size()
        let copy = try bench.contents(LogFiles.name(0, LogFiles.log)).dropFirst(Int(size / 3 * 2))
        try copy.withBytes { try file.write($0, at: size) }
        bench.crash()

        let (found, notes) = try bench.load(hints: Log.Hints(isClean: false))
        #expect(found.end == 3)
        #expect(notes.cut.isEmpty)
    }

    private func unpack(_ members: [TarArchive.Member], _ bench: LogBench, _ chance: SimulatedChance) throws {
        try bench.disk.createDirectory(LogBench.directory)
        let victims = Set((0..<1 + chance.below(3)).map { _ in chance.below(members.count) })
        for (index, member) in members.enumerated() {
            var bytes = [UInt8](member.content)
            if victims.contains(index) { damage(&bytes, chance) }
            let name = member.path.split(separator: "/").last ?? ""
            let file = try bench.disk.open(LogBench.directory + "/" + name, .create)
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        }
    }

    private func damage(_ bytes: inout [UInt8], _ chance: SimulatedChance) {
        let at = bytes.isEmpty ? 0 : chance.below(min(bytes.count, 4_000))
        switch chance.below(6) {
        case 0: bytes.removeLast(bytes.count - at)
        case 1: bytes.append(contentsOf: (0..<1 + chance.below(40)).map { _ in UInt8(chance.below(256)) })
        case 2: bytes.append(contentsOf: repeatElement(0, count: 1 + chance.below(40)))
        case 3: for index in at..<min(bytes.count, at + 8) { bytes[index] = UInt8(chance.below(256)) }
        case 4: for index in at..<min(bytes.count, at + 70) { bytes[index] = 0 }
        default: for index in at..<min(bytes.count, at + 8) { bytes[index] = 0xff }
        }
    }

    /// Reads by offset and by time; errors are answers here too.
    private func readAll(_ log: Log) {
        var at = log.start
        while at < log.end {
            guard
                let read = try? log.read(
                    from: at, below: log.end, maxBytes: 1_000, wholeFirst: true, withAborted: true),
                let last = try? read.region?.batches().last?.0, last.nextOffset > at
            else {
                at += 1
                continue
            }
            at = last.nextOffset
        }
        for time in [0, 1_760_195_954_155, 1_760_196_042_155, 1_795_433_417_500, .max] as [Int64] {
            _ = try? log.firstOffset(atOrAfter: Timestamp(time))
        }
        _ = try? log.offsetOfMaxTimestamp()
        try? log.eachBatch(from: log.start, to: log.end) { _, _ in true }
    }
}

extension LogBench {
    func openDamaged(hints: Log.Hints) throws(LogError) -> Log {
        // The settings of a test can be read.
        let settings = try! Self.settings(["internal.segment.bytes": "2500", "index.interval.bytes": "500"])
        return try Log.open(
            Self.partition, topicID: nil, in: Self.directory, settings: settings, hints: hints, world: world
        ).log
    }
}
