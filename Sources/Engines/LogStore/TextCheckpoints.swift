import Bytes
import Seams
import Vocabulary

/// The small text files of a log directory: version, number of entries, entries. Written aside, synced and renamed, so that
/// after a crash the old or the new content is there.
package enum OffsetCheckpoint {
    /// Reads `TOPIC PARTITION OFFSET` lines; a missing file is an empty one.
    package static func read(_ path: String, _ disk: any Disk) throws(LogError) -> [TopicPartition: Offset] {
        var offsets: [TopicPartition: Offset] = [:]
        for line in try CheckpointLines.read(path, disk) {
            guard line.count == 3, let partition = Int32(line[1]), let offset = Int64(line[2]) else {
                throw .corrupt(path: path, what: "an entry is not of the form 'TOPIC PARTITION OFFSET'")
            }
            offsets[TopicPartition(line[0], PartitionIndex(partition))] = Offset(offset)
        }
        return offsets
    }

    package static func write(
        _ offsets: [TopicPartition: Offset], to path: String, _ disk: any Disk
    ) throws(LogError) {
        let lines = offsets.sorted { $0.key < $1.key }.map { "\($0.key.topic) \($0.key.partition) \($0.value)" }
        try CheckpointLines.write(lines, to: path, disk)
    }
}

enum CheckpointLines {
    static func read(_ path: String, _ disk: any Disk) throws(LogError) -> [[String]] {
        try disk.exists(path) ? lines(in: contents(path, disk), path) : []
    }

    static func lines(in content: ByteSlice, _ path: String) throws(LogError) -> [[String]] {
        let lines = content.text.split(separator: "\n", omittingEmptySubsequences: true)
        // Apache makes the files of a new log directory empty.
        if lines.isEmpty { return [] }
        guard lines.first == "0" else { throw .corrupt(path: path, what: "its first line is not version 0") }
        guard lines.count >= 2, let count = Int(lines[1]), count == lines.count - 2 else {
            throw .corrupt(
                path: path, what: "its second line is not the number of its \(max(0, lines.count - 2)) entries")
        }
        return lines.dropFirst(2).map { $0.split(separator: " ").map(String.init) }
    }

    static func write(
        _ lines: [String], to path: String, durably: Bool = true, _ disk: any Disk
    ) throws(LogError) {
        let text = (["0", "\(lines.count)"] + lines).map { $0 + "\n" }.joined()
        try storing { () throws(DiskError) in try disk.replace(path, with: ByteSlice(utf8: text), durably: durably) }
    }

    static func contents(_ path: String, _ disk: any Disk) throws(LogError) -> ByteSlice {
        try storing { () throws(DiskError) in try disk.contents(path) }
    }
}

/// Says a disk error as a log's.
func storing<Result>(_ work: () throws(DiskError) -> Result) throws(LogError) -> Result {
    do throws(DiskError) { return try work() } catch { throw .disk(error) }
}

/// `partition.metadata`: which topic a partition's directory belongs to. Written once, before the first append.
package enum PartitionMetadataFile {
    /// Nil when the file is missing.
    package static func read(in directory: String, _ disk: any Disk) throws(LogError) -> TopicID? {
        let path = directory + "/" + LogFiles.partitionMetadata
        guard disk.exists(path) else { return nil }
        var fields: [Substring: Substring] = [:]
        let text = try CheckpointLines.contents(path, disk).text
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
        }
        guard fields["version"] == "0" else { throw .corrupt(path: path, what: "its version is not 0") }
        guard let id = fields["topic_id"].flatMap({ UUID128(String($0)) }), id != .zero else {
            throw .corrupt(path: path, what: "it has no topic_id of 22 characters")
        }
        return id
    }

    package static func write(_ id: TopicID, in directory: String, _ disk: any Disk) throws(LogError) {
        let text = ByteSlice(utf8: "version: 0\ntopic_id: \(id)")
        try storing { () throws(DiskError) in
            try disk.replace(directory + "/" + LogFiles.partitionMetadata, with: text)
        }
    }
}

/// `.kafka_cleanshutdown`: its presence says that every log of the directory was closed in order.
package enum CleanShutdownFile {
    package static func write(brokerEpoch: Int64, in directory: String, _ disk: any Disk) throws(LogError) {
        let text = ByteSlice(utf8: "{\"version\":0,\"brokerEpoch\":\(brokerEpoch)}")
        try storing { () throws(DiskError) in try disk.replace(directory + "/" + LogFiles.cleanShutdown, with: text) }
    }

    /// The epoch of the broker that stopped: -1 when the file does not say. Nil when there is no file.
    package static func read(in directory: String, _ disk: any Disk) -> Int64? {
        let path = directory + "/" + LogFiles.cleanShutdown
        guard disk.exists(path) else { return nil }
        guard let text = try? disk.contents(path).text, let name = text.firstRange(of: "\"brokerEpoch\":") else {
            return -1
        }
        let digits = text[name.upperBound...].drop { $0 == " " }.prefix { $0.isNumber || $0 == "-" }
        return Int64(digits) ?? -1
    }

    package static func remove(in directory: String, _ disk: any Disk) throws(LogError) {
        let path = directory + "/" + LogFiles.cleanShutdown
        guard disk.exists(path) else { return }
        try storing { () throws(DiskError) in
            try disk.remove(path)
            try disk.syncDirectory(directory)
        }
    }
}
