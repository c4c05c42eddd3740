import LogStore
import RecordFormat
import ReplicaRules
import Replication
import Vocabulary
import WireProtocol

/// What a client is told of an error: Kafka's code, and words where the protocol has room for them.
struct Refusal: Error {
    let code: ErrorCode
    let message: String?
    var records: [ProduceResponseWriter.RecordError] = []
    /// The leader to turn to instead.
    var leader: CurrentLeader = .none

    init(_ code: ErrorCode, _ message: String? = nil) { (self.code, self.message) = (code, message) }
}

extension Refusal {
    /// The one table from what replicas say to what clients are told. Labelled, so that `.unknownLeaderEpoch` of a replica is
    /// never taken for the code of that name.
    init(of error: ReplicaError) {
        switch error {
        case .notLeader(let leader, let epoch):
            self.init(.notLeaderOrFollower)
            self.leader = CurrentLeader(leader, epoch: epoch)
        case .fencedLeaderEpoch(let leader, let epoch):
            self.init(.fencedLeaderEpoch)
            self.leader = CurrentLeader(leader, epoch: epoch)
        case .unknownLeaderEpoch: self.init(.unknownLeaderEpoch)
        case .unknownPartition: self.init(.unknownTopicOrPartition)
        case .notEnoughReplicas(let isr, let wanted):
            self.init(.notEnoughReplicas, "The in-sync set has \(isr) members, min.insync.replicas asks for \(wanted).")
        case .notEnoughReplicasAfterAppend: self.init(.notEnoughReplicasAfterAppend)
        case .offline: self.init(.kafkaStorageError, "The log is offline after an error of the disk.")
        case .timedOut: self.init(.requestTimedOut)
        case .append(let error): self.init(of: error)
        case .log(let error): self.init(of: error)
        }
    }

    init(of error: LogError) {
        switch error {
        case .disk(let error): self.init(.kafkaStorageError, "\(error)")
        case .corrupt: self.init(.corruptMessage)
        case .outOfRange: self.init(.offsetOutOfRange)
        }
    }

    init(of error: AppendError) {
        switch error {
        case .disk(let error): self.init(.kafkaStorageError, "\(error)")
        case .malformed(let error): self.init(.corruptMessage, "The batch is damaged: \(error).")
        case .invalid(let error): self.init(of: error)
        case .baseOffset(let offset):
            self.init(.invalidRecord, "A batch must begin with offset 0, this one begins with \(offset).")
        case .batchTooLarge(let size, let limit):
            self.init(.messageTooLarge, "The batch has \(size) bytes, max.message.bytes is \(limit).")
        case .beyondSegment(let size, let limit):
            self.init(.recordListTooLarge, "The batch has \(size) bytes, segment.bytes is \(limit).")
        case .producer(let error): self.init(of: error)
        case .notAMarker: self.init(.invalidRecord, "A control batch without a transaction marker.")
        case .unexpectedOffset(let offset, let end):
            self.init(.unknownServerError, "Offset \(offset) does not follow the log's end \(end).")
        case .offline: self.init(.kafkaStorageError, "The log is offline after an error of the disk.")
        }
    }

    init(of error: ProducerError) {
        switch error {
        case .outOfOrderSequence(let id, let got, let after):
            self.init(
                .outOfOrderSequenceNumber, "Producer \(id) sends sequence number \(got), the last one was \(after).")
        case .oldEpoch(let id, let got, let current):
            self.init(.invalidProducerEpoch, "Producer \(id) sends epoch \(got), the current one is \(current).")
        case .outsideTransaction(let id):
            self.init(.invalidTxnState, "Producer \(id) has an open transaction that this batch is not part of.")
        case .coordinatorFenced(let id, let got, let current):
            self.init(
                .transactionCoordinatorFenced,
                "A marker for producer \(id) of coordinator epoch \(got), the current one is \(current).")
        }
    }

    init(of error: ValidationError) {
        switch error {
        case .noBatch:
            self.init(.invalidRecord, "A request must have one batch of records per partition, here is none.")
        case .moreThanOneBatch:
            self.init(.invalidRecord, "A request must have one batch of records per partition, here are several.")
        case .oldMagic(let magic):
            self.init(.invalidRecord, "Batches must be of format 2, this one is of format \(magic).")
        case .zstdTooEarly: self.init(.unsupportedCompressionType, "zstd needs version 7 of Produce.")
        case .malformed(let error): self.init(.corruptMessage, "The batch is damaged: \(error).")
        case .record(let error):
            self.init(error.isCorruption ? .corruptMessage : .invalidRecord, "A record cannot be read: \(error).")
        case .offsetRange(let first, let last):
            self.init(.invalidRecord, "The batch has the offsets \(first) to \(last).")
        case .count(let count): self.init(.invalidRecord, "The batch says that it has \(count) records.")
        case .offsetsAndCount(let first, let last, let count):
            self.init(
                .invalidRecord, "The batch has the offsets \(first) to \(last), but says that it has \(count) records.")
        case .sequence(let sequence, let id):
            self.init(.invalidRecord, "Producer \(id) sends the sequence number \(sequence).")
        case .controlFromClient: self.init(.invalidRecord, "Clients may not write control batches.")
        case .innerOffsets: self.init(.invalidRecord, "The offsets within the batch do not count up from 0.")
        case .rejected(let rejected, let anyTimestamp):
            self.init(
                anyTimestamp ? .invalidTimestamp : .invalidRecord,
                "One or more records have been rejected: "
                    + (rejected.first.map { "record \($0.batchIndex), \(Self.text($0.reason))" } ?? ""))
            records = rejected.map {
                ProduceResponseWriter.RecordError(batchIndex: $0.batchIndex, message: Self.text($0.reason))
            }
        case .compression(let error): self.init(.unknownServerError, "The batch cannot be compressed: \(error).")
        }
    }

    private static func text(_ reason: RejectedRecord.Reason) -> String {
        switch reason {
        case .keyMissing: "Compacted topic cannot accept message without key"
        case .logAppendTime(let offset):
            "Invalid timestamp type in message with offset \(offset). Producer should not set timestamp type to LogAppendTime."
        case .timestampOutOfRange(let timestamp, let offset, let lower, let upper):
            "Timestamp \(timestamp) of message with offset \(offset) is out of range. The timestamp should be within [\(lower), \(upper)]"
        }
    }
}
