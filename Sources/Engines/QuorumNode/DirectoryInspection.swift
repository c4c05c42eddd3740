import LogStore
import Seams
import Vocabulary

/// What `kafka-storage info` tells of a node's directories: which are there, whose they are, and what is wrong with them.
package struct DirectoryInspection: Sendable {
    /// In the order of their names.
    package private(set) var found: [String] = []
    /// Of the first directory that is formatted.
    package private(set) var metadata: MetaProperties?
    package private(set) var problems: [String] = []

    /// Looks at the directories. Blocks.
    package init(_ directories: [String], _ disk: any Disk) {
        var known: [MetaProperties] = []
        for path in Set(directories).sorted() {
            if !disk.exists(path) {
                problems.append("\(path) does not exist")
            } else if !disk.isDirectory(path) {
                problems.append("\(path) is not a directory")
            } else {
                found.append(path)
                do throws(LogError) {
                    if let properties = try MetaProperties.read(in: path, disk) {
                        known.append(properties)
                    } else {
                        problems.append("\(path) is not formatted.")
                    }
                } catch { problems.append(Self.words(error)) }
            }
        }
        metadata = known.first
        if known.contains(where: { $0.version == 0 }) {
            problems.append(
                "The kafka configuration file appears to be for a cluster in KRaft mode, but the directories are "
                    + "formatted for legacy mode.")
        }
        if Set(known.map(\.clusterID)).count > 1 {
            problems.append("Mismatched cluster IDs between storage directories.")
        }
        if Set(known.map(\.nodeID)).count > 1 {
            problems.append("Mismatched node IDs between storage directories.")
        }
    }

    private static func words(_ error: LogError) -> String {
        switch error {
        case .corrupt(let path, let what): "\(path): \(what)"
        case .disk(let error): "\(error)"
        case .outOfRange: "\(error)"
        }
    }
}
