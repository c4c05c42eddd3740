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

    package enum Failure: Error, Sendable, CustomStringConvertible {
        case alreadyFormatted(String)
        case metadata(MetadataError)

        package var description: String {
            switch self {
            case .alreadyFormatted(let path):
                "Log directory \(path) is already formatted. Use --ignore-formatted to ignore this directory and format the others."
            case .metadata(let error): "\(error)"
            }
        }
    }

    /// Formats every directory that is not yet, and gives their paths. Blocks.
    package func run(_ world: World) throws(Failure) -> [String] {
        var formatted: [String] = []
        do throws(MetadataError) {
            var all = directories
            if !all.contains(metadataDirectory) { all.append(metadataDirectory) }
            let fresh = try logging { () throws(LogError) in
                var fresh: [String] = []
                for path in all where try MetaProperties.read(in: path, world.disk) == nil { fresh.append(path) }
                return fresh
            }
            if !ignoresFormatted, let known = all.first(where: { !fresh.contains($0) }) {
                throw MetadataError.corrupt(path: known, what: "")
            }
            for path in fresh {
                try format(path, world)
                formatted.append(path)
            }
        } catch {
            if case .corrupt(let path, "") = error { throw .alreadyFormatted(path) }
            throw .metadata(error)
        }
        return formatted
    }

    private func format(_ path: String, _ world: World) throws(MetadataError) {
        let disk = world.disk
        let isMetadata = path == metadataDirectory
        let id = isMetadata ? metadataDirectoryID ?? world.chance.uuid() : world.chance.uuid()
        var content = SnapshotContent()
        content.records = ControllerRules.bootstrapRecords(version, levels: features, others: others)
        let now = world.clock.wallClock
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
