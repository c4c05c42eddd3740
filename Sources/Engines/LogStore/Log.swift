import Bytes
import RecordFormat
import ReplicaRules
import Seams
import Settings
import Synchronization
import Vocabulary

/// One replica's log: segments in Kafka's files, and what is known of their content.
///
/// Owner: whoever holds the partition's gate is the one writer, and calls what changes the log (`append…`, `raise…`,
/// `retain`, `close`, the settings). What readers need stands in `published`, behind a lock that is held for nanoseconds;
/// they may come from any thread. That division is what makes the class Sendable.
package final class Log: @unchecked Sendable {
    package let partition: TopicPartition
    package let topicID: TopicID?
    package let directory: String
    let disk: any Disk
    let pool: any DiskPool
    let epochFile: LeaderEpochFile
    private let published: Mutex<Published>

    // The writer's own.
    package internal(set) var settings: TopicSettings
    package internal(set) var producers: ProducerStates
    /// Taken off `segment.ms`, so that not all logs of a topic roll at once.
    let rollJitter: Int64
    var unflushedRecords: Int64 = 0
    /// Whether the producers stand in a snapshot at the log's end already.
    var hasSnapshotAtEnd = false
    package internal(set) var lastFlush: Timestamp

    /// What readers see.
    struct Published: Sendable {
        /// By base offset; never empty. The last one is the active one.
        var segments: [Segment]
        var start: Offset
        var end: Offset
        /// Where the active segment ends.
        var endPosition: Int
        var highWatermark: Offset
        /// What the producers hold back: the first offset of an open or unreplicated transaction.
        var firstUnstable: Offset?
        var epochs: LeaderEpochs
        /// Everything below is on stable storage.
        var recoveryPoint: Offset
        /// The batches appended last, so that consumers at the end of the log find their place without reading.
        var recent = RecentBatches()
        /// An error of the disk: nothing is appended any more.
        var failure: DiskError?
    }

    init(
        _ partition: TopicPartition, topicID: TopicID?, directory: String, disk: any Disk, pool: any DiskPool,
        settings: TopicSettings, producers: ProducerStates, rollJitter: Int64, now: Timestamp,
        epochFile: LeaderEpochFile, content: Published
    ) {
        (self.partition, self.topicID, self.directory) = (partition, topicID, directory)
        (self.disk, self.pool, self.settings, self.producers) = (disk, pool, settings, producers)
        (self.rollJitter, self.epochFile) = (rollJitter, epochFile)
        lastFlush = now
        published = Mutex(content)
    }

    func snapshot() -> Published { published.withLock { $0 } }

    func publish<Result>(_ change: (inout Published) -> Result) -> Result {
        // The closure only moves values in and out of the locked state, which never leaves the lock by reference.
        withoutActuallyEscaping(change) { change in
            published.withLock { state in
                nonisolated(unsafe) let change = change
                return change(&state)
            }
        }
    }
}

extension Log {
    package var start: Offset { published.withLock { $0.start } }
    package var end: Offset { published.withLock { $0.end } }
    package var highWatermark: Offset { published.withLock { $0.highWatermark } }
    package var recoveryPoint: Offset { published.withLock { $0.recoveryPoint } }
    package var latestEpoch: LeaderEpoch { published.withLock { $0.epochs.latest } }
    package var failure: DiskError? { published.withLock { $0.failure } }

    /// How far read_committed readers may read (KIP-98).
    package var lastStableOffset: Offset { published.withLock { $0.lastStable } }

    /// Start, end, high watermark and last stable offset of one moment.
    package var bounds: LogBounds { published.withLock { LogBounds($0) } }

    /// Bytes of all segments.
    package var size: Int64 { snapshot().segments.reduce(0) { $0 + Int64($1.size) } }
    package var segmentCount: Int { published.withLock { $0.segments.count } }
    package var baseOffsetOfFirstSegment: Offset { published.withLock { $0.segments[0].baseOffset } }

    /// The last epoch not above `epoch`, and where it ends.
    package func end(of epoch: LeaderEpoch) -> (epoch: LeaderEpoch, end: Offset) {
        published.withLock { $0.epochs.end(of: epoch, logEnd: $0.end) }
    }

    package func epoch(at offset: Offset) -> LeaderEpoch { published.withLock { $0.epochs.epoch(at: offset) } }
}

/// Where a log begins and ends, and how far it may be read.
package struct LogBounds: Sendable, Hashable {
    package let start: Offset
    package let end: Offset
    package let highWatermark: Offset
    package let lastStable: Offset

    init(_ published: Log.Published) {
        (start, end, highWatermark) = (published.start, published.end, published.highWatermark)
        lastStable = published.lastStable
    }
}

extension Log.Published {
    /// Never below the start, though a transaction that is still open may have begun there.
    var lastStable: Offset { max(start, min(firstUnstable ?? highWatermark, highWatermark)) }
    var active: Segment { segments[segments.count - 1] }

    /// The index of the segment that holds `offset`; the first one for offsets before it.
    func segmentIndex(of offset: Offset) -> Int {
        max(0, partitioningIndex(segments.count) { segments[$0].baseOffset > offset } - 1)
    }
}

/// Where the last few batches of the active segment begin.
struct RecentBatches: Sendable {
    private static let count = 16
    private var batches: [(base: Offset, last: Offset, position: Int)] = []
    private var next = 0

    mutating func note(base: Offset, last: Offset, position: Int) {
        if batches.count < Self.count {
            batches.append((base, last, position))
        } else {
            batches[next] = (base, last, position)
        }
        next = (next + 1) % Self.count
    }

    mutating func clear() {
        batches.removeAll(keepingCapacity: true)
        next = 0
    }

    /// Position and last offset of the batch that begins with or holds `offset`.
    func find(_ offset: Offset) -> (position: Int, last: Offset)? {
        batches.first { $0.base <= offset && offset <= $0.last }.map { ($0.position, $0.last) }
    }
}
