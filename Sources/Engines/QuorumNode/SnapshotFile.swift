import Bytes
import Compression
import InternalRecords
import LogStore
import Quorum
import RecordFormat
import Seams
import Vocabulary
import WireProtocol

/// The name of a snapshot of the metadata: where it ends, and in which epoch.
package struct SnapshotID: Sendable, Hashable, Comparable {
    /// Exclusive.
    package let end: Offset
    package let epoch: LeaderEpoch

    package init(end: Offset, epoch: LeaderEpoch) { (self.end, self.epoch) = (end, epoch) }

    package static func < (left: SnapshotID, right: SnapshotID) -> Bool {
        (left.end, left.epoch) < (right.end, right.epoch)
    }

    static let suffix = ".checkpoint"

    /// `%020d-%010d.checkpoint`.
    package var fileName: String {
        let digits = String(epoch.rawValue)
        return LogFiles.name(end, "-") + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + Self.suffix
    }

    package init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix) else { return nil }
        let parts = fileName.dropLast(Self.suffix.count).split(separator: "-")
        guard parts.count == 2, parts[0].utf8.count == 20, parts[1].utf8.count == 10, let end = Int64(parts[0]),
            let epoch = Int32(parts[1])
        else { return nil }
        self.init(end: Offset(end), epoch: LeaderEpoch(epoch))
    }
}

/// What stands in a snapshot, or in `bootstrap.checkpoint`, which has the same form.
package struct SnapshotContent: Sendable {
    package var lastContainedTimestamp: Timestamp = .none
    package var kraftVersion: Int16?
    package var voters: VoterSet?
    package var records: [VersionedRecord] = []

    package init() {}
}

/// Why the metadata's files cannot be used.
package enum MetadataError: Error, Sendable, CustomStringConvertible {
    case log(LogError)
    case append(AppendError)
    case record(String, Offset, MetadataRecordError)
    case replay(String)
    case encoding(WireError)
    case corrupt(path: String, what: String)
    /// A quorum of several voters, which this release does not take part in.
    case severalVoters([BrokerID])
    case notAVoter(BrokerID, [BrokerID])
    case stopped

    package var description: String {
        switch self {
        case .log(let error): "the metadata log: \(error)"
        case .append(let error): "the metadata log refuses an append: \(error)"
        case .record(let path, let offset, let error):
            "\(path): the record at offset \(offset) cannot be read: \(error)"
        case .replay(let what): "the metadata log contradicts itself: \(what)"
        case .encoding(let error): "a metadata record cannot be written: \(error)"
        case .corrupt(let path, let what): "\(path): \(what)"
        case .severalVoters(let voters):
            "the quorum has the voters \(voters.map(\.description).joined(separator: ", ")): Apus runs with one voter, itself, so far."
        case .notAVoter(let id, let voters):
            "node \(id) is not among the quorum's voters (\(voters.map(\.description).joined(separator: ", ")))."
        case .stopped: "the node is stopping"
        }
    }
}

package enum SnapshotFile {
    /// Records of one batch of a snapshot; Kafka cuts by size, readers do not mind.
    private static let batchRecords = 1_000

    package static func read(_ path: String, _ disk: any Disk) throws(MetadataError) -> SnapshotContent {
        var content = SnapshotContent()
        let bytes: ByteSlice
        do throws(DiskError) { bytes = try disk.contents(path) } catch { throw .log(.disk(error)) }
        var position = 0
        var isFinished = false
        while position < bytes.count {
            let batch = bytes[position..<bytes.count]
            guard let header = try wholeBatch(batch, path, position) else {
                throw .corrupt(path: path, what: "it ends within a batch at byte \(position)")
            }
            position += header.sizeInBytes
            if header.isControl {
                isFinished = try control(batch, header, path, &content) || isFinished
            } else {
                try MetadataBatch.read(batch, header, path) { content.records.append($0) }
            }
        }
        guard isFinished else { throw .corrupt(path: path, what: "it has no footer: it was never finished") }
        return content
    }

    private static func wholeBatch(_ bytes: ByteSlice, _ path: String, _ position: Int) throws(MetadataError)
        -> BatchHeader?
    {
        do throws(BatchError) {
            return try bytes.withBytes { bytes throws(BatchError) in
                let batch = try BatchView(bytes)
                try batch?.checkChecksum()
                return batch?.header
            }
        } catch { throw .corrupt(path: path, what: "at byte \(position): \(error)") }
    }

    /// Reads the records of a control batch; true when the footer is among them.
    private static func control(
        _ bytes: ByteSlice, _ header: BatchHeader, _ path: String, _ content: inout SnapshotContent
    ) throws(MetadataError) -> Bool {
        var isFooter = false
        try ControlBatch.read(bytes, header, path) { control in
            switch control {
            case .snapshotHeader(let record):
                content.lastContainedTimestamp = Timestamp(record.lastContainedLogTimestamp)
            case .kraftVersion(let record): content.kraftVersion = record.kRaftVersion
            case .voters(let record): content.voters = VoterSet(record)
            case .snapshotFooter: isFooter = true
            case .leaderChange, .other: break
            }
        }
        return isFooter
    }

    /// The bytes of a snapshot in `epoch`. `kraftVersion` and `voters` are given for a dynamic quorum only.
    package static func bytes(_ content: SnapshotContent, epoch: LeaderEpoch, now: Timestamp) throws(MetadataError)
        -> ByteSlice
    {
        var made: [UInt8] = []
        var next: Offset = 0
        var head = [ControlRecord.snapshotHeader(content.lastContainedTimestamp)]
        if let version = content.kraftVersion { head.append(.kraftVersion(version)) }
        if let voters = content.voters { head.append(.voters(voters.record)) }
        made += try ControlBatch.bytes(head, at: next, epoch: epoch, now: now)
        next += Int64(head.count)
        var rest = content.records[...]
        while !rest.isEmpty {
            let part = rest.prefix(batchRecords)
            made += try MetadataBatch.bytes(Array(part), at: next, epoch: epoch, now: now)
            next += Int64(part.count)
            rest = rest.dropFirst(part.count)
        }
        made += try ControlBatch.bytes([.snapshotFooter()], at: next, epoch: epoch, now: now)
        return ByteSlice(made)
    }
}
