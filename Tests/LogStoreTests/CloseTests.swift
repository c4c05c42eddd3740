import ApusTesting
import LogStore
import ReplicaRules
import Testing
import Vocabulary

/// What a clean stop leaves behind.
struct CloseTests {
    private let bench: LogBench

    init() throws { bench = try LogBench() }

    private func snapshots() throws -> [String] {
        try PartitionFiles(disk: bench.disk, directory: LogBench.directory).snapshots()
    }

    @Test func `a log that was only opened is closed without a write, and keeps its producers`() throws {
        let log = try bench.open()
        try log.append(TestBatch(producer: (7, 0, 0)))
        try log.close()
        let before = try snapshots()
        #expect(before.count == 1)
        let again = try bench.open()
        var changes: [String] = []
        bench.disk.fault = { operation, path in
            if operation == .write || operation == .truncate || operation == .rename { changes.append(path) }
            return nil
        }
        try again.close()
        #expect(changes == [])
        #expect(try snapshots() == before)
    }

    @Test func `what was appended to a log that was closed before is in the next snapshot`() throws {
        let log = try bench.open()
        try log.append(TestBatch(producer: (7, 0, 0)))
        try log.close()
        let again = try bench.open()
        try again.append(TestBatch(producer: (7, 0, 1)))
        try again.append(TestBatch(producer: (8, 0, 0)))
        try again.close()
        let last = try #require(try snapshots().last)
        #expect(last.hasPrefix("3: "))
        #expect(try bench.open().producers.states.keys.sorted() == [7, 8])
    }
}
