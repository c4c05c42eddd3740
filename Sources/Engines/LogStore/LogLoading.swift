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
    package fileprivate(set) var droppedSegments: [Offset] = []
    package fileprivate(set) var rebuiltIndexes: [Offset] = []
    package fileprivate(set) var recoveredSegments = 0

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
            settings: settings, producers: loading.producers, rollJitter: jitter, now: world.clock.wallClock,
            content: content)
        return (log, loading.notes)
    }
}

/// The steps from the files of a directory to a log.
private struct LogLoading {
    let directory: String
    let disk: any Disk
    let settings: TopicSettings
    let hints: Log.Hints
    let now: Timestamp
    var producers = ProducerStates()
    var epochs = LeaderEpochs()
    var notes = LoadingNotes()
    /// Recovery has put the segments before this one on stable storage.
    var sealedTo: Offset = 0

    init(directory: String, disk: any Disk, settings: TopicSettings, hints: Log.Hints, now: Timestamp) {
        (self.directory, self.disk, self.settings) = (directory, disk, settings)
        (self.hints, self.now) = (hints, now)
    }

    mutating func load() throws(LogError) -> Log.Published {
        try makeDirectory()
        try clearLeftovers()
        let known = LeaderEpochs.read(in: directory, disk)
        epochs = known ?? LeaderEpochs()
        var segments = try openSegments(areEpochsKnown: known != nil)
        var end = try endOffset(segments.last)
        if end < hints.start {
            // All that was to be kept is gone, and what is known of producers is of batches that are not.
            for segment in segments { try removeFiles(of: segment.baseOffset) }
            try dropSnapshots { _ in true }
            segments = []
            producers = ProducerStates()
            end = hints.start
        }
        if segments.isEmpty { segments = [try Segment.create(end, in: directory, disk, now: now)] }
        let start = max(hints.start, segments[0].baseOffset)
        // An epoch that began at the end stays: its leader has appended nothing so far.
        epochs.truncate(to: end + 1)
        if start > 0 { epochs.truncate(from: start) }
        try dropSnapshots { $0 > end }
        let highWatermark = min(max(hints.highWatermark, start), end)
        producers.logStartRose(to: start)
        producers.highWatermarkRose(to: highWatermark)
        return Log.Published(
            segments: segments, start: start, end: end, endPosition: segments[segments.count - 1].size,
            highWatermark: highWatermark, firstUnstable: producers.firstUnstableOffset, epochs: epochs,
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

    private func baseOffsets() throws(LogError) -> [Offset] {
        try storing { () throws(DiskError) in try disk.list(directory) }
            .compactMap { LogFiles.offset(of: $0, suffix: LogFiles.log) }.sorted()
    }

    private func removeFiles(of base: Offset) throws(LogError) {
        try storing { () throws(DiskError) in
            for suffix in LogFiles.ofSegment {
                let path = Segment.path(directory, base, suffix)
                if disk.exists(path) { try disk.remove(path) }
            }
        }
    }

    // MARK: Segments and producers

    private mutating func openSegments(areEpochsKnown: Bool) throws(LogError) -> [Segment] {
        let bases = try baseOffsets()
        try removeOrphanIndexes(bases)
        // The segment that holds the recovery point, and all behind it, may be torn.
        let firstTorn =
            hints.isClean ? bases.count : bases.lastIndex { $0 <= hints.recoveryPoint } ?? 0
        var segments: [Segment] = []
        var recovery = makeRecovery(ProducerStates())
        var replayedTo = try newestSnapshot(atOrBelow: firstTorn < bases.count ? bases[firstTorn] : nil, &recovery)
        for (index, base) in bases.enumerated() {
            if index < firstTorn {
                let segment = try opened(base, after: segments)
                let next = index + 1 < bases.count ? bases[index + 1] : try endOffset(segment)
                if !hints.isClean || replayedTo != nil, replayedTo ?? 0 < next {
                    try recovery.replay(segment, from: max(base, replayedTo ?? 0))
                }
                if !areEpochsKnown { try recovery.replayEpochs(segment) }
                if index + 1 < bases.count { segment.wasSealed() }
                segments.append(segment)
                continue
            }
            if base > bases[0] || base == replayedTo {
                let bytes = ProducerSnapshotFile.bytes(recovery.producers)
                try ProducerSnapshotFile.write(bytes, at: base, in: directory, disk)
            }
            let (segment, cut) = try recovery.recover(base)
            notes.recoveredSegments += 1
            segments.append(segment)
            replayedTo = replayedTo ?? 0
            if cut > 0 { notes.noteCut(try endOffset(segment), cut) }
            guard index + 1 < bases.count else { break }
            let isTorn = cut > 0 ? true : try hasLostItsEnd(segment, before: bases[index + 1])
            if isTorn {
                for later in bases[(index + 1)...] {
                    try removeFiles(of: later)
                    notes.droppedSegments.append(later)
                }
                break
            }
            try segment.seal()
            sealedTo = bases[index + 1]
        }
        if sealedTo > 0 { try storing { () throws(DiskError) in try disk.syncDirectory(directory) } }
        producers = recovery.producers
        epochs = recovery.epochs
        return segments
    }

    /// Whether batches between the segment and the next one were lost when the power failed. They were if the next one has no
    /// producer snapshot, for that is written when the segment before it is on stable storage. Other gaps stay, as in Kafka:
    /// cleaning makes them, and somebody who removes files.
    private func hasLostItsEnd(_ segment: Segment, before next: Offset) throws(LogError) -> Bool {
        guard try endOffset(segment) < next else { return false }
        let path = Segment.path(directory, next, LogFiles.producerSnapshot)
        return !disk.exists(path) || (try? ProducerSnapshotFile.read(path, disk)) == nil
    }

    private mutating func opened(_ base: Offset, after segments: [Segment]) throws(LogError) -> Segment {
        do throws(LogError) { return try Segment.open(base, in: directory, disk) } catch {
            guard case .corrupt = error else { throw error }
            // Its indexes are made anew from its batches; which transactions were aborted in it can be told only with the
            // producers that stood before it.
            notes.rebuiltIndexes.append(base)
            var rebuilding = makeRecovery(try producers(before: base, segments))
            let (segment, cut) = try rebuilding.recover(base)
            if cut > 0 { notes.noteCut(try endOffset(segment), cut) }
            // Below the recovery point indexes are trusted.
            try segment.makeIndexesDurable()
            return segment
        }
    }

    private func makeRecovery(_ producers: ProducerStates) -> SegmentRecovery {
        SegmentRecovery(
            producers: producers, epochs: epochs, disk: disk, directory: directory,
            indexInterval: settings.indexIntervalBytes)
    }

    /// The producers as they stood where the segment at `base` begins.
    private func producers(before base: Offset, _ segments: [Segment]) throws(LogError) -> ProducerStates {
        var replay = makeRecovery(ProducerStates())
        let from = try newestSnapshot(atOrBelow: base, &replay) ?? 0
        for (index, segment) in segments.enumerated() {
            let next = index + 1 < segments.count ? segments[index + 1].baseOffset : base
            if next > from { try replay.replay(segment, from: max(segment.baseOffset, from)) }
        }
        return replay.producers
    }

    /// Takes the producers from the newest snapshot that can be read and is not above `limit`; corrupt ones go. After a clean
    /// stop the one at the log's end is exact, and a log without any has no producers. 0 when all of them were corrupt.
    private func newestSnapshot(
        atOrBelow limit: Offset?, _ recovery: inout SegmentRecovery
    ) throws(LogError) -> Offset? {
        let names = try storing { () throws(DiskError) in try disk.list(directory) }
        let offsets = names.compactMap { LogFiles.offset(of: $0, suffix: LogFiles.producerSnapshot) }.sorted(by: >)
        var found: Offset?
        for offset in offsets where limit.map({ offset <= $0 }) ?? true {
            let path = Segment.path(directory, offset, LogFiles.producerSnapshot)
            do throws(LogError) {
                recovery.producers = try ProducerSnapshotFile.read(path, disk)
                return offset
            } catch {
                guard case .corrupt = error else { throw error }
                try storing { () throws(DiskError) in try disk.remove(path) }
                found = 0
            }
        }
        return found
    }

    private func dropSnapshots(where isStray: (Offset) -> Bool) throws(LogError) {
        let names = try storing { () throws(DiskError) in try disk.list(directory) }
        for name in names {
            guard let offset = LogFiles.offset(of: name, suffix: LogFiles.producerSnapshot), isStray(offset) else {
                continue
            }
            try storing { () throws(DiskError) in try disk.remove(directory + "/" + name) }
        }
    }

    private func removeOrphanIndexes(_ bases: [Offset]) throws(LogError) {
        let known = Set(bases)
        let names = try storing { () throws(DiskError) in try disk.list(directory) }
        for name in names {
            for suffix in [LogFiles.offsetIndex, LogFiles.timeIndex, LogFiles.transactionIndex] {
                guard let offset = LogFiles.offset(of: name, suffix: suffix), !known.contains(offset) else { continue }
                try storing { () throws(DiskError) in try disk.remove(directory + "/" + name) }
            }
        }
    }

    /// The offset after the segment's last batch.
    private func endOffset(_ segment: Segment?) throws(LogError) -> Offset {
        guard let segment else { return 0 }
        var scan = BatchScan(
            segment.file, from: segment.offsets.last.map { Int($0.value) } ?? 0, to: segment.size, readAhead: 1 << 16)
        var end = segment.baseOffset
        while let found = try scan.next() { end = found.header.nextOffset }
        return end
    }
}
