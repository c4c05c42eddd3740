import RecordFormat
import ReplicaRules
import Seams
import Vocabulary

/// What is wrong with a log, or with the wish to change it.
package enum LogError: Error, Sendable, Equatable {
    /// KAFKA_STORAGE_ERROR: the disk failed, and the log takes nothing more until it is opened again.
    case disk(DiskError)
    /// A file does not say what it should; `what` names the fault and where it is.
    case corrupt(path: String, what: String)
    /// OFFSET_OUT_OF_RANGE.
    case outOfRange(Offset, start: Offset, end: Offset)
}

/// Why a leader or follower did not append. The comments name Kafka's error code.
package enum AppendError: Error, Sendable, Equatable {
    /// KAFKA_STORAGE_ERROR.
    case disk(DiskError)
    /// CORRUPT_MESSAGE.
    case malformed(BatchError)
    /// See `ValidationError`.
    case invalid(ValidationError)
    /// INVALID_RECORD: a client's batch must begin with offset 0.
    case baseOffset(Offset)
    /// MESSAGE_TOO_LARGE.
    case batchTooLarge(Int, limit: Int)
    /// RECORD_LIST_TOO_LARGE: no segment of the topic can hold it.
    case beyondSegment(Int, limit: Int)
    /// See `ProducerError`.
    case producer(ProducerError)
    /// INVALID_RECORD: a control batch that holds no marker.
    case notAMarker
    /// A follower was given offsets that do not follow its log.
    case unexpectedOffset(Offset, end: Offset)
    /// KAFKA_STORAGE_ERROR: an earlier error of the disk has closed the log.
    case offline
}
