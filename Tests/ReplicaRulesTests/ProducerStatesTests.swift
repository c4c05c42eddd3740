import Bytes
import RecordFormat
import ReplicaRules
import Testing
import Vocabulary

/// The producers of one partition, driven by batch headers alone.
struct ProducerStatesTests {
    private func batch(
        _ producer: ProducerID = 1, epoch: ProducerEpoch = 0, sequence: Int32, count: Int = 1, at offset: Offset = 0,
        isTransactional: Bool = false, timestamp: Int64 = 1_000
    ) throws -> BatchHeader {
        var builder = BatchBuilder(baseOffset: offset)
        (builder.producerID, builder.producerEpoch, builder.baseSequence) = (producer, epoch, sequence)
        builder.isTransactional = isTransactional
        for _ in 0..<count { builder.append(key: nil, value: nil, timestamp: Timestamp(timestamp)) }
        return try #require(try ByteSlice(builder.build()).withBytes { try BatchHeader.read($0) })
    }

    private func marker(_ producer: ProducerID = 1, epoch: ProducerEpoch = 0, at offset: Offset) throws -> BatchHeader {
        var builder = BatchBuilder(baseOffset: offset)
        (builder.producerID, builder.producerEpoch) = (producer, epoch)
        (builder.isControl, builder.isTransactional) = (true, true)
        builder.append(key: ControlRecordType.commit.key, value: nil, timestamp: 1_000)
        return try #require(try ByteSlice(builder.build()).withBytes { try BatchHeader.read($0) })
    }

    private let commit = TransactionMarker(isCommit: true, coordinatorEpoch: 0)
    private let abort = TransactionMarker(isCommit: false, coordinatorEpoch: 0)

    // MARK: Idempotence

    @Test func `the last five batches are known again, the sixth last is out of order`() throws {
        var states = ProducerStates()
        for sequence in 0..<7 as Range<Int32> {
            states.append(try batch(sequence: sequence, at: Offset(Int64(sequence) + 100)))
        }
        for sequence in 2..<7 as Range<Int32> {
            #expect(states.duplicate(of: try batch(sequence: sequence))?.firstOffset == Offset(Int64(sequence) + 100))
        }
        #expect(states.duplicate(of: try batch(sequence: 1)) == nil)
        #expect(throws: ProducerError.outOfOrderSequence(1, got: 1, after: 6)) {
            try states.check(try batch(sequence: 1))
        }
        #expect(throws: Never.self) { try states.check(try batch(sequence: 7)) }
        #expect(throws: ProducerError.outOfOrderSequence(1, got: 8, after: 6)) {
            try states.check(try batch(sequence: 8))
        }
    }

    @Test func `a batch that begins as one before and ends elsewhere is no repetition`() throws {
        var states = ProducerStates()
        states.append(try batch(sequence: 0, count: 3))
        #expect(states.duplicate(of: try batch(sequence: 0, count: 2)) == nil)
        #expect(states.duplicate(of: try batch(sequence: 1, count: 2)) == nil)
        #expect(states.duplicate(of: try batch(sequence: 0, count: 3))?.lastOffset == 2)
        #expect(states.duplicate(of: try batch(epoch: 1, sequence: 0, count: 3)) == nil)
    }

    @Test func `sequence numbers wrap between batches and within one`() throws {
        var states = ProducerStates()
        states.append(try batch(sequence: .max - 1, count: 2))
        #expect(throws: Never.self) { try states.check(try batch(sequence: 0)) }
        #expect(throws: ProducerError.self) { try states.check(try batch(sequence: 1)) }

        var within = ProducerStates()
        within.append(try batch(sequence: .max, count: 3))
        #expect(within.state(of: 1)?.lastSequence == 1)
        #expect(within.duplicate(of: try batch(sequence: .max, count: 3))?.firstSequence == .max)
        #expect(throws: Never.self) { try within.check(try batch(sequence: 2)) }
    }

    @Test func `a new epoch begins with 0 and forgets the batches, an old one is fenced`() throws {
        var states = ProducerStates()
        states.append(try batch(epoch: 3, sequence: 5))
        #expect(throws: ProducerError.outOfOrderSequence(1, got: 6, after: -1)) {
            try states.check(try batch(epoch: 4, sequence: 6))
        }
        #expect(throws: ProducerError.oldEpoch(1, got: 2, current: 3)) {
            try states.check(try batch(epoch: 2, sequence: 0))
        }
        states.append(try batch(epoch: 4, sequence: 0, at: 10))
        #expect(states.state(of: 1)?.batches.count == 1)
        #expect(states.duplicate(of: try batch(epoch: 3, sequence: 5)) == nil)
    }

    @Test func `an unknown producer may begin anywhere`() throws {
        #expect(throws: Never.self) { try ProducerStates().check(try batch(sequence: 77)) }
    }

    @Test func `a coordinator's batch has no sequence numbers, but an epoch`() throws {
        var states = ProducerStates()
        states.append(try batch(epoch: 3, sequence: 5))
        #expect(throws: Never.self) { try states.check(try batch(epoch: 3, sequence: -1), asksSequence: false) }
        #expect(throws: ProducerError.oldEpoch(1, got: 2, current: 3)) {
            try states.check(try batch(epoch: 2, sequence: -1), asksSequence: false)
        }
    }

    // MARK: Transactions

    @Test func `the first unstable offset is that of the oldest transaction, until its marker is replicated`() throws {
        var states = ProducerStates()
        states.append(try batch(1, sequence: 0, at: 5, isTransactional: true))
        states.append(try batch(2, sequence: 0, at: 6, isTransactional: true))
        states.append(try batch(1, sequence: 1, at: 7, isTransactional: true))
        #expect(states.firstUnstableOffset == 5)
        states.highWatermarkRose(to: 8)
        let first = states.append(abort, try marker(1, at: 8), timestamp: 1_000)
        #expect(first?.firstOffset == 5)
        #expect(first?.lastOffset == 8)
        #expect(first?.isAborted == true)
        #expect(first?.lastStableOffset == 6)
        #expect(states.firstUnstableOffset == 5)
        states.highWatermarkRose(to: 8)
        #expect(states.firstUnstableOffset == 5)
        states.highWatermarkRose(to: 9)
        #expect(states.firstUnstableOffset == 6)
        let second = states.append(commit, try marker(2, at: 9), timestamp: 1_000)
        #expect(second?.lastStableOffset == 10)
        states.highWatermarkRose(to: 10)
        #expect(states.firstUnstableOffset == nil)
    }

    @Test func `a marker without a transaction ends nothing, and makes its producer known`() throws {
        var states = ProducerStates()
        #expect(states.append(commit, try marker(9, epoch: 4, at: 0), timestamp: 3_000) == nil)
        #expect(states.state(of: 9)?.epoch == 4)
        #expect(states.state(of: 9)?.lastTimestamp == 3_000)
        #expect(states.firstUnstableOffset == nil)
    }

    @Test func `markers of old coordinators and old producers are refused`() throws {
        var states = ProducerStates()
        states.append(try batch(epoch: 3, sequence: 0, isTransactional: true))
        states.append(TransactionMarker(isCommit: true, coordinatorEpoch: 5), try marker(epoch: 3, at: 1), timestamp: 0)
        #expect(throws: ProducerError.coordinatorFenced(1, got: 4, current: 5)) {
            try states.check(
                TransactionMarker(isCommit: true, coordinatorEpoch: 4), try marker(epoch: 3, at: 2),
                transactionVersion: 1)
        }
        #expect(throws: ProducerError.oldEpoch(1, got: 2, current: 3)) {
            try states.check(
                TransactionMarker(isCommit: true, coordinatorEpoch: 5), try marker(epoch: 2, at: 2),
                transactionVersion: 1)
        }
    }

    @Test func `with version 2 an open transaction is ended by a newer epoch alone`() throws {
        var states = ProducerStates()
        states.append(try batch(epoch: 3, sequence: 0, isTransactional: true))
        #expect(throws: Never.self) { try states.check(commit, try marker(epoch: 3, at: 1), transactionVersion: 1) }
        #expect(throws: ProducerError.oldEpoch(1, got: 3, current: 3)) {
            try states.check(commit, try marker(epoch: 3, at: 1), transactionVersion: 2)
        }
        states.append(commit, try marker(epoch: 4, at: 1), timestamp: 0)
        // A repeated marker is harmless.
        #expect(throws: Never.self) { try states.check(commit, try marker(epoch: 4, at: 2), transactionVersion: 2) }
    }

    @Test func `plain data is refused while its producer's transaction is open`() throws {
        var states = ProducerStates()
        states.append(try batch(sequence: 0, isTransactional: true))
        #expect(throws: ProducerError.outsideTransaction(1)) { try states.check(try batch(sequence: 1)) }
        #expect(throws: Never.self) { try states.check(try batch(sequence: 1, isTransactional: true)) }
    }

    // MARK: Forgetting

    @Test func `silent producers are forgotten, but none with an open transaction`() throws {
        var states = ProducerStates()
        states.append(try batch(1, sequence: 0, at: 0, timestamp: 1_000))
        states.append(try batch(2, sequence: 0, at: 1, timestamp: 1_001))
        states.append(try batch(3, sequence: 0, at: 2, isTransactional: true, timestamp: 1_000))
        states.expire(now: 2_000, after: 1_000)
        #expect(states.state(of: 1) == nil)
        #expect(states.state(of: 2) != nil)
        #expect(states.state(of: 3) != nil)
    }

    @Test func `a state from a snapshot knows its last batch and its open transaction`() throws {
        let states = ProducerStates([
            ProducerState(
                4, epoch: 2,
                lastBatch: RememberedBatch(lastSequence: 9, lastOffset: 20, offsetDelta: 2, timestamp: 1_000),
                coordinatorEpoch: 1, lastTimestamp: 1_000, transactionStart: 15)
        ])
        #expect(states.firstUnstableOffset == 15)
        #expect(states.hasOpenTransaction(4, 2))
        #expect(!states.hasOpenTransaction(4, 3))
        #expect(states.duplicate(of: try batch(4, epoch: 2, sequence: 7, count: 3))?.firstOffset == 18)
        #expect(throws: Never.self) { try states.check(try batch(4, epoch: 2, sequence: 10, isTransactional: true)) }
    }

    @Test func `what a marker's record may hold is read, and nothing else is a marker`() {
        let value = ByteSlice([0, 0, 0, 0, 0, 7])
        #expect(
            TransactionMarker(key: ControlRecordType.abort.key, value: value)
                == TransactionMarker(isCommit: false, coordinatorEpoch: 7))
        // A later version has more in it.
        #expect(
            TransactionMarker(key: ControlRecordType.commit.key, value: ByteSlice([0, 1, 0, 0, 0, 7, 1, 2]))
                == TransactionMarker(isCommit: true, coordinatorEpoch: 7))
        #expect(TransactionMarker(key: ControlRecordType.leaderChange.key, value: value) == nil)
        #expect(TransactionMarker(key: ControlRecordType.commit.key, value: value.prefix(5)) == nil)
        #expect(TransactionMarker(key: nil, value: value) == nil)
        #expect(TransactionMarker(key: ByteSlice([0, 0, 0]), value: value) == nil)
    }
}
