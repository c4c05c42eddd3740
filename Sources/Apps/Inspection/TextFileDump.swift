import Bytes
import FoundationEssentials
import LogStore
import Seams
import Vocabulary

/// The small text files of a data directory.
extension FileDump {
    mutating func showOffsets(_ file: DataFile) throws(DiskError) {
        try showCheckpoint(file) { words in
            guard words.count == 3, let partition = Int32(words[1]), let offset = Int64(words[2]) else { return nil }
            var entry = Entry("offset")
            entry.add("topic", String(words[0]))
            entry.add("partition", partition)
            entry.add("offset", offset)
            return entry
        }
    }

    mutating func showLeaderEpochs(_ file: DataFile) throws(DiskError) {
        var last: (epoch: Int32, start: Int64) = (-1, -1)
        var fallen: String?
        try showCheckpoint(file) { words in
            guard words.count == 2, let epoch = Int32(words[0]), let start = Int64(words[1]) else { return nil }
            if epoch <= last.epoch || start < last.start {
                fallen = "epoch \(epoch) does not follow epoch \(last.epoch)"
            }
            last = (epoch, start)
            var entry = Entry("leaderEpoch")
            entry.add("epoch", epoch)
            entry.add("startOffset", start)
            return entry
        }
        if let fallen { fault(file, fallen) }
    }

    /// Version, number of entries, one entry a line. Apache leaves the files of a new directory empty.
    private mutating func showCheckpoint(
        _ file: DataFile, _ read: ([Substring]) -> Entry?
    ) throws(DiskError) {
        let lines = try disk.contents(file.path).text.split(separator: "\n", omittingEmptySubsequences: false)
        let count = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        if count == 0 { return }
        guard lines[0] == "0" else { return fault(file, "line 1: its version is '\(lines[0])', not 0") }
        guard count >= 2, let wanted = Int(lines[1]) else {
            return fault(file, "line 2: the number of entries is missing")
        }
        for index in 2..<count {
            if let entry = read(lines[index].split(separator: " ")) {
                line(entry)
            } else {
                fault(file, "line \(index + 1): '\(lines[index])' is no entry")
            }
        }
        if wanted != count - 2 { fault(file, "line 2: there are \(count - 2) entries, not \(wanted)") }
    }

    mutating func showProperties(_ file: DataFile) {
        do throws(LogError) {
            var entry: Entry
            if file.kind == .metaProperties {
                entry = Entry("metaProperties")
                guard let found = try MetaProperties.read(in: file.directory, disk) else { return missing(file) }
                if let id = found.clusterID { entry.add("cluster.id", id) }
                if let id = found.directoryID { entry.add("directory.id", id.description) }
                if let id = found.nodeID { entry.add(found.version == 0 ? "broker.id" : "node.id", id) }
                entry.add("version", found.version)
            } else {
                entry = Entry("partitionMetadata")
                guard let id = try PartitionMetadataFile.read(in: file.directory, disk) else { return missing(file) }
                entry.add("version", 0)
                entry.add("topic_id", id.description)
            }
            line(entry)
        } catch {
            switch error {
            case .corrupt(_, let what): fault(file, what)
            case .disk(let error): fault(file, "\(error)")
            case .outOfRange: fault(file, "\(error)")
            }
        }
    }

    private mutating func missing(_ file: DataFile) { fault(file, "there is no such file") }

    // MARK: JSON files

    private struct QuorumState: Decodable {
        struct Voter: Decodable { let voterId: Int32 }
        let clusterId: String?
        let leaderId, leaderEpoch, votedId: Int32
        let votedDirectoryId: String?
        let appliedOffset: Int64?
        let currentVoters: [Voter]?
        let data_version: Int16
    }

    private struct CleanShutdown: Decodable {
        let version: Int16
        let brokerEpoch: Int64
    }

    mutating func showObject(_ file: DataFile) throws(DiskError) {
        let data = Data(try disk.contents(file.path).array)
        do {
            if file.kind == .quorumState {
                line(Self.entry(try JSONDecoder().decode(QuorumState.self, from: data)))
            } else {
                let found = try JSONDecoder().decode(CleanShutdown.self, from: data)
                var entry = Entry("cleanShutdown")
                entry.add("version", found.version)
                entry.add("brokerEpoch", found.brokerEpoch)
                line(entry)
            }
        } catch { fault(file, "it is not the one line of JSON that Kafka writes") }
    }

    private static func entry(_ state: QuorumState) -> Entry {
        var entry = Entry("quorumState")
        if let id = state.clusterId { entry.add("clusterId", id) }
        entry.add("leaderId", state.leaderId)
        entry.add("leaderEpoch", state.leaderEpoch)
        entry.add("votedId", state.votedId)
        if let id = state.votedDirectoryId { entry.add("votedDirectoryId", id) }
        if let offset = state.appliedOffset { entry.add("appliedOffset", offset) }
        if let voters = state.currentVoters {
            entry.add("currentVoters", voters.map { "\($0.voterId)" }.joined(separator: ","))
        }
        entry.add("data_version", state.data_version)
        return entry
    }
}
