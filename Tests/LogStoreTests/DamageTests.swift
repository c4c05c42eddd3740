import ApusTesting
import Bytes
import LogStore
import RecordFormat
import Seams
import Testing
import Vocabulary

/// Faults of a log's files, one by one. `LogFuzzTests` has them at random.
struct DamageTests {
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

    /// A partition that was left in order, with three batches, and bytes behind the last of them.
    private func stopped(thenWritten change: (any File, _ size: Int64) throws -> Void) throws -> LogBench {
        let bench = try LogBench()
        let log = try bench.open()
        for _ in 0..<3 { try log.append(TestBatch()) }
        try log.close()
        let file = try bench.disk.open(LogBench.directory + "/" + LogFiles.name(0, LogFiles.log), .readWrite)
        try change(file, try file.size())
        return bench
    }

    @Test(arguments: [1, 11, 12, 40])
    func `bytes that are no batch are cut off after a clean stop too, and what is appended next can be read`(
        _ count: Int
    ) throws {
        let bench = try stopped { file, size in
            try TestBatch(base: 3).bytes.prefix(count).withBytes { try file.write($0, at: size) }
        }
        let (log, notes) = try bench.load(hints: Log.Hints(recoveryPoint: 3))
        #expect(notes.cut.map(\.bytes) == [count])
        try log.append(TestBatch(value: "next"))
        try log.close()
        let again = try bench.open()
        #expect(again.end == 4)
        #expect(
            try again.read(from: 3, below: 4, maxBytes: 1_000, wholeFirst: true).region?.batches().map(\.0.baseOffset)
                == [3])
    }

    @Test func `a last batch whose offset goes back is cut off after a clean stop too`() throws {
        let bench = try stopped { file, size in
            try [UInt8](repeating: 0, count: 8).withUnsafeBytes { try file.write($0, at: size / 3 * 2) }
        }
        let (log, notes) = try bench.load(hints: Log.Hints(recoveryPoint: 3))
        #expect(notes.cut.map(\.offset) == [2])
        #expect(log.end == 2)
    }
}
