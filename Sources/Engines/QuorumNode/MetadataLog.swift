import Bytes
import ClusterImage
import InternalRecords
import LogStore
import Quorum
import RecordFormat
import ReplicaRules
import Seams
import Settings
import Vocabulary

/// `__cluster_metadata-0`: the metadata log with its snapshots and `quorum-state`, and what it says up to its end.
///
/// Owner: the controller. Functions that block are called on the disk pool while the controller waits for them.
final class MetadataLog: @unchecked Sendable {
    static let topic = "__cluster_metadata"
    static let quorumStateFile = "quorum-state"

    let directory: String
    let log: Log
    private let disk: any Disk
    private(set) var snapshots: [SnapshotID]
    /// The image at the log's end.
    var replay: ImageReplay
    /// The voters that the log or a snapshot names; nil with a static quorum.
    private(set) var voters: VoterSet?
    private(set) var kraftVersion: Int16 = 0
    /// Where the newest voters were named: -1 when only a formatted directory's `0-0` snapshot does.
    private(set) var votersOffset: Offset = .none
    private(set) var bytesSinceSnapshot: Int64 = 0
    let bootstrap: [VersionedRecord]

    /// Opens the log, and replays it over its newest snapshot. Blocks.
    init(in parent: String, settings: NodeSettings, world: World) throws(MetadataError) {
        directory = parent + "/\(Self.topic)-0"
        disk = world.disk
        let directory = directory
        let disk = world.disk
        try logging { () throws(LogError) in
            do throws(DiskError) { try disk.createDirectory(directory) } catch { throw .disk(error) }
            if try PartitionMetadataFile.read(in: directory, disk) == nil {
                try PartitionMetadataFile.write(.metadataTopic, in: directory, disk)
            }
        }
        snapshots = try Self.findSnapshots(directory, disk)
        // The log's start is that of the oldest snapshot; one at 0 is what the directory was formatted with.
        let oldest = snapshots.first { $0.end > 0 }?.end ?? 0
        let base = try Self.firstSegment(directory, disk)
        let start = base > 0 || snapshots.last.map { $0.end } ?? 0 > oldest ? min(oldest, max(base, oldest)) : 0
        // Always recovered: every batch is read anyway, and a torn tail must not be taken for the log's end.
        let hints = Log.Hints(recoveryPoint: 0, start: base > 0 ? start : 0, highWatermark: 0, isClean: false)
        log = try logging { () throws(LogError) in
            try Log.open(
                TopicPartition(Self.topic, 0), topicID: .metadataTopic, in: directory,
                settings: Self.topicSettings(settings), hints: hints, world: world
            ).log
        }
        bootstrap = try Self.bootstrapRecords(parent, directory, disk)
        replay = ImageReplay()
        try load()
    }

    private static func topicSettings(_ node: NodeSettings) -> TopicSettings {
        var settings = node.topicDefaults
        settings.segmentBytes = node.metadataLog.segmentBytes
        settings.segmentMs = node.metadataLog.segmentMs
        settings.segmentJitterMs = 0
        (settings.isCompacted, settings.isDeleted) = (false, false)
        (settings.retentionBytes, settings.retentionMs) = (-1, -1)
        (settings.flushMessages, settings.flushMs) = (.max, .max)
        settings.maxMessageBytes = 8 << 20
        settings.compression = .producer
        settings.timestampType = .createTime
        (settings.timestampBeforeMaxMs, settings.timestampAfterMaxMs) = (.max, .max)
        return settings
    }

    private static func firstSegment(_ directory: String, _ disk: any Disk) throws(MetadataError) -> Offset {
        do throws(DiskError) {
            return try disk.list(directory).compactMap { LogFiles.offset(of: $0, suffix: LogFiles.log) }.min() ?? 0
        } catch { throw .log(.disk(error)) }
    }

    private static func findSnapshots(_ directory: String, _ disk: any Disk) throws(MetadataError) -> [SnapshotID] {
        do throws(DiskError) {
            for name in try disk.list(directory) where name.hasSuffix(".part") {
                try disk.remove(directory + "/" + name)
            }
            return try disk.list(directory).compactMap { SnapshotID(fileName: $0) }.sorted()
        } catch { throw .log(.disk(error)) }
    }

    /// What the directory was formatted with: `bootstrap.checkpoint`, or (from 4.4 on) the records in the `0-0` snapshot.
    private static func bootstrapRecords(
        _ parent: String, _ directory: String, _ disk: any Disk
    ) throws(MetadataError) -> [VersionedRecord] {
        let zero = directory + "/" + SnapshotID(end: 0, epoch: 0).fileName
        for path in [parent + "/" + LogFiles.bootstrapCheckpoint, zero] where disk.exists(path) {
            let records = try SnapshotFile.read(path, disk).records
            if !records.isEmpty { return records }
        }
        return []
    }

    // MARK: Loading

    private func load() throws(MetadataError) {
        var from = log.start
        if let newest = snapshots.last {
            let content = try SnapshotFile.read(directory + "/" + newest.fileName, disk)
            if let version = content.kraftVersion { kraftVersion = version }
            voters = content.voters
            if newest.end > 0 {
                for record in content.records { try apply(record) }
                replay.reached(newest.end - 1, epoch: newest.epoch, timestamp: content.lastContainedTimestamp)
                votersOffset = voters == nil ? .none : newest.end - 1
                from = newest.end
            }
        }
        guard from <= log.end else {
            throw .corrupt(path: directory, what: "the log ends at \(log.end), before its newest snapshot (\(from))")
        }
        var failure: MetadataError?
        try logging { () throws(LogError) in
            try log.eachBatch(from: from, to: log.end) { header, bytes in
                do throws(MetadataError) { try take(header, bytes) } catch { failure = error }
                return failure == nil
            }
        }
        if let failure { throw failure }
    }

    private func take(_ header: BatchHeader, _ bytes: ByteSlice) throws(MetadataError) {
        bytesSinceSnapshot += Int64(header.sizeInBytes)
        if header.isControl {
            try ControlBatch.read(bytes, header, directory) { adopt($0, at: header.baseOffset) }
        } else {
            var records: [VersionedRecord] = []
            try MetadataBatch.read(bytes, header, directory) { records.append($0) }
            for record in records { try apply(record) }
        }
        replay.reached(header.lastOffset, epoch: header.partitionLeaderEpoch, timestamp: header.maxTimestamp)
    }

    private func adopt(_ record: ControlRecord, at offset: Offset) {
        switch record {
        case .kraftVersion(let record): kraftVersion = record.kRaftVersion
        case .voters(let record):
            voters = VoterSet(record)
            votersOffset = offset
        default: break
        }
    }

    private func apply(_ record: VersionedRecord) throws(MetadataError) {
        do throws(ReplayError) { try replay.replay(record.record) } catch { throw .replay("\(error)") }
    }

    // MARK: Appending

    /// Appends control records as one batch. Not yet durable.
    func append(control records: [ControlRecord], epoch: LeaderEpoch, now: Timestamp) throws(MetadataError) {
        let bytes = try ControlBatch.bytes(records, at: 0, epoch: epoch, now: now)
        let outcome = try append(bytes, epoch, now)
        for record in records { adopt(record, at: outcome.firstOffset) }
        replay.reached(outcome.lastOffset, epoch: epoch, timestamp: now)
    }

    /// Appends records as one batch. Not yet durable, and not yet replayed.
    func append(_ records: [VersionedRecord], epoch: LeaderEpoch, now: Timestamp) throws(MetadataError) -> Offset {
        let bytes = try MetadataBatch.bytes(records, at: 0, epoch: epoch, now: now)
        return try append(bytes, epoch, now).lastOffset
    }

    private func append(_ bytes: [UInt8], _ epoch: LeaderEpoch, _ now: Timestamp) throws(MetadataError) -> AppendOutcome
    {
        do throws(AppendError) {
            let outcome = try log.appendAsLeader(ByteSlice(bytes), epoch: epoch, origin: .raftLeader, now: now)
            bytesSinceSnapshot += Int64(bytes.count)
            return outcome
        } catch { throw .append(error) }
    }

    /// Replays what was committed up to `last`.
    func committed(_ records: [VersionedRecord], last: Offset, epoch: LeaderEpoch, now: Timestamp) throws(MetadataError)
    {
        for record in records { try apply(record) }
        replay.reached(last, epoch: epoch, timestamp: now)
    }

    /// Blocks.
    func flush(_ now: Timestamp) throws(MetadataError) {
        try logging { () throws(LogError) in try log.flush(now) }
    }

    // MARK: Quorum state

    func readElection() -> ElectionState? {
        let path = directory + "/" + Self.quorumStateFile
        guard disk.exists(path), let text = try? disk.contents(path).text else { return nil }
        return ElectionState(text)
    }

    /// Blocks.
    func persist(_ state: ElectionState) throws(MetadataError) {
        do throws(DiskError) {
            try disk.replace(directory + "/" + Self.quorumStateFile, with: ByteSlice(utf8: state.text))
        } catch { throw .log(.disk(error)) }
    }

    // MARK: Snapshots

    /// Writes the image down, and drops what came before the oldest snapshot that is kept. Blocks.
    func writeSnapshot(
        of image: ClusterImage, now: Timestamp, keeping retention: MetadataLogSettings
    ) throws(MetadataError) {
        let id = SnapshotID(end: image.provenance.lastOffset + 1, epoch: image.provenance.epoch)
        guard id.end > 0, snapshots.last.map({ $0 < id }) ?? true else { return }
        var content = SnapshotContent()
        content.lastContainedTimestamp = image.provenance.timestamp
        if kraftVersion > 0 {
            content.kraftVersion = kraftVersion
            content.voters = voters
        }
        content.records = image.records
        let bytes = try SnapshotFile.bytes(content, epoch: id.epoch, now: now)
        let path = directory + "/" + id.fileName
        do throws(DiskError) {
            let file = try disk.open(path + ".part", .truncate)
            try bytes.withBytes { (bytes) throws(DiskError) in try file.write(bytes, at: 0) }
            try file.sync()
            try disk.rename(path + ".part", to: path)
            try disk.syncDirectory(directory)
        } catch { throw .log(.disk(error)) }
        snapshots.append(id)
        bytesSinceSnapshot = 0
        try clean(now, retention)
    }

    /// Old snapshots go while they and the log take more room, or are older, than they may; one always stays.
    private func clean(_ now: Timestamp, _ retention: MetadataLogSettings) throws(MetadataError) {
        do throws(DiskError) {
            while snapshots.count > 1 {
                let path = directory + "/" + snapshots[0].fileName
                let file = try disk.open(path, .read)
                let (age, size) = (now.rawValue - (try file.modified()), try occupied())
                let isOld = retention.retentionMs >= 0 && age > retention.retentionMs
                let isSurplus = retention.retentionBytes >= 0 && size > retention.retentionBytes
                guard isOld || isSurplus || snapshots[0].end == 0 else { break }
                try disk.remove(path)
                snapshots.removeFirst()
            }
        } catch { throw .log(.disk(error)) }
        guard let oldest = snapshots.first, oldest.end > log.start, oldest.end > 0, snapshots.count >= 1 else { return }
        try logging { () throws(LogError) in
            let isSurplus = retention.retentionBytes >= 0 && log.size > retention.retentionBytes
            guard isSurplus else { return }
            try log.raiseStart(to: oldest.end)
            for segment in try log.retain(now: now) { segment.remove() }
        }
    }

    private func occupied() throws(DiskError) -> Int64 {
        var bytes = log.size
        for id in snapshots { bytes += try disk.open(directory + "/" + id.fileName, .read).size() }
        return bytes
    }
}

func logging<Result>(_ work: () throws(LogError) -> Result) throws(MetadataError) -> Result {
    do throws(LogError) { return try work() } catch { throw .log(error) }
}
