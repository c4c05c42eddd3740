import Bytes
import Seams
import Synchronization
import Vocabulary

/// `leader-epoch-checkpoint` of one log.
///
/// A new epoch is written when it begins but not synced: a node begins one for each of its partitions when it starts. A loss
/// of power may take that back, or leave a file that cannot be read. Neither harms: what lies above the recovery point is
/// read from the batches again, and the recovery point is raised only once the file is durable.
///
/// Writer: the log's, and the disk pool, which makes it durable.
final class LeaderEpochFile: Sendable {
    private struct State {
        var written: LeaderEpochs
        var isDurable: Bool
        /// The directory's name may be another log's by now.
        var isAbandoned = false
    }

    private let directory: String
    private let disk: any Disk
    private let state: Mutex<State>

    /// `written` is what the file says now.
    init(in directory: String, _ disk: any Disk, written: LeaderEpochs, isDurable: Bool) {
        (self.directory, self.disk) = (directory, disk)
        state = Mutex(State(written: written, isDurable: isDurable))
    }

    /// Nil when the file is missing, empty, or cannot be read: what it says can be had from the batches again.
    static func read(in directory: String, _ disk: any Disk) -> LeaderEpochs? {
        let path = directory + "/" + LogFiles.leaderEpochs
        // Without its last line's end it may be torn, in the middle of a number.
        guard let content = try? CheckpointLines.contents(path, disk), !content.isEmpty,
            content[content.count - 1] == UInt8(ascii: "\n"),
            let lines = try? CheckpointLines.lines(in: content, path), !lines.isEmpty
        else { return nil }
        var read = LeaderEpochs()
        for line in lines {
            guard line.count == 2, let epoch = Int32(line[0]), let start = Int64(line[1]) else { return nil }
            read.assign(LeaderEpoch(epoch), start: Offset(start))
        }
        return read
    }

    /// Brings the file to what `current` says, if it says something else. It is asked while nobody else writes, so that an
    /// older content never follows a newer one.
    func write(durably: Bool, _ current: () -> LeaderEpochs) throws(LogError) {
        try state.withLock { (state) throws(LogError) in
            let epochs = current()
            if state.isAbandoned || epochs == state.written && (state.isDurable || !durably) { return }
            let lines = epochs.entries.map { "\($0.epoch) \($0.start)" }
            try CheckpointLines.write(lines, to: directory + "/" + LogFiles.leaderEpochs, durably: durably, disk)
            (state.written, state.isDurable) = (epochs, durably)
        }
    }

    func abandon() { state.withLock { $0.isAbandoned = true } }
}
