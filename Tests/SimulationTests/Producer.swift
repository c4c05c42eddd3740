import ApusTesting
import Bytes
import Compression
import RecordFormat
import Seams
import Vocabulary
import WireProtocol

/// Produces to all partitions: with an id and acks=all, and retries until each batch has its answer; or without an id, once.
final class Producer: Client, @unchecked Sendable {
    private let acks: Int16
    private let isIdempotent: Bool
    private let version: Int16
    private var session: Session?

    /// A producer id's life: a sequence for each partition.
    private final class Session {
        let number: Int
        let id: Int64
        let epoch: Int16
        let powerLosses: Int
        var sequences: [String: Int32] = [:]

        init(_ number: Int, _ id: Int64, _ epoch: Int16, _ powerLosses: Int) {
            (self.number, self.id, self.epoch, self.powerLosses) = (number, id, epoch, powerLosses)
        }
    }

    init(_ name: String, _ workload: Workload, acks: Int16) {
        self.acks = acks
        isIdempotent = acks == -1
        version = Int16(workload.chance.between(3...13))
        super.init(name, workload)
    }

    override func work() async throws(CallFailure) {
        doing = "resting"
        await pause(0...120)
        guard let partition = pick(), let id = workload.topic(of: partition)?.id else { return await pause(20...60) }
        if isIdempotent {
            try await produceInOrder(to: partition, id)
        } else {
            try await produceOnce(to: partition, id)
        }
    }

    private func pick() -> PartitionFacts? {
        let all = ledger.partitions
        return all.isEmpty ? nil : all[chance.below(all.count)]
    }

    // MARK: Batches

    private func newBatch(_ partition: PartitionFacts, _ session: Session?) -> (number: Int, bytes: ByteSlice) {
        let (count, size) = (1 + chance.below(5), chance.below(250))
        let number = ledger.batches.count
        let timestamp = ledger.wallClock
        let sequence = session?.sequences[partition.name] ?? 0
        ledger.batches.append(
            BatchFacts(
                partition: partition, session: session?.number ?? -1, sequence: session == nil ? -1 : sequence,
                count: count, valueSize: size, timestamp: timestamp, acks: acks))
        session?.sequences[partition.name] = sequence + Int32(count)
        var builder = BatchBuilder(
            compression: chance.happens(percent: 20) ? CompressionSetting(.lz4) : CompressionSetting.none)
        if let session {
            (builder.producerID, builder.producerEpoch) = (ProducerID(session.id), ProducerEpoch(session.epoch))
            builder.baseSequence = sequence
        }
        for place in 0..<count {
            let record = RecordName(batch: number, place)
            builder.append(key: record.key, value: record.value(size), timestamp: Timestamp(timestamp))
        }
        guard let bytes = try? builder.build() else { fatalError("a batch that cannot be built") }
        return (number, ByteSlice(bytes))
    }

    private func request(_ partition: PartitionFacts, _ id: UUID128, _ bytes: ByteSlice) -> ProduceRequest {
        var request = ProduceRequest()
        (request.acks, request.timeoutMs) = (acks, 5_000)
        var topic = ProduceRequest.TopicProduceData()
        if version >= 13 { topic.topicId = id } else { topic.name = partition.topic }
        var data = ProduceRequest.PartitionProduceData()
        (data.index, data.records) = (partition.index, bytes)
        topic.partitionData = [data]
        request.topicData = [topic]
        return request
    }

    // MARK: Once

    private func produceOnce(to partition: PartitionFacts, _ id: UUID128) async throws(CallFailure) {
        await gate()
        try await wire.connect()
        guard ledger.isOpen else { return }
        let (number, bytes) = newBatch(partition, nil)
        guard acks != 0 else {
            ledger.count("Produce acks=0")
            return try wire.post(request(partition, id, bytes), version)
        }
        let moment = moment()
        doing = "producing once"
        let answer = try await wire.answer(
            ProduceRequest.self, version, try wire.send(request(partition, id, bytes), version))
        ledger.count("Produce acks=\(acks)")
        guard let result = result(answer, partition) else { return }
        if result.errorCode == 0 {
            partition.acknowledged(number, at: result.baseOffset, ledger)
        } else {
            passing(result.errorCode, since: moment, "Produce to \(partition.name)")
        }
    }

    private func result(_ answer: ProduceResponse, _ partition: PartitionFacts)
        -> ProduceResponse.PartitionProduceResponse?
    {
        guard answer.responses.count == 1, answer.responses[0].partitionResponses.count == 1,
            answer.responses[0].partitionResponses[0].index == partition.index
        else {
            ledger.violate("\(name): a Produce to \(partition.name) is answered \(answer)")
            return nil
        }
        return answer.responses[0].partitionResponses[0]
    }

    // MARK: In order

    /// Sends one to three batches at once, and again, in order, until each has its answer.
    private func produceInOrder(to partition: PartitionFacts, _ id: UUID128) async throws(CallFailure) {
        if session == nil { session = try await newSession() }
        guard let session else { return }
        var left = (0...chance.below(3)).map { _ in newBatch(partition, session) }
        // The node's run in which several of them were first sent.
        var severalSent: Int?
        while !left.isEmpty, !ledger.isOver {
            await gate()
            let moment = moment()
            var tickets: [Ticket] = []
            do throws(CallFailure) {
                try await wire.connect()
                for batch in left where ledger.isOpen {
                    tickets.append(try wire.send(request(partition, id, batch.bytes), version))
                }
            } catch { await pause(10...80) }
            doing = "producing in order"
            var rest: [(number: Int, bytes: ByteSlice)] = Array(left.dropFirst(tickets.count))
            for (batch, ticket) in zip(left, tickets).reversed() {
                guard let code = await fate(batch.number, ticket, partition) else {
                    rest.insert(batch, at: 0)
                    continue
                }
                guard code != 0 else { continue }
                rest.insert(batch, at: 0)
                let isOutOfOrder =
                    code == ErrorCode.outOfOrderSequenceNumber.rawValue || code == ErrorCode.unknownProducerId.rawValue
                if isOutOfOrder, batch.number != left[0].number { continue }
                // After a start the node knows the last batch of a producer alone, as Kafka's snapshots do: those before
                // it, whose answers were lost, are out of order then.
                let isForgotten = severalSent.map { $0 < ledger.run } ?? false
                if isOutOfOrder, isForgotten || session.powerLosses < ledger.powerLosses {
                    // Or what came before was lost with the power. A new producer goes on with something else.
                    ledger.tell("\(name): gives up producer \(session.id)")
                    self.session = nil
                    return
                }
                passing(code, since: moment, "Produce of batch \(batch.number) to \(partition.name)")
            }
            if tickets.count > 1 { severalSent = severalSent ?? moment.run }
            if rest.count == left.count { await pause(10...80) }
            left = rest
        }
    }

    /// The answer's error; nil if there is no answer.
    private func fate(_ batch: Int, _ ticket: Ticket, _ partition: PartitionFacts) async -> Int16? {
        guard let answer = try? await wire.answer(ProduceRequest.self, version, ticket) else { return nil }
        ledger.count("Produce idempotent")
        guard let result = result(answer, partition) else { return nil }
        if result.errorCode == 0 { partition.acknowledged(batch, at: result.baseOffset, ledger) }
        return result.errorCode
    }

    private func newSession() async throws(CallFailure) -> Session? {
        var request = InitProducerIdRequest()
        request.transactionalId = nil
        let moment = moment()
        let powerLosses = ledger.powerLosses
        let answer = try await ask(request, version(0...5))
        guard answer.errorCode == 0 else {
            passing(answer.errorCode, since: moment, "InitProducerId")
            return nil
        }
        ledger.gave(producerID: answer.producerId)
        return Session(workload.nextSession(), answer.producerId, answer.producerEpoch, powerLosses)
    }
}
