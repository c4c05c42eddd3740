import Bytes
import ClusterImage
import ControllerRules
import InternalRecords
import LogStore
import Quorum
import Seams
import Vocabulary

/// How a node's directories are to be formatted: what `kafka-storage format` is told.
package struct DirectoryFormat: Sendable {
    package enum Quorum: Sendable, Hashable {
        /// `controller.quorum.voters` names the voters: kraft.version 0.
        case fixed
        /// `--standalone` and `--initial-controllers`: kraft.version 1, the voters stand in the metadata log.
        case dynamic([Voter])
        /// `--no-initial-controllers`: kraft.version 1, and this node joins a quorum that is there.
        case joining
    }

    package var clusterID: String
    package var nodeID: BrokerID
    package var directories: [String]
    package var metadataDirectory: String
    package var version: MetadataVersion
    /// Levels of other features than metadata.version, by name.
    package var features: [String: Int16]
    package var quorum: Quorum
    package var others: [VersionedRecord] = []
    /// The id of the metadata directory, when the voters name it; else one is drawn.
    package var metadataDirectoryID: UUID128?
    package var ignoresFormatted = false

    package init(
        clusterID: String, nodeID: BrokerID, directories: [String], metadataDirectory: String,
        version: MetadataVersion = .latest, features: [String: Int16]? = nil, quorum: Quorum
    ) {
        (self.clusterID, self.nodeID, self.directories) = (clusterID, nodeID, directories)
        (self.metadataDirectory, self.version, self.quorum) = (metadataDirectory, version, quorum)
        self.features = features ?? ControllerRules.defaultLevels(at: version)
    }

    package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case alreadyFormatted(String)
        /// A directory of another cluster, and its id.
        case otherCluster(String, wanted: String, found: String)
        case otherNode(String, wanted: BrokerID, found: BrokerID)
        case log(LogError)
        case encoding(String)

        package var description: String {
            switch self {
            case .alreadyFormatted(let path):
                "Log directory \(path) is already formatted. Use --ignore-formatted to ignore this directory and format the others."
            case .otherCluster(let path, let wanted, let found):
                "Invalid cluster.id in: \(path)/meta.properties. Expected \(wanted), but read \(found)"
            case .otherNode(let path, let wanted, let found):
                "Stored node id \(found) doesn't match previous node id \(wanted) in \(path)/meta.properties. If you moved your data, make sure your configured node id matches. If you intend to create a new node, you should remove all data in your data directories."
            case .log(.disk(let error)): "\(error)"
            case .log(.corrupt(let path, let what)): "\(path): \(what)"
            case .log(let error): "\(error)"
            case .encoding(let what): what
            }
        }
    }

    /// Every directory, the metadata's too, once.
    package var all: [String] {
        directories.contains(metadataDirectory) ? directories : directories + [metadataDirectory]
    }

    /// What a directory is to the node, in the words of Kafka's tool.
    package func kind(of path: String) -> String {
        guard path == metadataDirectory else { return "data directory" }
        guard case .dynamic(let voters) = quorum else { return "metadata directory" }
        let isVoter = voters.contains { $0.id == nodeID }
        return isVoter ? "dynamic metadata voter directory" : "dynamic metadata directory"
    }

    /// Formats every directory that is not yet, and gives their paths. Blocks.
    package func run(_ world: World) throws(Failure) -> [String] {
        try run(world.disk, world.chance, now: world.clock.wallClock)
    }

    package func run(_ disk: any Disk, _ chance: any Chance, now: Timestamp) throws(Failure) -> [String] {
        var fresh: [String] = []
        var formatted: String?
        for path in all {
            if let known = try known(path, disk) {
                if let id = known.clusterID, id != clusterID {
                    throw .otherCluster(path, wanted: clusterID, found: id)
                }
                if let id = known.nodeID, id != nodeID { throw .otherNode(path, wanted: nodeID, found: id) }
                formatted = formatted ?? path
            } else {
                fresh.append(path)
            }
        }
        if let formatted, !ignoresFormatted { throw .alreadyFormatted(formatted) }
        do throws(MetadataError) {
            for path in fresh { try format(path, disk, chance, now) }
        } catch {
            if case .log(let error) = error { throw .log(error) }
            throw .encoding("\(error)")
        }
        return fresh
    }

    private func known(_ path: String, _ disk: any Disk) throws(Failure) -> MetaProperties? {
        do throws(LogError) { return try MetaProperties.read(in: path, disk) } catch { throw .log(error) }
    }

    private func format(
        _ path: String, _ disk: any Disk, _ chance: any Chance, _ now: Timestamp
    ) throws(MetadataError) {
        let isMetadata = path == metadataDirectory
        let id = isMetadata ? metadataDirectoryID ?? chance.uuid() : chance.uuid()
        var content = SnapshotContent()
        content.lastContainedTimestamp = 0
        content.records = ControllerRules.bootstrapRecords(version, levels: features, others: others)
        let bootstrap = try SnapshotFile.bytes(content, epoch: 0, now: now)
        do throws(DiskError) {
            try disk.createDirectory(path)
            try disk.replace(path + "/" + LogFiles.bootstrapCheckpoint, with: bootstrap)
        } catch { throw .log(.disk(error)) }
        if isMetadata, case .dynamic(let voters) = quorum { try writeVoters(voters, in: path, disk, now) }
        // Last: a directory without it is not formatted.
        try logging { () throws(LogError) in
            try MetaProperties(clusterID: clusterID, nodeID: nodeID, directoryID: id).write(in: path, disk)
        }
    }

    private func writeVoters(_ voters: [Voter], in path: String, _ disk: any Disk, _ now: Timestamp)
        throws(MetadataError)
    {
        var content = SnapshotContent()
        content.lastContainedTimestamp = now
        content.kraftVersion = 1
        content.voters = VoterSet(voters)
        let bytes = try SnapshotFile.bytes(content, epoch: 0, now: now)
        do throws(DiskError) {
            let directory = path + "/\(MetadataLog.topic)-0"
            try disk.createDirectory(directory)
            try disk.replace(directory + "/" + SnapshotID(end: 0, epoch: 0).fileName, with: bytes)
        } catch { throw .log(.disk(error)) }
    }
}
