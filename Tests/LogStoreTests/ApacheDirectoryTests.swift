import Bytes
import Foundation
import GoldenSupport
import LogStore
import Seams
import Testing
import Vocabulary

/// Logs that Apache Kafka 4.3.1 wrote, opened by ours.
struct ApacheDirectoryTests {
    @Test(arguments: ["codecs", "transactions", "transactions-killed", "compaction", "jbod", "epochs"])
    func `a log of Apache's says the same of itself as under Apache`(_ name: String) throws {
        let data = try DataDirectory(name)
        let partitions = data.served()
        #expect(partitions.count >= 3)
        for partition in partitions { try expectAnswers(of: try partition.open(), partition) }
    }

    @Test(arguments: ["codecs", "transactions", "compaction", "epochs"])
    func `a log that was stopped clean stays byte for byte when it is opened and closed`(_ name: String) throws {
        let data = try DataDirectory(name)
        for partition in data.served() {
            let log = try partition.open()
            try log.close()
            try data.bench.settle()
            let prefix = partition.logDirectory + "/" + partition.name + "/"
            let kept = data.archive.members.filter { $0.path.hasPrefix(prefix) }
            #expect(
                try data.disk.list(partition.directory).sorted()
                    == kept.map { String($0.path.dropFirst(prefix.count)) }.sorted(),
                "\(partition)")
            for member in kept where data.disk.exists("/data/" + member.path) {
                #expect(try data.disk.contents("/data/" + member.path).array == Array(member.content), "\(member.path)")
            }
        }
    }

    @Test(arguments: ["transactions-killed", "jbod"])
    func `the indexes of a killed log are made again as Apache had them`(_ name: String) throws {
        for partition in try DataDirectory(name).served() {
            let log = try partition.open()
            let (wanted, found) = (
                PartitionFiles.segments(partition.before["segments"]), try partition.files.segments()
            )
            // Of the active segment Apache had not yet entered the last time.
            #expect(found.dropLast() == wanted.dropLast(), "\(partition)")
            try log.close()
            let last = try #require(try partition.files.segments().last)
            let apache = try #require(wanted.last)
            #expect(last.split(separator: "times").first == apache.split(separator: "times").first, "\(partition)")
            #expect(last.split(separator: "aborted").last == apache.split(separator: "aborted").last, "\(partition)")
        }
    }
}

/// Holds a log's bounds, time look-ups and records against what Apache's clients were told.
func expectAnswers(of log: Log, _ partition: DataDirectory.Partition) throws {
    let said = partition.running
    let bounds = log.bounds
    #expect(bounds.start.rawValue == integer(said["logStartOffset"]), "\(partition): start")
    #expect(bounds.highWatermark.rawValue == integer(said["highWatermark"]), "\(partition): high watermark")
    #expect(bounds.lastStable.rawValue == integer(said["lastStableOffset"]), "\(partition): last stable offset")
    if let largest = said["maxTimestamp"] as? [String: Any] {
        let found = try log.offsetOfMaxTimestamp()
        #expect(found?.offset.rawValue ?? -1 == integer(largest["offset"]), "\(partition): largest timestamp")
        #expect(found?.timestamp.rawValue ?? -1 == integer(largest["timestamp"]), "\(partition): largest timestamp")
    }
    for answer in objects(said["offsetsForTimestamps"]) where answer["error"] == nil {
        let asked = integer(answer["ask"]) ?? 0
        let found = try log.firstOffset(atOrAfter: Timestamp(asked))
        if integer(answer["offset"]) == -1 {
            // Where compaction has taken the records of a segment with the largest timestamps, Apache finds nothing though
            // there is something in the next one: a fault not to copy.
            let there = partition.scan(for: asked)
            #expect(found?.offset.rawValue == there?.offset, "\(partition): \(answer)")
            #expect(found?.timestamp.rawValue == there?.timestamp, "\(partition): \(answer)")
            continue
        }
        #expect(found?.offset.rawValue == integer(answer["offset"]), "\(partition): \(answer)")
        #expect(found?.timestamp.rawValue == integer(answer["timestamp"]), "\(partition): \(answer)")
        #expect((found?.epoch.rawValue).map(Int64.init) == integer(answer["leaderEpoch"]), "\(partition): \(answer)")
    }
    for (key, isCommitted) in [("readUncommitted", false), ("readCommitted", true)] {
        guard let wanted = said[key] as? [String: Any], wanted["error"] == nil else { continue }
        #expect(try ReadBack(log, isCommitted: isCommitted) == ReadBack(json: wanted), "\(partition): \(key)")
    }
}
