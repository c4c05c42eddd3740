import Bytes
import RecordFormat
import Vocabulary

/// A marker that ends a transaction in a partition.
package struct TransactionMarker: Sendable, Hashable {
    package let isCommit: Bool
    package let coordinatorEpoch: Int32

    package init(isCommit: Bool, coordinatorEpoch: Int32) {
        self.isCommit = isCommit
        self.coordinatorEpoch = coordinatorEpoch
    }

    /// Reads the one record of a control batch: key version and type, value version and coordinator epoch; longer ones of
    /// later versions are read as far as they are known. Nil for control records that are no markers.
    package init?(key: ByteSlice?, value: ByteSlice?) {
        guard let key, let type = ControlRecordType(key: key), type == .commit || type == .abort else { return nil }
        guard let value, value.count >= 6 else { return nil }
        self.init(isCommit: type == .commit, coordinatorEpoch: value.withBytes { $0.readBigEndian(at: 2) })
    }
}

/// A transaction that has come to its end in a partition.
package struct FinishedTransaction: Sendable, Hashable {
    package let producerID: ProducerID
    package let firstOffset: Offset
    /// Of the marker.
    package let lastOffset: Offset
    package let isAborted: Bool
    /// The last stable offset once the marker stands, as `.txnindex` keeps it.
    package let lastStableOffset: Offset
}

/// The producers of one partition: who may append what (idempotence, KIP-98), which transactions are open, and how far
/// the log is stable. Every change is either `append`, of a batch that has been written, or comes from a snapshot.
package struct ProducerStates: Sendable {
    package private(set) var states: [ProducerID: ProducerState] = [:]
    /// Open transactions by their first offset.
    private var open: [Offset: ProducerID] = [:]
    /// Finished ones whose markers are not yet below the high watermark, by first offset.
    private var unreplicated: [Offset: Offset] = [:]

    package init() {}

    /// From a snapshot.
    package init(_ entries: some Sequence<ProducerState>) {
        for entry in entries { put(entry) }
    }

    private mutating func put(_ state: ProducerState) {
        states[state.producerID] = state
        if let start = state.transactionStart { open[start] = state.producerID }
    }

    package var count: Int { states.count }

    package func state(of producer: ProducerID) -> ProducerState? { states[producer] }

    package func hasOpenTransaction(_ producer: ProducerID, _ epoch: ProducerEpoch) -> Bool {
        guard let state = states[producer] else { return false }
        return state.transactionStart != nil && state.epoch == epoch
    }

    /// The first offset that a read_committed reader may not pass yet; nil when nothing is open or unreplicated.
    package var firstUnstableOffset: Offset? {
        guard !open.isEmpty || !unreplicated.isEmpty else { return nil }
        return [open.keys.min(), unreplicated.keys.min()].compactMap(\.self).min()
    }

    /// The remembered batch that this one repeats.
    package func duplicate(of header: BatchHeader) -> RememberedBatch? {
        states[header.producerID]?.duplicate(of: header)
    }

    /// Whether a leader may append the data batch. Followers and log recovery do not ask, and a coordinator's batches have
    /// no sequence numbers.
    package func check(_ header: BatchHeader, asksSequence: Bool = true) throws(ProducerError) {
        guard header.hasProducerID, !header.isControl else { return }
        guard let state = states[header.producerID] else { return }
        let id = header.producerID
        guard header.producerEpoch >= state.epoch else {
            throw .oldEpoch(id, got: header.producerEpoch, current: state.epoch)
        }
        if asksSequence { try checkSequence(header, state) }
        if state.transactionStart != nil, !header.isTransactional { throw .outsideTransaction(id) }
    }

    private func checkSequence(_ header: BatchHeader, _ state: ProducerState) throws(ProducerError) {
        if header.producerEpoch != state.epoch {
            // A new epoch begins anew; a state that never had one (all its data is gone) takes what comes.
            guard header.baseSequence == 0 || state.epoch == .none else {
                throw .outOfOrderSequence(header.producerID, got: header.baseSequence, after: -1)
            }
        } else {
            let last = state.lastSequence
            guard header.baseSequence == BatchHeader.sequence(last, plus: 1) || state.epoch == .none else {
                throw .outOfOrderSequence(header.producerID, got: header.baseSequence, after: last)
            }
        }
    }

    /// Whether a leader may append the marker. Version 2 transactions bump the epoch with each end, so an equal one is a
    /// repetition, which is harmless when nothing is open (KIP-890).
    package func check(
        _ marker: TransactionMarker, _ header: BatchHeader, transactionVersion: Int16
    ) throws(ProducerError) {
        guard let state = states[header.producerID] else { return }
        let isOld =
            transactionVersion >= 2 && state.transactionStart != nil
            ? header.producerEpoch <= state.epoch : header.producerEpoch < state.epoch
        guard !isOld else { throw .oldEpoch(header.producerID, got: header.producerEpoch, current: state.epoch) }
        guard marker.coordinatorEpoch >= state.coordinatorEpoch else {
            throw .coordinatorFenced(
                header.producerID, got: marker.coordinatorEpoch, current: state.coordinatorEpoch)
        }
    }

    /// Takes in a data batch that stands in the log.
    package mutating func append(_ header: BatchHeader) {
        guard header.hasProducerID, !header.isControl else { return }
        var state = states[header.producerID] ?? ProducerState(header.producerID)
        state.enter(header.producerEpoch)
        state.remember(
            RememberedBatch(
                lastSequence: header.lastSequence, lastOffset: header.lastOffset, offsetDelta: header.lastOffsetDelta,
                timestamp: header.maxTimestamp))
        if header.isTransactional, state.transactionStart == nil {
            state.transactionStart = header.baseOffset
            open[header.baseOffset] = header.producerID
        }
        states[header.producerID] = state
    }

    /// Takes in a marker that stands in the log, and says which transaction it has ended. A marker of an unknown producer
    /// makes its state.
    @discardableResult
    package mutating func append(
        _ marker: TransactionMarker, _ header: BatchHeader, timestamp: Timestamp
    ) -> FinishedTransaction? {
        var state = states[header.producerID] ?? ProducerState(header.producerID)
        state.enter(header.producerEpoch)
        state.coordinatorEpoch = marker.coordinatorEpoch
        state.lastTimestamp = timestamp
        let start = state.transactionStart
        state.transactionStart = nil
        states[header.producerID] = state
        guard let start else { return nil }
        open[start] = nil
        unreplicated[start] = header.baseOffset
        return FinishedTransaction(
            producerID: header.producerID, firstOffset: start, lastOffset: header.baseOffset,
            isAborted: !marker.isCommit, lastStableOffset: open.keys.min() ?? header.baseOffset + 1)
    }

    /// Markers below the high watermark hold nothing back any more.
    package mutating func highWatermarkRose(to highWatermark: Offset) {
        if !unreplicated.isEmpty { unreplicated = unreplicated.filter { $0.value >= highWatermark } }
    }

    /// Forgets producers whose last append is `expiration` milliseconds old, but none with an open transaction.
    package mutating func expire(now: Timestamp, after expiration: Int64) {
        for (id, state) in states where state.transactionStart == nil && now - state.lastTimestamp >= expiration {
            states[id] = nil
        }
    }

    /// The log now begins at `start`: transactions wholly before it hold nothing back.
    package mutating func logStartRose(to start: Offset) {
        for (first, last) in unreplicated where last < start { unreplicated[first] = nil }
    }
}
