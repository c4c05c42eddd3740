import Bytes
import RecordFormat
import ReplicaRules
import Seams
import Vocabulary

/// Reads a segment that may have been cut off in the middle of a write: every batch is held against its checksum, indexes,
/// producers and leader epochs are made anew, and the file is cut behind the last sound batch.
///
/// A second copy of a batch right behind it stays, as in Kafka. Any other batch whose offset goes back is torn: the offset
/// is not under the checksum, and stands in another sector than the rest when the batch begins at the end of one.
struct SegmentRecovery {
    /// The state of the producers before the segment goes in, that after it comes out.
    var producers: ProducerStates
    var epochs: LeaderEpochs
    let disk: any Disk
    let directory: String
    let indexInterval: Int

    /// The segment, and how many bytes of it were no sound batches.
    mutating func recover(_ baseOffset: Offset) throws(LogError) -> (segment: Segment, cut: Int) {
        let segment = try Segment.rebuilding(baseOffset, in: directory, disk)
        let size = segment.size
        var scan = BatchScan(segment.file, from: 0, to: size, readAhead: 1 << 18)
        var end = 0
        var next = baseOffset
        var last: BatchHeader?
        while let (found, bytes) = try sound(&scan) {
            guard segment.canHold(found.header.lastOffset), found.header.lastOffset >= found.header.baseOffset else {
                break
            }
            if found.header.baseOffset < next, found.header != last { break }
            (next, last) = (found.header.nextOffset, found.header)
            try segment.note(found.header, at: found.position, indexInterval: indexInterval)
            try takeIn(found.header, bytes, segment)
            end = found.end
        }
        if end < size {
            // Durable at once: behind batches that come later, what was cut off would look like their successors.
            try storing { () throws(DiskError) in
                try segment.file.truncate(to: Int64(end))
                try segment.file.sync()
            }
            segment.cut(to: end)
        }
        try segment.prepareSeal()
        return (segment, size - end)
    }

    /// The next batch if it is sound. What is none ends the segment; a disk that fails says nothing of what is there.
    private func sound(_ scan: inout BatchScan) throws(LogError) -> (BatchScan.Found, ByteSlice)? {
        do throws(LogError) {
            guard let found = try scan.next() else { return nil }
            let bytes = try scan.bytes(of: found)
            let isSound = bytes.withBytes { bytes in
                guard let batch = try? BatchView(bytes) else { return false }
                return (try? batch.checkChecksum()) != nil
            }
            return isSound ? (found, bytes) : nil
        } catch {
            if case .disk = error { throw error }
            return nil
        }
    }

    /// Reads a segment that is sound, for its producers alone.
    mutating func replay(_ segment: Segment, from offset: Offset) throws(LogError) {
        guard let first = try segment.locate(offset, upTo: segment.size) else { return }
        var scan = BatchScan(segment.file, from: first.position, to: segment.size, readAhead: 1 << 16)
        while let found = try scan.next() {
            let isMarker = found.header.isControl && found.header.hasProducerID
            try takeIn(found.header, isMarker ? try scan.bytes(of: found) : .empty, nil)
        }
    }

    /// Reads a segment that is sound, for its leader epochs alone.
    mutating func replayEpochs(_ segment: Segment) throws(LogError) {
        var scan = BatchScan(segment.file, from: 0, to: segment.size, readAhead: 1 << 16)
        while let found = try scan.next() { noteEpoch(found.header) }
    }

    private mutating func noteEpoch(_ header: BatchHeader) {
        guard header.magic >= 2, header.partitionLeaderEpoch > epochs.latest else { return }
        epochs.assign(header.partitionLeaderEpoch, start: header.baseOffset)
    }

    private mutating func takeIn(_ header: BatchHeader, _ bytes: ByteSlice, _ segment: Segment?) throws(LogError) {
        noteEpoch(header)
        guard header.hasProducerID else { return }
        guard header.isControl else { return producers.append(header) }
        guard header.recordCount > 0, var reader = try? RecordReader(bytes, header), let record = try? reader.next(),
            let marker = TransactionMarker(key: record.key, value: record.value)
        else { return }
        let finished = producers.append(marker, header, timestamp: record.timestamp)
        if let finished, finished.isAborted { try segment?.aborted.append(finished) }
    }
}
