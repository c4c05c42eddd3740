import Bytes
import Seams
import Synchronization
import Vocabulary

/// Why a node cannot use its log directories.
package enum DirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
    case log(LogError)
    /// Another process has the directory.
    case inUse(String)
    case notFormatted([String])
    case otherNode(String, found: BrokerID, expected: BrokerID)
    case otherCluster(String, found: String, expected: String)
    case sameDirectoryID(String, String)
    /// The metadata log stands in a directory that is not the metadata directory.
    case strayMetadataLog(String, expected: String)

    package var description: String {
        switch self {
        case .log(.disk(let error)): "\(error)"
        case .log(.corrupt(let path, let what)): "\(path): \(what)"
        case .log(let error): "\(error)"
        case .inUse(let path):
            "\(path) is in use: another node holds its lock. Stop that node first, or choose another log.dirs."
        case .notFormatted(let paths):
            "\(paths.joined(separator: ", ")) has no \(LogFiles.metaProperties): format it first with 'apus storage format'."
        case .otherNode(let path, let found, let expected):
            "\(path) belongs to node \(found), and this is node \(expected) (node.id): it is not touched."
        case .otherCluster(let path, let found, let expected):
            "\(path) belongs to the cluster \(found), other directories of this node to \(expected): nothing is touched."
        case .sameDirectoryID(let one, let other):
            "\(one) and \(other) have the same directory.id: one is a copy of the other."
        case .strayMetadataLog(let path, let expected):
            "\(path) holds a metadata log, which belongs in metadata.log.dir (\(expected))."
        }
    }
}

/// One of a node's `log.dirs`, locked for as long as this lives.
package final class LogDirectory: Sendable {
    package let path: String
    package let id: UUID128
    /// The directory was left in order by its last user.
    package let wasClean: Bool
    /// The broker epoch that the last user stopped with; -1 when it is not known.
    package let previousBrokerEpoch: Int64
    let recoveryPoints: [TopicPartition: Offset]
    let logStarts: [TopicPartition: Offset]
    let highWatermarks: [TopicPartition: Offset]
    private let lock: any FileLock
    let disk: any Disk
    private let failed = Atomic<Bool>(false)

    /// Locks and reads the directory, and takes its mark of a clean stop away: if loading ends in a crash, it was none.
    fileprivate init(_ path: String, id: UUID128, lock: any FileLock, _ disk: any Disk) throws(LogError) {
        (self.path, self.id, self.lock, self.disk) = (path, id, lock, disk)
        let epoch = CleanShutdownFile.read(in: path, disk)
        wasClean = epoch != nil
        previousBrokerEpoch = epoch ?? -1
        try CleanShutdownFile.remove(in: path, disk)
        recoveryPoints = try OffsetCheckpoint.read(path + "/" + LogFiles.recoveryPoints, disk)
        logStarts = try OffsetCheckpoint.read(path + "/" + LogFiles.logStarts, disk)
        highWatermarks = try OffsetCheckpoint.read(path + "/" + LogFiles.highWatermarks, disk)
    }

    /// The disk has failed under it: its logs are not served any more.
    package var isOffline: Bool { failed.load(ordering: .relaxed) }
    package func goOffline() { failed.store(true, ordering: .relaxed) }

    func hints(_ partition: TopicPartition) -> Log.Hints {
        Log.Hints(
            recoveryPoint: recoveryPoints[partition] ?? 0, start: logStarts[partition] ?? 0,
            highWatermark: highWatermarks[partition] ?? 0, isClean: wasClean)
    }

    /// The partitions' directories in it, by name; `__cluster_metadata-0` is not among them.
    func partitions() throws(LogError) -> [(partition: TopicPartition, path: String)] {
        let names = try storing { () throws(DiskError) in try disk.list(path) }
        return names.sorted().compactMap { name in
            guard let partition = LogFiles.partition(of: name), partition.topic != "__cluster_metadata",
                disk.isDirectory(path + "/" + name)
            else { return nil }
            return (partition, path + "/" + name)
        }
    }

    /// Directories whose deletion was not finished.
    func unfinishedDeletions() throws(LogError) -> [String] {
        try storing { () throws(DiskError) in try disk.list(path) }.sorted()
            .filter { $0.hasSuffix(LogFiles.deletedDirectory) }.map { path + "/" + $0 }
    }
}

/// The identity of a node, as its directories agree on it.
package struct NodeIdentity: Sendable, Hashable {
    package let clusterID: String
    package let nodeID: BrokerID

    package init(clusterID: String, nodeID: BrokerID) { (self.clusterID, self.nodeID) = (clusterID, nodeID) }
}

extension LogDirectory {
    /// Opens a node's directories: all formatted, all of the same node and cluster, each by itself. Blocks.
    package static func open(
        _ paths: [String], metadataDirectory: String, nodeID: BrokerID, world: World
    ) throws(DirectoryError) -> (directories: [LogDirectory], identity: NodeIdentity) {
        let disk = world.disk
        var clusterID: String?
        var byID: [UUID128: String] = [:]
        var found: [(path: String, properties: MetaProperties)] = []
        var unformatted: [String] = []
        let all = paths + (paths.contains(metadataDirectory) ? [] : [metadataDirectory])
        for path in all {
            guard var properties = try logging({ () throws(LogError) in try MetaProperties.read(in: path, disk) })
            else {
                unformatted.append(path)
                continue
            }
            if let id = properties.nodeID, id != nodeID { throw .otherNode(path, found: id, expected: nodeID) }
            if let expected = clusterID, let id = properties.clusterID, id != expected {
                throw .otherCluster(path, found: id, expected: expected)
            }
            clusterID = clusterID ?? properties.clusterID
            if properties.directoryID == nil {
                // Directories from before KIP-858 get an id now.
                properties.directoryID = world.chance.uuid()
                properties.nodeID = nodeID
                let renewed = properties
                try logging { () throws(LogError) in try renewed.write(in: path, disk) }
            }
            let id = properties.directoryID!
            if let other = byID[id] { throw .sameDirectoryID(other, path) }
            byID[id] = path
            if path != metadataDirectory, disk.exists(path + "/__cluster_metadata-0") {
                throw .strayMetadataLog(path, expected: metadataDirectory)
            }
            found.append((path, properties))
        }
        guard unformatted.isEmpty, let clusterID else { throw .notFormatted(unformatted.isEmpty ? all : unformatted) }
        var directories: [LogDirectory] = []
        for (path, properties) in found {
            let lock = try lock(path, disk)
            let id = properties.directoryID!
            directories.append(
                try logging { () throws(LogError) in try LogDirectory(path, id: id, lock: lock, disk) })
        }
        return (directories, NodeIdentity(clusterID: clusterID, nodeID: nodeID))
    }

    private static func lock(_ path: String, _ disk: any Disk) throws(DirectoryError) -> any FileLock {
        do throws(DiskError) { return try disk.lock(path + "/" + LogFiles.lock) } catch {
            if error.reason == .locked { throw .inUse(path) }
            throw .log(.disk(error))
        }
    }

    private static func logging<Result>(_ work: () throws(LogError) -> Result) throws(DirectoryError) -> Result {
        do throws(LogError) { return try work() } catch { throw .log(error) }
    }
}
