import Bytes
import Vocabulary

/// Writes a Fetch response while the partitions are answered: `beginTopic`, its partitions, the next topic and so on,
/// `finish`. Counts need not be known ahead. Records are not copied unless they are few: the answer comes as segments, and
/// regions of files stand in it as announced. Fields that the version lacks are left out; the bytes are those of
/// `FetchResponse`.
package struct FetchResponseWriter: ~Copyable {
    /// Records up to this size are copied: less work than a segment more to queue and to send.
    package static let copiedSize = 2_048

    package let version: Int16
    private var buffer: AnswerBuffer
    /// Where the throttle time stands, which is known last.
    private let throttlePlace: Int
    private var topics: AnswerBuffer.OpenArray
    private var partitions: AnswerBuffer.OpenArray?

    /// With a correlation id the answer is a whole frame: its size, the response header and the body. Without one it is
    /// the body alone. The error (`ErrorCode`'s number) and the session are written from version 7 on.
    package init(
        version: Int16, correlationID: Int32? = nil, errorCode: Int16 = 0, sessionId: Int32 = 0, capacity: Int = 512
    ) throws(WireError) {
        try FetchResponse.check(version)
        self.version = version
        buffer = AnswerBuffer(
            capacity: capacity, flexible: FetchResponse.isFlexible(version), correlationID: correlationID)
        throttlePlace = buffer.writer.count
        buffer.writer.int32(0)
        if version >= 7 {
            buffer.writer.int16(errorCode)
            buffer.writer.int32(sessionId)
        }
        topics = buffer.openArray()
    }

    /// How many bytes there are by now, records included.
    package var size: Int { buffer.size }

    /// The name is written up to version 12, the id since.
    package mutating func beginTopic(name: ByteSlice, id: TopicID) {
        endTopic()
        if version <= 12 { buffer.name(name) } else { buffer.writer.uuid(id) }
        partitions = buffer.openArray()
        topics.count += 1
    }

    private mutating func endTopic() {
        guard let open = partitions else { return }
        buffer.close(open)
        buffer.noTags()
        partitions = nil
    }

    /// A partition of the topic begun last. Nil aborted transactions are null: what a consumer that reads uncommitted gets.
    package mutating func partition(
        _ partition: Partition, abortedTransactions: [AbortedTransaction]? = nil, records: Records
    ) {
        begin(partition, abortedTransactions)
        switch records {
        case .null: buffer.writer.length(nil, buffer.flexible)
        case .bytes(let bytes):
            buffer.writer.length(bytes.count, buffer.flexible)
            if bytes.count > Self.copiedSize { buffer.splice(bytes) } else { buffer.writer.raw(bytes) }
        case .region(let count):
            precondition(count >= 0 && count < Int32.max)
            buffer.writer.length(count, buffer.flexible)
            buffer.spliceRegion(count: count)
        }
        end(partition)
    }

    /// A partition whose `size` bytes of records are read straight into the answer by `read`, which fills all of the
    /// buffer. When it fails, the partition is not there, and may be answered anew.
    package mutating func partition<Failure: Error>(
        _ partition: Partition, abortedTransactions: [AbortedTransaction]? = nil, size: Int,
        read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(size >= 0 && size < Int32.max)
        let start = buffer.writer.count
        begin(partition, abortedTransactions)
        buffer.writer.length(size, buffer.flexible)
        do throws(Failure) {
            try buffer.writer.fill(size, read)
        } catch {
            buffer.writer.takeBack(to: start)
            partitions?.count -= 1
            throw error
        }
        end(partition)
    }

    /// The answer in order. The endpoints are those of the leaders named, each once.
    package consuming func finish(
        throttleTimeMs: Int32 = 0, nodeEndpoints: [LeaderEndpoint] = []
    ) throws(WireError) -> [AnswerSegment] {
        endTopic()
        buffer.close(topics)
        buffer.endTags(nodeEndpoints, isKnown: version >= 16)
        buffer.writer.replaceInt32(throttleTimeMs, at: throttlePlace)
        return try buffer.finish()
    }

    // MARK: A partition's fields

    /// What stands before the records.
    private mutating func begin(_ partition: Partition, _ abortedTransactions: [AbortedTransaction]?) {
        precondition(partitions != nil, "a partition stands in a topic")
        partitions?.count += 1
        buffer.writer.int32(partition.index.rawValue)
        buffer.writer.int16(partition.errorCode)
        buffer.writer.int64(partition.highWatermark.rawValue)
        buffer.writer.int64(partition.lastStableOffset.rawValue)
        if version >= 5 { buffer.writer.int64(partition.logStartOffset.rawValue) }
        buffer.writer.length(abortedTransactions?.count, buffer.flexible)
        for aborted in abortedTransactions ?? [] {
            buffer.writer.int64(aborted.producerId.rawValue)
            buffer.writer.int64(aborted.firstOffset.rawValue)
            buffer.noTags()
        }
        if version >= 11 { buffer.writer.int32(partition.preferredReadReplica.rawValue) }
    }

    /// The tagged fields after them.
    private mutating func end(_ partition: Partition) {
        guard buffer.flexible else { return }
        let (hasDiverged, hasSnapshot) = (partition.divergingEpoch != .none, partition.snapshotId != .none)
        let hasLeader = partition.currentLeader != .none
        buffer.writer.tagCount((hasDiverged ? 1 : 0) + (hasLeader ? 1 : 0) + (hasSnapshot ? 1 : 0))
        if hasDiverged {
            buffer.writer.unsignedVarint(0)
            buffer.writer.unsignedVarint(13)
            buffer.writer.int32(partition.divergingEpoch.epoch.rawValue)
            buffer.writer.int64(partition.divergingEpoch.endOffset.rawValue)
            buffer.noTags()
        }
        if hasLeader { buffer.tag(1, partition.currentLeader) }
        if hasSnapshot {
            buffer.writer.unsignedVarint(2)
            buffer.writer.unsignedVarint(13)
            buffer.writer.int64(partition.snapshotId.endOffset.rawValue)
            buffer.writer.int32(partition.snapshotId.epoch.rawValue)
            buffer.noTags()
        }
    }
}

extension FetchResponseWriter {
    package enum Records: Sendable {
        case null
        case bytes(ByteSlice)
        /// The caller has a region of so many bytes. Regions are numbered as they come, from 0.
        case region(count: Int)

        package static let none = Records.bytes(.empty)
    }

    /// An epoch and the offset at which it ends: where logs diverge, or up to which a snapshot reaches.
    package struct EpochEnd: Sendable, Hashable {
        package var epoch: LeaderEpoch
        package var endOffset: Offset

        package init(epoch: LeaderEpoch = .none, endOffset: Offset = .none) {
            self.epoch = epoch
            self.endOffset = endOffset
        }

        /// The field is left out.
        package static let none = EpochEnd()
    }

    package struct AbortedTransaction: Sendable {
        package var producerId: ProducerID
        package var firstOffset: Offset

        package init(producerId: ProducerID, firstOffset: Offset) {
            self.producerId = producerId
            self.firstOffset = firstOffset
        }
    }

    package struct Partition: Sendable {
        package var index: PartitionIndex
        /// `ErrorCode`'s number.
        package var errorCode: Int16
        package var highWatermark: Offset
        package var lastStableOffset: Offset
        package var logStartOffset: Offset
        package var divergingEpoch = EpochEnd.none
        package var currentLeader = CurrentLeader.none
        package var snapshotId = EpochEnd.none
        package var preferredReadReplica = BrokerID.none

        package init(
            _ index: PartitionIndex, error: ErrorCode = .none, highWatermark: Offset = .none,
            lastStableOffset: Offset = .none, logStartOffset: Offset = .none
        ) {
            self.index = index
            errorCode = error.rawValue
            self.highWatermark = highWatermark
            self.lastStableOffset = lastStableOffset
            self.logStartOffset = logStartOffset
        }
    }
}
