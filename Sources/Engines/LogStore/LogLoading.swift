import Bytes
import RecordFormat
import ReplicaRules
import Seams
import Settings
import Vocabulary

/// What loading a log had to mend, for the node's log lines.
package struct LoadingNotes: Sendable, Hashable {
    package var cut: [(offset: Offset, bytes: Int)] { zip(cutOffsets, cutBytes).map { ($0, $1) } }
    private(set) var cutOffsets: [Offset] = []
    private(set) var cutBytes: [Int] = []
    /// Segments behind a damaged one, which are gone.
    package internal(set) var droppedSegments: [Offset] = []
    package internal(set) var rebuiltIndexes: [Offset] = []
    package internal(set) var recoveredSegments = 0

    mutating func noteCut(_ offset: Offset, _ bytes: Int) {
        cutOffsets.append(offset)
        cutBytes.append(bytes)
    }
}

extension Log {
    /// What is known of a log before it is opened.
    package struct Hints: Sendable {
        /// Everything below is on stable storage.
        package var recoveryPoint: Offset
        package var start: Offset
        package var highWatermark: Offset
        /// The directory was left in order.
        package var isClean: Bool

        package init(recoveryPoint: Offset = 0, start: Offset = 0, highWatermark: Offset = 0, isClean: Bool = true) {
            (self.recoveryPoint, self.start, self.highWatermark) = (recoveryPoint, start, highWatermark)
            self.isClean = isClean
        }
    }

    /// Opens the log in `directory`, making it when there is none. Blocks.
    package static func open(
        _ partition: TopicPartition, topicID: TopicID?, in directory: String, settings: TopicSettings, hints: Hints,
        world: World
    ) throws(LogError) -> (log: Log, notes: LoadingNotes) {
        var loading = LogLoading(
            directory: directory, disk: world.disk, settings: settings, hints: hints, now: world.clock.wallClock)
        let content = try loading.load()
        let mostJitter = min(settings.segmentJitterMs, settings.segmentMs)
        let jitter = mostJitter > 0 ? Int64(world.chance.below(Int(mostJitter))) : 0
        let log = Log(
            partition, topicID: topicID, directory: directory, disk: world.disk, pool: world.diskPool,
            settings: settings, producers: loading.recovery.producers, rollJitter: jitter, now: world.clock.wallClock,
            epochFile: LeaderEpochFile(
                in: directory, world.disk, written: loading.writtenEpochs, isDurable: loading.hints.isClean),
            content: content)
        // Recovery may have raised the recovery point.
        try log.writeEpochs(durably: loading.sealedTo > 0)
        // What was found beyond the recovery point may be in memory alone, and clients have read it or will: a batch that is
        // sent again is acknowledged as one that is there.
        log.unflushedRecords = content.end - content.recoveryPoint
        log.hasSnapshotAtEnd = loading.replayedTo == content.end && loading.hints.isClean
        if log.unflushedRecords > 0, log.unflushedRecords >= settings.flushMessages {
            try log.flush(world.clock.wallClock)
        }
        return (log, loading.notes)
    }
}

/// The steps from the files of a directory to a log.
struct LogLoading {
    let directory: String
    let disk: any Disk
    let settings: TopicSettings
    var hints: Log.Hints
    let now: Timestamp
    var segments: [Segment] = []
    /// Its producers and leader epochs are those up to the segment that comes next.
    var recovery: SegmentRecovery
    /// The snapshot that the producers were taken from; nil when there was none.
    var replayedTo: Offset?
    var notes = LoadingNotes()
    /// What the file of leader epochs says.
    var writtenEpochs = LeaderEpochs()
    /// Recovery has put the segments before this one on stable storage.
    var sealedTo: Offset = 0

    init(directory: String, disk: any Disk, settings: TopicSettings, hints: Log.Hints, now: Timestamp) {
        (self.directory, self.disk, self.settings) = (directory, disk, settings)
        (self.hints, self.now) = (hints, now)
        recovery = SegmentRecovery(
            producers: ProducerStates(), epochs: LeaderEpochs(), disk: disk, directory: directory,
            indexInterval: settings.indexIntervalBytes)
    }

    mutating func load() throws(LogError) -> Log.Published {
        try makeDirectory()
        try clearLeftovers()
        try openSegments()
        let tail = try end(of: segments.last)
        var end = tail.offset
        if hints.isClean, tail.isTorn || replayedTo ?? 0 > end {
            // Files are gone since the clean stop, or were written to.
            self = LogLoading(directory: directory, disk: disk, settings: settings, hints: hints, now: now)
            hints.isClean = false
            try openSegments()
            end = try endOffset(segments.last)
        }
        if end < hints.start { end = try startAnew() }
        if segments.isEmpty { segments = [try Segment.create(end, in: directory, disk, now: now)] }
        try dropSnapshots { $0 > end }
        // Before anything is appended: a file that went must not come back beside what takes its place, and what recovery has
        // sealed is trusted from now on.
        if !hints.isClean { try storing { () throws(DiskError) in try disk.syncDirectory(directory) } }
        return publish(end)
    }

    /// All that was to be kept is gone, and what is known of producers is of batches that are not.
    private mutating func startAnew() throws(LogError) -> Offset {
        for segment in segments { try removeFiles(of: segment.baseOffset) }
        try dropSnapshots { _ in true }
        try storing { () throws(DiskError) in try disk.syncDirectory(directory) }
        segments = []
        (recovery.producers, replayedTo) = (ProducerStates(), nil)
        return hints.start
    }

    private mutating func publish(_ end: Offset) -> Log.Published {
        let start = max(hints.start, segments[0].baseOffset)
        let highWatermark = min(max(hints.highWatermark, start), end)
        // An epoch that began at the end stays: its leader has appended nothing so far.
        recovery.epochs.truncate(to: end + 1)
        if start > 0 { recovery.epochs.truncate(from: start) }
        recovery.producers.logStartRose(to: start)
        recovery.producers.highWatermarkRose(to: highWatermark)
        return Log.Published(
            segments: segments, start: start, end: end, endPosition: segments[segments.count - 1].size,
            highWatermark: highWatermark, firstUnstable: recovery.producers.firstUnstableOffset,
            epochs: recovery.epochs,
            recoveryPoint: hints.isClean ? end : min(max(hints.recoveryPoint, sealedTo), end))
    }

    private func makeDirectory() throws(LogError) {
        guard !disk.isDirectory(directory) else { return }
        try storing { () throws(DiskError) in
            try disk.createDirectory(directory)
            try disk.syncDirectory(String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)]))
        }
    }

    // MARK: Leftovers of a crash

    /// `.deleted` and `.cleaned` files go; a `.swap` is a finished segment that takes the place of all that it covers, unless
    /// it stands at or above a `.cleaned` one, for then the swap had not been decided.
    private func clearLeftovers() throws(LogError) {
        let names = try storing { () throws(DiskError) in try disk.list(directory) }
        let cleaned = names.filter { $0.hasSuffix(LogFiles.cleaned) }
            .compactMap { Int64($0.prefix(20)).map { Offset($0) } }.min()
        var swaps: [Offset] = []
        for name in names {
            let path = directory + "/" + name
            if name.hasSuffix(LogFiles.deleted) || name.hasSuffix(LogFiles.cleaned) || name.hasSuffix(".tmp") {
                try storing { () throws(DiskError) in try disk.remove(path) }
            } else if name.hasSuffix(LogFiles.swap) {
                let offset = Int64(name.prefix(20)).map { Offset($0) } ?? .none
                if let cleaned, offset >= cleaned {
                    try storing { () throws(DiskError) in try disk.remove(path) }
                } else if name.hasSuffix(LogFiles.log + LogFiles.swap) {
                    swaps.append(offset)
                }
            }
        }
        for base in swaps.sorted() { try takeSwap(base) }
        try finishSwaps()
    }

    /// Indexes whose log had been put in place when the node went down.
    private func finishSwaps() throws(LogError) {
        for name in try storing({ () throws(DiskError) in try disk.list(directory) })
        where name.hasSuffix(LogFiles.swap) {
            let path = directory + "/" + name
            try storing { () throws(DiskError) in
                try disk.rename(path, to: String(path.dropLast(LogFiles.swap.count)))
            }
        }
    }

    private func takeSwap(_ base: Offset) throws(LogError) {
        let path = Segment.path(directory, base, LogFiles.log + LogFiles.swap)
        let file = try storing { () throws(DiskError) in try disk.open(path, .read) }
        var scan = BatchScan(file, from: 0, to: Int(try storing { () throws(DiskError) in try file.size() }))
        var end = base
        while let found = try scan.next() { end = found.header.nextOffset }
        for covered in try baseOffsets() where covered >= base && covered < max(end, base + 1) {
            try removeFiles(of: covered)
        }
        for suffix in [LogFiles.offsetIndex, LogFiles.timeIndex, LogFiles.transactionIndex, LogFiles.log] {
            let from = Segment.path(directory, base, suffix + LogFiles.swap)
            try storing { () throws(DiskError) in
                if disk.exists(from) { try disk.rename(from, to: Segment.path(directory, base, suffix)) }
            }
        }
    }

    func baseOffsets() throws(LogError) -> [Offset] {
        try storing { () throws(DiskError) in try disk.list(directory) }
            .compactMap { LogFiles.offset(of: $0, suffix: LogFiles.log) }.sorted()
    }

    func removeFiles(of base: Offset) throws(LogError) {
        try storing { () throws(DiskError) in
            for suffix in LogFiles.ofSegment {
                let path = Segment.path(directory, base, suffix)
                if disk.exists(path) { try disk.remove(path) }
            }
        }
    }
}
