import Bytes
import QuorumNode
import Seams
import Vocabulary

/// Shows what stands in files of a data directory, line by line, and finds what is wrong with them. Nothing is changed.
package struct FileDump {
    let disk: any Disk
    let options: DumpOptions
    private let say: (String) -> Void
    /// What is wrong with the files shown so far: each with the file, and where in it.
    package private(set) var faults: [String] = []

    /// `say` is given each line.
    package init(_ disk: any Disk, _ options: DumpOptions, say: @escaping (String) -> Void) {
        (self.disk, self.options, self.say) = (disk, options, say)
    }

    /// Shows a file; of a directory the files in it that Kafka's names tell apart.
    package mutating func show(_ path: String) {
        if disk.isDirectory(path) {
            do throws(DiskError) {
                for name in try disk.list(path).sorted() {
                    let inner = path + "/" + name
                    if DataFile(inner) != nil && !disk.isDirectory(inner) { show(inner) }
                }
            } catch { faults.append("\(error)") }
            return
        }
        guard let file = DataFile(path) else {
            faults.append("\(path): the name is of no kind of file that stands in a data directory")
            return
        }
        if options.asJSON {
            say(
                JSONWriter.text { json in
                    json.object { json in
                        json.member("type", "file")
                        json.member("path", path)
                    }
                })
        } else {
            say("Dumping \(path)")
        }
        do throws(DiskError) { try show(file) } catch { faults.append("\(error)") }
    }

    private mutating func show(_ file: DataFile) throws(DiskError) {
        switch file.kind {
        case .segment:
            if !options.asJSON { say("Log starting offset: \(file.baseOffset)") }
            try showBatches(file)
        case .metadataSnapshot(let id):
            if !options.asJSON { say("Snapshot end offset: \(id.end), epoch: \(id.epoch)") }
            try showBatches(file)
        case .bootstrapSnapshot:
            if !options.asJSON { say("KRaft bootstrap snapshot") }
            try showBatches(file)
        case .offsetIndex: try showOffsetIndex(file)
        case .timeIndex: try showTimeIndex(file)
        case .transactionIndex: try showTransactionIndex(file)
        case .producerSnapshot: try showProducers(file)
        case .offsets: try showOffsets(file)
        case .leaderEpochs: try showLeaderEpochs(file)
        case .partitionMetadata, .metaProperties: showProperties(file)
        case .quorumState, .cleanShutdown: try showObject(file)
        }
    }

    func line(_ entry: Entry) { say(options.asJSON ? entry.json : entry.text) }

    func line(text: String) { say(text) }

    mutating func fault(_ file: DataFile, _ what: String) { faults.append("\(file.path): \(what)") }
}
