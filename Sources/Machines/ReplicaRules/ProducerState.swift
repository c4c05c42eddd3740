import RecordFormat
import Vocabulary

/// What a partition remembers of one batch of a producer: enough to know it again.
package struct RememberedBatch: Sendable, Hashable {
    package var lastSequence: Int32
    package var lastOffset: Offset
    /// Last offset minus first: also how far apart the sequence numbers are.
    package var offsetDelta: Int32
    package var timestamp: Timestamp

    package init(lastSequence: Int32, lastOffset: Offset, offsetDelta: Int32, timestamp: Timestamp) {
        self.lastSequence = lastSequence
        self.lastOffset = lastOffset
        self.offsetDelta = offsetDelta
        self.timestamp = timestamp
    }

    package var firstOffset: Offset { lastOffset - Int64(offsetDelta) }

    /// Sequence numbers wrap from 2^31 - 1 to 0.
    package var firstSequence: Int32 {
        let first = Int64(lastSequence) - Int64(offsetDelta)
        return Int32(truncatingIfNeeded: first < 0 ? first + (1 << 31) : first)
    }
}

/// What a partition knows of one producer (KIP-98): the epoch that may write, its latest batches, its open transaction.
package struct ProducerState: Sendable, Hashable {
    /// Duplicates are recognised among this many batches, which is why clients keep at most five requests in flight.
    package static let rememberedBatches = 5

    package let producerID: ProducerID
    package internal(set) var epoch: ProducerEpoch = .none
    /// Of the current epoch, oldest first, five at most.
    package internal(set) var batches: [RememberedBatch] = []
    package internal(set) var coordinatorEpoch: Int32 = -1
    package internal(set) var lastTimestamp: Timestamp = .none
    /// Where the open transaction began in this partition.
    package internal(set) var transactionStart: Offset?

    package init(_ producerID: ProducerID) { self.producerID = producerID }

    /// A state as a snapshot file has it: only the last batch is kept there.
    package init(
        _ producerID: ProducerID, epoch: ProducerEpoch, lastBatch: RememberedBatch?, coordinatorEpoch: Int32,
        lastTimestamp: Timestamp, transactionStart: Offset?
    ) {
        self.producerID = producerID
        self.epoch = epoch
        batches = lastBatch.map { [$0] } ?? []
        self.coordinatorEpoch = coordinatorEpoch
        self.lastTimestamp = lastTimestamp
        self.transactionStart = transactionStart
    }

    /// -1 when no batch of this epoch is known.
    package var lastSequence: Int32 { batches.last?.lastSequence ?? -1 }

    /// The remembered batch that has exactly these sequence numbers, in the producer's current epoch.
    package func duplicate(of header: BatchHeader) -> RememberedBatch? {
        guard header.producerEpoch == epoch, header.baseSequence >= 0 else { return nil }
        return batches.first {
            $0.firstSequence == header.baseSequence && $0.lastSequence == header.lastSequence
        }
    }

    mutating func enter(_ newEpoch: ProducerEpoch) {
        guard newEpoch != epoch else { return }
        epoch = newEpoch
        batches = []
    }

    mutating func remember(_ batch: RememberedBatch) {
        if batches.count == Self.rememberedBatches { batches.removeFirst() }
        batches.append(batch)
        lastTimestamp = batch.timestamp
    }
}

/// Why a batch of a producer is refused.
package enum ProducerError: Error, Sendable, Equatable {
    /// OUT_OF_ORDER_SEQUENCE_NUMBER.
    case outOfOrderSequence(ProducerID, got: Int32, after: Int32)
    /// INVALID_PRODUCER_EPOCH.
    case oldEpoch(ProducerID, got: ProducerEpoch, current: ProducerEpoch)
    /// INVALID_TXN_STATE: data outside of the producer's open transaction, or without a verified one.
    case outsideTransaction(ProducerID)
    /// TRANSACTION_COORDINATOR_FENCED.
    case coordinatorFenced(ProducerID, got: Int32, current: Int32)
}
