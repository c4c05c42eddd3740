import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import LogStore
import Seams
import Settings
import Testing
import Vocabulary

/// A golden data directory of Apache Kafka's, unpacked on a simulated disk, and what its JSON file says of it.
final class DataDirectory {
    let name: String
    let bench: LogBench
    let json: [String: Any]
    let archive: TarArchive

    init(_ name: String) throws {
        self.name = name
        bench = try LogBench()
        json = try Fixture.object("datadirs/\(name).json")
        archive = try TarArchive(try Fixture.content("datadirs/\(name).tar"))
        // The metadata log is not ours to open, and its indexes are 20 MiB of zeros.
        for member in archive.members where !member.path.contains("__cluster_metadata-0/") {
            let path = "/data/" + member.path
            if member.isDirectory {
                try bench.disk.createDirectory(path)
            } else {
                let file = try bench.disk.open(path, .create)
                try member.content.withUnsafeBytes { try file.write($0, at: 0) }
            }
        }
    }

    var disk: any Disk { bench.disk }

    /// Nil when Apache could not start on the directory.
    var running: [String: Any]? { json["running"] as? [String: Any] }

    /// Names of the partitions in a log directory of `files` or `filesAfterwards`, with what stands there.
    func partitions(_ section: String, _ logDirectory: String) -> [String: Any] {
        object(object(object(object(json[section])["logDirs"])[logDirectory])["partitions"])
    }

    var logDirectories: [String] { object(object(json["files"])["logDirs"]).keys.sorted() }

    /// The partitions of topics that Apache served after its start, in their log directories.
    func served() -> [Partition] {
        logDirectories.flatMap { logDirectory in
            partitions("files", logDirectory).keys.sorted().compactMap { name -> Partition? in
                guard let said = object(running?["partitions"])[name] else { return nil }
                return Partition(self, logDirectory, name, running: object(said))
            }
        }
    }

    /// What the broker's settings were when Apache was started on the directory.
    var broker: [String: String] {
        var settings: [String: String] = [:]
        for line in json["settingsForReading"] as? [String] ?? [] {
            let parts = line.split(separator: "=", maxSplits: 1)
            settings[String(parts[0])] = String(parts[1])
        }
        return settings
    }

    struct Partition: CustomStringConvertible {
        let data: DataDirectory
        let logDirectory: String
        let name: String
        /// What Apache's clients were told of it.
        let running: [String: Any]

        init(_ data: DataDirectory, _ logDirectory: String, _ name: String, running: [String: Any]) {
            (self.data, self.logDirectory, self.name, self.running) = (data, logDirectory, name, running)
        }

        var description: String { "\(data.name), \(name)" }
        var directory: String { "/data/\(logDirectory)/\(name)" }
        var files: PartitionFiles { PartitionFiles(disk: data.disk, directory: directory) }
        var before: [String: Any] { object(data.partitions("files", logDirectory)[name]) }
        var afterwards: [String: Any] { object(data.partitions("filesAfterwards", logDirectory)[name]) }

        /// The first record whose timestamp is `timestamp` or later, from the golden's list of all records.
        func scan(for timestamp: Int64) -> (offset: Int64, timestamp: Int64)? {
            for segment in objects(before["segments"]) {
                for record in objects(segment["batches"]).flatMap({ objects($0["records"]) }) {
                    guard let offset = integer(record["offset"]), let time = integer(record["timestamp"]) else {
                        continue
                    }
                    if time >= timestamp, offset >= integer(running["logStartOffset"]) ?? 0 { return (offset, time) }
                }
            }
            return nil
        }

        /// Opens the log as a broker does that finds the directory at its start, and lets the watermark rise, for there is
        /// one replica.
        func open() throws -> Log {
            let partition = try #require(LogFiles.partition(of: name))
            let directory = "/data/\(logDirectory)"
            let disk = data.disk
            func offset(_ file: String) throws -> Offset? {
                try OffsetCheckpoint.read(directory + "/" + file, disk)[partition]
            }
            let hints = Log.Hints(
                recoveryPoint: try offset(LogFiles.recoveryPoints) ?? 0, start: try offset(LogFiles.logStarts) ?? 0,
                highWatermark: try offset(LogFiles.highWatermarks) ?? 0,
                isClean: CleanShutdownFile.read(in: directory, disk) != nil)
            let topics = object(data.running?["topics"])
            let settings = try LogBench.settings(
                object(topics[partition.topic])["configs"] as? [String: String] ?? [:], data.broker)
            let log = try Log.open(
                partition, topicID: nil, in: self.directory, settings: settings, hints: hints,
                world: data.bench.world
            ).log
            log.raiseHighWatermark(to: log.end)
            return log
        }
    }
}
