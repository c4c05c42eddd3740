import Vocabulary

/// The names of files and directories in a log directory, as Kafka gives them.
package enum LogFiles {
    package static let log = ".log"
    package static let offsetIndex = ".index"
    package static let timeIndex = ".timeindex"
    package static let transactionIndex = ".txnindex"
    package static let producerSnapshot = ".snapshot"
    /// The files that a segment has or may have.
    static let ofSegment = [log, offsetIndex, timeIndex, transactionIndex, producerSnapshot]
    package static let deleted = ".deleted"
    package static let cleaned = ".cleaned"
    package static let swap = ".swap"

    package static let partitionMetadata = "partition.metadata"
    package static let leaderEpochs = "leader-epoch-checkpoint"

    package static let metaProperties = "meta.properties"
    package static let bootstrapCheckpoint = "bootstrap.checkpoint"
    package static let cleanShutdown = ".kafka_cleanshutdown"
    package static let lock = ".lock"
    package static let recoveryPoints = "recovery-point-offset-checkpoint"
    package static let logStarts = "log-start-offset-checkpoint"
    package static let highWatermarks = "replication-offset-checkpoint"
    package static let cleanerOffsets = "cleaner-offset-checkpoint"

    package static let deletedDirectory = "-delete"
    package static let strayDirectory = "-stray"
    package static let futureDirectory = "-future"

    /// The longest name that file systems take.
    static let longestName = 255

    /// `offset` in 20 digits: segment files sort by name as by offset.
    package static func name(_ offset: Offset, _ suffix: String) -> String {
        let digits = String(max(0, offset.rawValue))
        return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits + suffix
    }

    /// The offset in a segment file's name; nil when the name is of another kind.
    package static func offset(of name: String, suffix: String) -> Offset? {
        guard name.hasSuffix(suffix) else { return nil }
        let digits = name.dropLast(suffix.count)
        guard digits.utf8.count == 20, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return Int64(digits).map { Offset($0) }
    }

    /// The partition of a directory `TOPIC-N`; nil for other directories.
    package static func partition(of name: String) -> TopicPartition? {
        guard let dash = name.lastIndex(of: "-"), dash != name.startIndex else { return nil }
        let digits = name[name.index(after: dash)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let index = Int32(digits) else {
            return nil
        }
        return TopicPartition(String(name[..<dash]), PartitionIndex(index))
    }

    /// `TOPIC-N.UUID-delete`, `-stray`: the topic is cut so that the name stays within what file systems take.
    package static func aside(_ partition: TopicPartition, _ id: UUID128, _ suffix: String) -> String {
        let end = "-\(partition.partition).\(hex(id))\(suffix)"
        var topic = partition.topic
        while topic.utf8.count + end.utf8.count > longestName { topic.removeLast() }
        return topic + end
    }

    private static func hex(_ id: UUID128) -> String {
        [id.high, id.low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}
