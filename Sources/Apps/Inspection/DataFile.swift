import LogStore
import QuorumNode
import Vocabulary

/// A file of a data directory, known by its name.
package struct DataFile: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case segment, offsetIndex, timeIndex, transactionIndex, producerSnapshot
        /// A snapshot of the metadata.
        case metadataSnapshot(SnapshotID)
        case bootstrapSnapshot
        /// `TOPIC PARTITION OFFSET` lines.
        case offsets
        case leaderEpochs
        case partitionMetadata, metaProperties, quorumState, cleanShutdown
    }

    package let path: String
    package let kind: Kind

    /// Nil for a name that Kafka gives no file. Files that wait to be deleted or put in place count as what they are.
    package init?(_ path: String) {
        var name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
        for suffix in [LogFiles.deleted, LogFiles.cleaned, LogFiles.swap] where name.hasSuffix(suffix) {
            name = name.dropLast(suffix.count)
        }
        guard let kind = Self.kind(String(name)) else { return nil }
        (self.path, self.kind) = (path, kind)
    }

    private static func kind(_ name: String) -> Kind? {
        switch name {
        case LogFiles.bootstrapCheckpoint: return .bootstrapSnapshot
        case LogFiles.recoveryPoints, LogFiles.logStarts, LogFiles.highWatermarks, LogFiles.cleanerOffsets:
            return .offsets
        case LogFiles.leaderEpochs: return .leaderEpochs
        case LogFiles.partitionMetadata: return .partitionMetadata
        case LogFiles.metaProperties: return .metaProperties
        case LogFiles.cleanShutdown: return .cleanShutdown
        case "quorum-state": return .quorumState
        default: break
        }
        if let id = SnapshotID(fileName: name) { return .metadataSnapshot(id) }
        let bySuffix: [(String, Kind)] = [
            (LogFiles.log, .segment), (LogFiles.offsetIndex, .offsetIndex), (LogFiles.timeIndex, .timeIndex),
            (LogFiles.transactionIndex, .transactionIndex), (LogFiles.producerSnapshot, .producerSnapshot),
        ]
        return bySuffix.first { name.hasSuffix($0.0) }?.1
    }

    /// The name without the directories before it.
    package var name: Substring { path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...] }

    /// The directory that the file is in, without a slash at its end.
    package var directory: String { path.contains("/") ? String(path.dropLast(name.count + 1)) : "." }

    /// The offset in the file's name; 0 when it has none.
    package var baseOffset: Offset {
        let digits = name.prefix { $0 != "." }
        return digits.utf8.count == 20 ? Int64(digits).map { Offset($0) } ?? 0 : 0
    }

    /// What the records are, where the file's place tells: those of Kafka's own topics and snapshots.
    package var ownRecords: RecordKind {
        switch kind {
        case .metadataSnapshot, .bootstrapSnapshot: return .metadata
        case .segment:
            let parent = directory[
                (directory.lastIndex(of: "/").map { directory.index(after: $0) } ?? directory.startIndex)...]
            switch LogFiles.partition(of: String(parent))?.topic {
            case "__cluster_metadata": return .metadata
            case "__consumer_offsets": return .groups
            case "__transaction_state": return .transactions
            case "__share_group_state": return .shareGroups
            default: return .plain
            }
        default: return .plain
        }
    }
}

/// What stands in the keys and values of records.
package enum RecordKind: Sendable, Hashable {
    /// Bytes of users.
    case plain
    case metadata
    /// `__consumer_offsets`.
    case groups
    /// `__transaction_state`.
    case transactions
    /// `__share_group_state`.
    case shareGroups
}
