import Bytes
import Foundation
import GoldenSupport
import LogStore
import Seams
import Testing
import Vocabulary

/// Damaged copies of one small killed data directory: what Apache makes of each is what we make of it, but where noted.
struct TornDirectoryTests {
    static let variants = [
        "none", "torn-tail", "torn-header", "garbage-tail", "zero-tail", "zero-tail-short", "half-batch-repeated",
        "crc-active", "crc-first-segment", "crc-below-recovery-point", "missing-indexes", "missing-indexes-flushed",
        "corrupt-indexes", "odd-indexes", "missing-txnindex", "missing-txnindex-flushed", "missing-snapshots",
        "corrupt-snapshots", "missing-checkpoints", "stale-high-watermark", "missing-leader-epochs",
        "cleaned-leftover", "deleted-leftover", "swap-leftover", "swap-compacted-leftover",
        "cleaned-and-swap-leftover", "missing-middle-segment", "missing-first-segment", "empty-active",
    ]

    @Test(arguments: variants)
    func `a damaged log is mended as Apache mends it`(_ variant: String) throws {
        let data = try DataDirectory("torn/\(variant)")
        var checked = 0
        for partition in data.served() {
            #expect(try PartitionMetadataFile.read(in: partition.directory, data.disk) != nil)
            checked += 1
            let log = try partition.open()
            try expectAnswers(of: log, partition)
            try beginEpoch(as: partition.afterwards, log)
            try log.close()
            try expectFiles(partition, from: log.start)
        }
        #expect(checked >= 3)
    }

    /// Apache had led the partition once more by the time its files were read.
    private func beginEpoch(as afterwards: [String: Any], _ log: Log) throws {
        let last = objects(afterwards["leaderEpochs"]).last
        if integer(last?["startOffset"]) == log.end.rawValue {
            try log.beginEpoch(LeaderEpoch(Int32(integer(last?["epoch"]) ?? 0)))
        }
    }

    private func expectFiles(_ partition: DataDirectory.Partition, from start: Offset) throws {
        let wanted = partition.afterwards
        // Internal topics are listed without what stands in them.
        guard !wanted.isEmpty else { return }
        let files = partition.files
        #expect(try files.segments() == PartitionFiles.segments(wanted["segments"]), "\(partition)")
        for segment in objects(wanted["segments"]) {
            let base = Offset(integer(segment["baseOffset"]) ?? -1)
            let path = partition.directory + "/" + LogFiles.name(base, LogFiles.log)
            let batches = (segment["batches"] as? [[Any]] ?? []).map { $0.map { integer($0) ?? -1 } }
            // The golden's list ends before the first batch that Kafka's classes cannot read.
            let sound = integer(segment["validBytes"]) ?? -1
            #expect(try files.batches(path).filter { $0[0] < sound } == batches, "\(partition), segment \(base)")
            for (key, suffix) in [("offsetIndex", LogFiles.offsetIndex), ("timeIndex", LogFiles.timeIndex)] {
                #expect(
                    try files.indexSizes()["\(base)\(suffix)"] == integer(object(segment[key])["fileSize"]),
                    "\(partition), \(base)\(suffix)")
            }
        }
        let epochs = PartitionFiles.leaderEpochs(wanted["leaderEpochs"], from: start)
        #expect(try files.leaderEpochs() == epochs, "\(partition)")
        // Apache drops the snapshot at the log's start. It stays with us: it knows producers whose batches are gone.
        let atStart = "\(start): "
        #expect(
            try files.snapshots().filter { !$0.hasPrefix(atStart) }
                == PartitionFiles.snapshots(wanted["producerSnapshots"]), "\(partition)")
    }

    @Test func `checkpoint files that hold words are a typed error`() throws {
        let data = try DataDirectory("torn/corrupt-checkpoints")
        for name in [LogFiles.recoveryPoints, LogFiles.logStarts, LogFiles.highWatermarks] {
            let path = "/data/logs/" + name
            do throws(LogError) {
                _ = try OffsetCheckpoint.read(path, data.disk)
                Issue.record("\(name) was read")
            } catch {
                guard case .corrupt(path, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        // Apache gave the log directory up, too.
        #expect(data.running == nil)
    }
}
