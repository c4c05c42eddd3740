import Bytes
import Vocabulary

/// Writes a Produce response while the partitions are answered: `beginTopic`, its partitions, the next topic and so on,
/// `finish`. Counts need not be known ahead. Fields that the version lacks are left out; the bytes are those of
/// `ProduceResponse`.
package struct ProduceResponseWriter: ~Copyable {
    package let version: Int16
    private var buffer: AnswerBuffer
    private var topics: AnswerBuffer.OpenArray
    private var partitions: AnswerBuffer.OpenArray?

    /// With a correlation id the answer is a whole frame: its size, the response header and the body. Without one it is
    /// the body alone.
    package init(version: Int16, correlationID: Int32? = nil, capacity: Int = 256) throws(WireError) {
        try ProduceResponse.check(version)
        self.version = version
        buffer = AnswerBuffer(
            capacity: capacity, flexible: ProduceResponse.isFlexible(version), correlationID: correlationID)
        topics = buffer.openArray()
    }

    /// How many bytes there are by now.
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

    /// A partition of the topic begun last.
    package mutating func partition(
        _ partition: Partition, recordErrors: [RecordError] = [], errorMessage: String? = nil
    ) {
        precondition(partitions != nil, "a partition stands in a topic")
        partitions?.count += 1
        buffer.writer.int32(partition.index.rawValue)
        buffer.writer.int16(partition.errorCode)
        buffer.writer.int64(partition.baseOffset.rawValue)
        buffer.writer.int64(partition.logAppendTime.rawValue)
        if version >= 5 { buffer.writer.int64(partition.logStartOffset.rawValue) }
        if version >= 8 {
            buffer.writer.length(recordErrors.count, buffer.flexible)
            for error in recordErrors {
                buffer.writer.int32(error.batchIndex)
                buffer.text(error.message)
                buffer.noTags()
            }
            buffer.text(errorMessage)
        }
        guard version >= 10, partition.currentLeader != .none else { return buffer.noTags() }
        buffer.writer.tagCount(1)
        buffer.tag(0, partition.currentLeader)
    }

    /// The whole answer. The endpoints are those of the leaders named, each once.
    package consuming func finish(
        throttleTimeMs: Int32 = 0, nodeEndpoints: [LeaderEndpoint] = []
    ) throws(WireError) -> ByteSlice {
        endTopic()
        buffer.close(topics)
        buffer.writer.int32(throttleTimeMs)
        buffer.endTags(nodeEndpoints, isKnown: version >= 10)
        return try buffer.finishBytes()
    }
}

extension ProduceResponseWriter {
    package struct Partition: Sendable {
        package var index: PartitionIndex
        /// `ErrorCode`'s number.
        package var errorCode: Int16
        package var baseOffset: Offset
        /// -1 unless the topic's timestamps are those of the log.
        package var logAppendTime: Timestamp
        package var logStartOffset: Offset
        package var currentLeader: CurrentLeader

        package init(
            _ index: PartitionIndex, error: ErrorCode = .none, baseOffset: Offset = .none,
            logAppendTime: Timestamp = .none, logStartOffset: Offset = .none, currentLeader: CurrentLeader = .none
        ) {
            self.index = index
            errorCode = error.rawValue
            self.baseOffset = baseOffset
            self.logAppendTime = logAppendTime
            self.logStartOffset = logStartOffset
            self.currentLeader = currentLeader
        }
    }

    /// What is wrong with one record of a refused batch (KIP-467).
    package struct RecordError: Sendable {
        package var batchIndex: Int32
        package var message: String?

        package init(batchIndex: Int32, message: String?) {
            self.batchIndex = batchIndex
            self.message = message
        }
    }
}
