import Bytes
import Foundation
import GoldenSupport
import LogStore
import RecordFormat
import Seams
import Settings
import Testing
import Vocabulary

/// A node's log directories as a whole, on those that Apache left.
struct LogDirectoriesTests {
    private func open(_ data: DataDirectory, _ names: [String]) throws -> LogDirectories {
        let opened = try LogDirectory.open(
            names.map { "/data/\($0)" }, metadataDirectory: "/data/logs", nodeID: 1, world: data.bench.world)
        return LogDirectories(opened.directories, world: data.bench.world)
    }

    /// The settings of the topics that Apache served, by name and id.
    private func settings(_ data: DataDirectory) throws -> (TopicPartition, TopicID) -> TopicSettings? {
        let topics = object(data.running?["topics"])
        let plain = try LogBench.settings([:], data.broker)
        return { partition, id in
            object(topics[partition.topic])["topicId"] as? String == id.description ? plain : nil
        }
    }

    @Test func `the logs of three directories are found, and what waits for deletion goes`() throws {
        let data = try DataDirectory("jbod")
        let all = try open(data, data.logDirectories)
        let (found, strays) = try all.load(settings: try settings(data))
        #expect(strays.isEmpty)
        #expect(
            Set(found.map { $0.path }) == Set(data.served().map { $0.directory }))
        for log in all.all {
            let said = object(object(data.running?["partitions"])[log.partition.description])
            #expect(log.end.rawValue == integer(said["highWatermark"]), "\(log.partition)")
        }
        for directory in data.logDirectories {
            let names = try data.disk.list("/data/" + directory)
            #expect(!names.contains { $0.hasSuffix(LogFiles.deletedDirectory) })
        }
        // A stray that Apache put aside stays.
        #expect(try data.disk.list("/data/logs").contains { $0.hasSuffix(LogFiles.strayDirectory) })
    }

    @Test func `a directory that nobody else may use is clean again after it was closed`() throws {
        let data = try DataDirectory("torn/none")
        try autoreleased {
            let all = try open(data, ["logs"])
            #expect(all.directories.map(\.wasClean) == [false])
            #expect(throws: DirectoryError.inUse("/data/logs")) { try open(data, ["logs"]) }
            _ = try all.load(settings: try settings(data))
            try all.close(brokerEpoch: 17)
        }
        let again = try open(data, ["logs"])
        #expect(again.directories.map(\.wasClean) == [true])
        #expect(again.directories.map(\.previousBrokerEpoch) == [17])
        // Until it is closed again it is not.
        #expect(CleanShutdownFile.read(in: "/data/logs", data.disk) == nil)
        let (found, _) = try again.load(settings: try settings(data))
        for log in found { #expect(log.notes.isNothing, "\(log.path)") }
    }

    private func autoreleased(_ body: () throws -> Void) rethrows { try body() }

    @Test func `logs of unknown topics are put aside, also those that do not say whose they are`() throws {
        let data = try DataDirectory("torn/none")
        try data.disk.remove("/data/logs/plain-0/" + LogFiles.partitionMetadata)
        let all = try open(data, ["logs"])
        let known = try settings(data)
        let (found, strays) = try all.load { partition, id in partition.topic == "txn" ? nil : known(partition, id) }
        #expect(!found.contains { $0.log.partition.topic == "plain" || $0.log.partition.topic == "txn" })
        #expect(strays.count == 2)
        for (stray, topic) in zip(strays, ["plain-0.", "txn-0."]) {
            #expect(stray.hasPrefix("/data/logs/" + topic) && stray.hasSuffix(LogFiles.strayDirectory))
            #expect(data.disk.isDirectory(stray))
        }
    }

    @Test func `a directory whose checkpoints cannot be read is refused with the file's name`() throws {
        let data = try DataDirectory("torn/corrupt-checkpoints")
        do throws(DirectoryError) {
            _ = try LogDirectory.open(
                ["/data/logs"], metadataDirectory: "/data/logs", nodeID: 1, world: data.bench.world)
            Issue.record("it was opened")
        } catch {
            #expect("\(error)".hasPrefix("/data/logs/" + LogFiles.recoveryPoints))
        }
    }

    @Test func `a deleted log leaves nothing behind for the next one of its name`() throws {
        let data = try DataDirectory("torn/none")
        let all = try open(data, ["logs"])
        let partition = TopicPartition("new", 0)
        let settings = try LogBench.settings(["internal.segment.bytes": "\(TestBatch().bytes.count)"])
        let first = try all.open(partition, topicID: UUID128(high: 1, low: 2), wanted: .zero, settings: settings)
        // The disk pool has still to finish this roll when the log is deleted.
        try first.append(TestBatch(producer: (7, 0, 0)))
        try first.append(TestBatch(producer: (7, 0, 1)))
        let aside = try #require(try all.beginDeletion(of: first))
        #expect(throws: AppendError.offline) { try first.append(TestBatch()) }
        let second = try all.open(partition, topicID: UUID128(high: 1, low: 3), wanted: .zero, settings: settings)
        try data.bench.settle()
        #expect(second.failure == nil)
        #expect(second.end == 0)
        #expect(
            try PartitionFiles(disk: data.disk, directory: "/data/logs/new-0").snapshots().isEmpty)
        try all.remove(aside)
        #expect(!data.disk.exists(aside))
    }

    @Test func `who still reads a deleted log is not led astray by the indexes of the next one of its name`() throws {
        let data = try DataDirectory("torn/none")
        let all = try open(data, ["logs"])
        let settings = try LogBench.settings(["internal.segment.bytes": "4000", "index.interval.bytes": "100"])
        func filled(_ id: UInt64, _ times: [Int64]) throws -> Log {
            let log = try all.open(
                TopicPartition("new", 0), topicID: UUID128(high: 1, low: id), wanted: .zero, settings: settings)
            while log.end < 200 { try log.append(TestBatch(timestamps: times)) }
            try data.bench.settle()
            return log
        }
        let first = try filled(2, [1])
        _ = try #require(try all.beginDeletion(of: first))
        _ = try filled(3, [1, 2, 3, 4, 5])
        for offset in (0..<200).map({ Offset($0) }) {
            let read = try first.read(from: offset, below: first.end, maxBytes: 1, wholeFirst: true)
            #expect(try read.region?.batches().first?.0.baseOffset == offset)
        }
    }

    @Test func `a new log survives a power failure once it is flushed`() throws {
        let data = try DataDirectory("torn/none")
        try data.disk.syncDirectory("/data")
        for name in [LogFiles.metaProperties] { try data.disk.open("/data/logs/" + name, .readWrite).sync() }
        try data.disk.syncDirectory("/data/logs")
        let all = try open(data, ["logs"])
        let id = UUID128(high: 1, low: 2)
        let log = try all.open(
            TopicPartition("new", 0), topicID: id, wanted: .zero, settings: try LogBench.settings([:]))
        try log.append(TestBatch())
        try log.flush(1_000)
        try all.checkpoint()
        data.bench.crash(losingPower: true)
        let again = try open(data, ["logs"])
        let (found, _) = try again.load { _, known in known == id ? try? LogBench.settings([:]) : nil }
        #expect(found.map { $0.log.end } == [1])
    }
}
