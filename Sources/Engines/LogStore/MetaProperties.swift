import Bytes
import Seams
import Vocabulary

/// `meta.properties`: whose log directory this is.
package struct MetaProperties: Sendable, Hashable {
    /// 1 is written; 0, of old directories, is read.
    package var version: Int
    package var clusterID: String?
    package var nodeID: BrokerID?
    package var directoryID: UUID128?

    package init(clusterID: String, nodeID: BrokerID, directoryID: UUID128) {
        version = 1
        self.clusterID = clusterID
        self.nodeID = nodeID
        self.directoryID = directoryID
    }

    /// Nil when the directory is not formatted.
    package static func read(in directory: String, _ disk: any Disk) throws(LogError) -> MetaProperties? {
        let path = directory + "/" + LogFiles.metaProperties
        guard disk.exists(path) else { return nil }
        return try MetaProperties(try CheckpointLines.contents(path, disk).text, path: path)
    }

    /// Reads a properties file; names that are not known are passed over, as in Kafka.
    init(_ text: String, path: String) throws(LogError) {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") && !line.hasPrefix("!") {
            guard let equals = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
            let name = String(line[..<equals]).filter { $0 != " " }
            // Java escapes '=' and ':' in values with a backslash.
            fields[name] = String(line[line.index(after: equals)...].drop { $0 == " " }).filter { $0 != "\\" }
        }
        guard let version = fields["version"].flatMap({ Int($0) }), version == 0 || version == 1 else {
            throw .corrupt(path: path, what: "its version is '\(fields["version"] ?? "")', not 0 or 1")
        }
        self.version = version
        clusterID = fields["cluster.id"]
        let id = fields[version == 0 ? "broker.id" : "node.id"]
        nodeID = id.flatMap { Int32($0) }.map { BrokerID($0) }
        directoryID = fields["directory.id"].flatMap { UUID128($0) }
        if version == 1, clusterID == nil || (nodeID ?? -1) < 0 {
            throw .corrupt(path: path, what: "version 1 needs cluster.id and a node.id of 0 or more")
        }
        if let text = fields["directory.id"], directoryID == nil {
            throw .corrupt(path: path, what: "directory.id '\(text)' is no id of 22 characters")
        }
    }

    package func write(in directory: String, _ disk: any Disk) throws(LogError) {
        var lines = ["#"]
        if let clusterID { lines.append("cluster.id=\(clusterID)") }
        if let directoryID { lines.append("directory.id=\(directoryID)") }
        if let nodeID { lines.append("\(version == 0 ? "broker" : "node").id=\(nodeID)") }
        lines.append("version=\(version)")
        let text = ByteSlice(utf8: lines.map { $0 + "\n" }.joined())
        try storing { () throws(DiskError) in try disk.replace(directory + "/" + LogFiles.metaProperties, with: text) }
    }
}
