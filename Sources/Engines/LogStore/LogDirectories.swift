import Seams
import Settings
import Synchronization
import Vocabulary

/// All logs of a node, in its directories: loads, makes, deletes and closes them, and writes down from time to time how far
/// they are safe.
///
/// Owner of the set of logs, behind a lock; a log's content is its partition's. Everything that blocks is done on the disk
/// pool by the callers of the functions marked so.
package final class LogDirectories: Sendable {
    package let directories: [LogDirectory]
    private let world: World
    private let logs: Mutex<[TopicPartition: (log: Log, directory: LogDirectory)]>

    package init(_ directories: [LogDirectory], world: World) {
        self.directories = directories
        self.world = world
        logs = Mutex([:])
    }

    package var all: [Log] { logs.withLock { $0.values.map(\.log) } }

    package func directory(of partition: TopicPartition) -> LogDirectory? { logs.withLock { $0[partition]?.directory } }

    package func logs(in directory: LogDirectory) -> [Log] {
        logs.withLock { $0.values.filter { $0.directory === directory }.map(\.log) }
    }

    /// What was found at start.
    package struct Found: Sendable {
        package let log: Log
        package let notes: LoadingNotes
        package let path: String
    }

    /// Opens every log of the directories, those of topics that `settings` does not know under that id aside: they are
    /// strays, and are renamed. Blocks.
    package func load(
        settings: (TopicPartition, TopicID) -> TopicSettings?
    ) throws(DirectoryError) -> (found: [Found], strays: [String]) {
        var found: [Found] = []
        var strays: [String] = []
        for directory in directories {
            do throws(LogError) {
                for path in try directory.unfinishedDeletions() {
                    try storing { () throws(DiskError) in try world.disk.removeTree(path) }
                }
                for (partition, path) in try directory.partitions() {
                    guard let id = try topicID(path), let settings = settings(partition, id) else {
                        strays.append(try setAside(partition, path, LogFiles.strayDirectory))
                        continue
                    }
                    let (log, notes) = try Log.open(
                        partition, topicID: id, in: path, settings: settings, hints: directory.hints(partition),
                        world: world)
                    logs.withLock { $0[partition] = (log, directory) }
                    found.append(Found(log: log, notes: notes, path: path))
                }
            } catch { throw .log(error) }
        }
        return (found, strays)
    }

    /// Nil also for a file that cannot be read: nobody can say whose records these are.
    private func topicID(_ path: String) throws(LogError) -> TopicID? {
        do throws(LogError) { return try PartitionMetadataFile.read(in: path, world.disk) } catch {
            if case .corrupt = error { return nil }
            throw error
        }
    }

    private func setAside(_ partition: TopicPartition, _ path: String, _ suffix: String) throws(LogError) -> String {
        let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        let aside = parent + "/" + LogFiles.aside(partition, world.chance.uuid(), suffix)
        try storing { () throws(DiskError) in try world.disk.rename(path, to: String(aside)) }
        return String(aside)
    }

    /// The log of a partition, made if there is none: in `wanted` if that is one of ours, else in the directory with the
    /// fewest logs. Blocks for a moment.
    package func open(
        _ partition: TopicPartition, topicID: TopicID, wanted: UUID128, settings: TopicSettings
    ) throws(LogError) -> Log {
        if let known = logs.withLock({ $0[partition] }) { return known.log }
        let online = directories.filter { !$0.isOffline }
        let home = online.first { $0.id == wanted } ?? online.min { count($0) < count($1) }
        guard let home else {
            throw .disk(DiskError(.inputOutput, operation: "make a log", path: directories.first?.path ?? ""))
        }
        let path = home.path + "/" + partition.description
        try storing { () throws(DiskError) in try world.disk.createDirectory(path) }
        try PartitionMetadataFile.write(topicID, in: path, world.disk)
        // Last: file systems put the new name on the disk together with what is in it, and this has little left to do.
        try storing { () throws(DiskError) in try world.disk.syncDirectory(home.path) }
        let (log, _) = try Log.open(
            partition, topicID: topicID, in: path, settings: settings, hints: Log.Hints(), world: world)
        logs.withLock { $0[partition] = (log, home) }
        return log
    }

    private func count(_ directory: LogDirectory) -> Int {
        logs.withLock { $0.values.count { $0.directory === directory } }
    }

    /// Takes a log out of the set and gives its directory a name that marks it for deletion; `remove` unlinks it later.
    package func beginDeletion(of log: Log) throws(LogError) -> String? {
        let isKnown = logs.withLock { logs in
            guard logs[log.partition]?.log === log else { return false }
            logs[log.partition] = nil
            return true
        }
        guard isKnown else { return nil }
        log.abandon()
        return try setAside(log.partition, log.directory, LogFiles.deletedDirectory)
    }

    /// Blocks.
    package func remove(_ path: String) throws(LogError) {
        try storing { () throws(DiskError) in try world.disk.removeTree(path) }
    }

    /// Writes recovery points, log starts and high watermarks of every directory. Blocks.
    package func checkpoint() throws(LogError) {
        for directory in directories where !directory.isOffline {
            var (recovery, starts, watermarks) = (
                [TopicPartition: Offset](), [TopicPartition: Offset](), [TopicPartition: Offset]()
            )
            for log in logs(in: directory) {
                recovery[log.partition] = log.recoveryPoint
                watermarks[log.partition] = log.highWatermark
                if log.start > log.baseOffsetOfFirstSegment { starts[log.partition] = log.start }
            }
            try OffsetCheckpoint.write(recovery, to: directory.path + "/" + LogFiles.recoveryPoints, world.disk)
            try OffsetCheckpoint.write(starts, to: directory.path + "/" + LogFiles.logStarts, world.disk)
            try OffsetCheckpoint.write(watermarks, to: directory.path + "/" + LogFiles.highWatermarks, world.disk)
        }
    }

    /// Closes all logs, which nobody appends to any more, and marks the directories in which that went well. Blocks.
    package func close(brokerEpoch: Int64) throws(LogError) {
        var failed: LogError?
        var clean: [LogDirectory] = []
        for directory in directories where !directory.isOffline {
            do throws(LogError) {
                for log in logs(in: directory) { try log.close() }
                clean.append(directory)
            } catch { failed = failed ?? error }
        }
        try checkpoint()
        for directory in clean {
            try CleanShutdownFile.write(brokerEpoch: brokerEpoch, in: directory.path, world.disk)
        }
        if let failed { throw failed }
    }
}
