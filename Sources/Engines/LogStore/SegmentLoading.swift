import RecordFormat
import ReplicaRules
import Seams
import Vocabulary

/// The part of loading that reads segments: those below the recovery point are trusted, those from it on are recovered.
extension LogLoading {
    mutating func openSegments() throws(LogError) {
        let known = LeaderEpochFile.read(in: directory, disk)
        recovery.epochs = known ?? LeaderEpochs()
        writtenEpochs = recovery.epochs
        let bases = try baseOffsets()
        try removeOrphanIndexes(bases)
        // The segment that holds the recovery point, and all behind it, may be torn.
        let firstTorn = hints.isClean ? bases.count : bases.lastIndex { $0 <= hints.recoveryPoint } ?? 0
        let torn = bases[firstTorn...]
        (replayedTo, recovery.producers) = try newestSnapshot(atOrBelow: torn.first)
        for (index, base) in bases[..<firstTorn].enumerated() {
            try openTrusted(base, before: index + 1 < bases.count ? bases[index + 1] : nil)
            if known == nil { try recovery.replayEpochs(segments[index]) }
        }
        for (index, base) in torn.enumerated() {
            let rest = torn.dropFirst(index + 1)
            if base > bases[0] || base == replayedTo {
                let bytes = ProducerSnapshotFile.bytes(recovery.producers)
                try ProducerSnapshotFile.write(bytes, at: base, in: directory, disk)
            }
            guard try !recover(base, before: rest.first) else { continue }
            for later in rest {
                try removeFiles(of: later)
                notes.droppedSegments.append(later)
            }
            break
        }
    }

    /// Opens a segment that is whole, and reads what the producers' snapshot does not know yet. The last one has no `next`.
    private mutating func openTrusted(_ base: Offset, before next: Offset?) throws(LogError) {
        let segment = try opened(base)
        let end = if let next { next } else { try endOffset(segment) }
        if !hints.isClean || replayedTo != nil, replayedTo ?? 0 < end {
            try recovery.replay(segment, from: max(base, replayedTo ?? 0))
        }
        if next != nil { segment.wasSealed() }
        segments.append(segment)
    }

    /// Recovers a segment; false when the log ends in it though there is a `next` one.
    private mutating func recover(_ base: Offset, before next: Offset?) throws(LogError) -> Bool {
        let (segment, cut) = try recovery.recover(base)
        notes.recoveredSegments += 1
        segments.append(segment)
        if cut > 0 { notes.noteCut(try endOffset(segment), cut) }
        guard let next else { return true }
        if cut > 0 { return false }
        if try hasLostItsEnd(segment, before: next) { return false }
        try segment.seal()
        sealedTo = next
        return true
    }

    /// Whether batches between the segment and the next one were lost when the power failed. They were if the next one has no
    /// producer snapshot, for that is written when the segment before it is on stable storage. Other gaps stay, as in Kafka:
    /// cleaning makes them, and somebody who removes files.
    private func hasLostItsEnd(_ segment: Segment, before next: Offset) throws(LogError) -> Bool {
        guard try endOffset(segment) < next else { return false }
        let path = Segment.path(directory, next, LogFiles.producerSnapshot)
        return !disk.exists(path) || (try? ProducerSnapshotFile.read(path, disk)) == nil
    }

    private mutating func opened(_ base: Offset) throws(LogError) -> Segment {
        do throws(LogError) { return try Segment.open(base, in: directory, disk) } catch {
            guard case .corrupt = error else { throw error }
            // Its indexes are made anew from its batches; which transactions were aborted in it can be told only with the
            // producers that stood before it.
            notes.rebuiltIndexes.append(base)
            var rebuilding = recovery
            rebuilding.producers = try producers(before: base)
            let (segment, cut) = try rebuilding.recover(base)
            if cut > 0 { notes.noteCut(try endOffset(segment), cut) }
            // Below the recovery point indexes are trusted.
            try segment.makeIndexesDurable()
            return segment
        }
    }

    /// The producers as they stood where the segment at `base` begins.
    private func producers(before base: Offset) throws(LogError) -> ProducerStates {
        var replay = recovery
        let (found, producers) = try newestSnapshot(atOrBelow: base)
        replay.producers = producers
        let from = found ?? 0
        for (index, segment) in segments.enumerated() {
            let next = index + 1 < segments.count ? segments[index + 1].baseOffset : base
            if next > from { try replay.replay(segment, from: max(segment.baseOffset, from)) }
        }
        return replay.producers
    }

    /// Takes the producers from the newest snapshot that can be read and is not above `limit`; corrupt ones go. After a clean
    /// stop the one at the log's end is exact, and a log without any has no producers. 0 when all of them were corrupt.
    private func newestSnapshot(
        atOrBelow limit: Offset?
    ) throws(LogError) -> (offset: Offset?, producers: ProducerStates) {
        let names = try storing { () throws(DiskError) in try disk.list(directory) }
        let offsets = names.compactMap { LogFiles.offset(of: $0, suffix: LogFiles.producerSnapshot) }.sorted(by: >)
        var found: Offset?
        for offset in offsets where limit.map({ offset <= $0 }) ?? true {
            let path = Segment.path(directory, offset, LogFiles.producerSnapshot)
            do throws(LogError) {
                return (offset, try ProducerSnapshotFile.read(path, disk))
            } catch {
                guard case .corrupt = error else { throw error }
                try storing { () throws(DiskError) in try disk.remove(path) }
                found = 0
            }
        }
        return (found, ProducerStates())
    }

    func dropSnapshots(where isStray: (Offset) -> Bool) throws(LogError) {
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
    func endOffset(_ segment: Segment?) throws(LogError) -> Offset { try end(of: segment).offset }

    /// The same; and whether something stands behind the last batch that is whole and whose offsets go up. What came after
    /// it could not be read.
    func end(of segment: Segment?) throws(LogError) -> (offset: Offset, isTorn: Bool) {
        guard let segment else { return (0, false) }
        var scan = BatchScan(
            segment.file, from: segment.offsets.last.map { Int($0.value) } ?? 0, to: segment.size, readAhead: 1 << 16)
        var (end, position) = (segment.baseOffset, scan.position)
        var last: BatchHeader?
        while let found = try scan.next() {
            // Nothing but an entry of the index has said where the first one begins.
            let isInOrder =
                segment.canHold(found.header.lastOffset) && found.header.lastOffset >= found.header.baseOffset
                && (found.header.baseOffset >= end || found.header == last)
            guard isInOrder else { break }
            (end, position, last) = (found.header.nextOffset, found.end, found.header)
        }
        return (end, position < segment.size)
    }
}
