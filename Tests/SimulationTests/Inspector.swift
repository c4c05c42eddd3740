import ApusTesting
import Seams
import Vocabulary
import WireProtocol

/// Reads everything after each start of the node and holds it against what was promised.
final class Inspector: Client, @unchecked Sendable {
    override var isGated: Bool { false }

    /// Looks at all partitions. `powerFailed`: what is missing at their ends may be lost, as far as it was not flushed.
    func inspect(powerFailed: Bool) async {
        await untilAnswered("Metadata") { [self] () throws(CallFailure) in try await describeTopics() }
        for partition in ledger.partitions {
            await untilAnswered("inspection of \(partition.name)") { [self] () throws(CallFailure) in
                try await inspect(partition, powerFailed)
            }
        }
    }

    /// Tries again while the node goes down and comes up; gives up when the node is down or the work has failed.
    private func untilAnswered(_ what: String, _ look: () async throws(CallFailure) -> Bool) async {
        let run = ledger.run
        for _ in 0..<400 {
            guard ledger.run == run, ledger.phase != .down, ledger.violations.isEmpty else { return }
            do throws(CallFailure) { if try await look() { return } } catch { ledger.tell("\(name): \(error)") }
            await pause(2...20)
        }
        ledger.violate("\(name): \(what) is not answered")
    }

    private func describeTopics() async throws(CallFailure) -> Bool {
        var request = MetadataRequest()
        request.topics = nil
        let (isServing, made) = (ledger.phase == .serving, ledger.made)
        let answer = try await ask(request, version(10...13))
        for topic in made {
            guard let found = answer.topics.first(where: { $0.name == topic.name }) else {
                ledger.violate("topic \(topic.name) is gone (node: \(ledger.phase))")
                return true
            }
            topic.made(found.topicId, ledger)
        }
        return isServing
    }

    // MARK: Partitions

    private func inspect(_ partition: PartitionFacts, _ powerFailed: Bool) async throws(CallFailure) -> Bool {
        let acknowledged = partition.acknowledged
        guard let start = try await offset(partition, -2)?.offset, let end = try await offset(partition, -1)?.offset
        else {
            return false
        }
        if powerFailed, !ledger.isOpen {
            partition.lost(from: end, ledger)
        } else if end < acknowledged {
            ledger.violate("\(partition.name) ends at \(end), and \(acknowledged) was acknowledged")
        }
        if start > partition.start { partition.begins(at: start, ledger) }
        guard let records = try await read(partition, start, end) else { return false }
        checkOrder(records, partition)
        try await checkTimes(records, partition)
        return true
    }

    private func offset(_ partition: PartitionFacts, _ time: Int64) async throws(CallFailure)
        -> ListOffsetsResponse.ListOffsetsPartitionResponse?
    {
        var asked = ListOffsetsRequest.ListOffsetsPartition()
        (asked.partitionIndex, asked.timestamp) = (partition.index, time)
        var topic = ListOffsetsRequest.ListOffsetsTopic()
        (topic.name, topic.partitions) = (partition.topic, [asked])
        var request = ListOffsetsRequest()
        (request.replicaId, request.topics) = (-1, [topic])
        let moment = moment()
        guard let found = try await ask(request, version(1...10)).topics.first?.partitions.first else { return nil }
        guard found.errorCode == 0 else {
            passing(found.errorCode, since: moment, "ListOffsets of \(partition.name)")
            return nil
        }
        return found
    }

    /// All records of the partition; nil if its start has moved meanwhile.
    private func read(_ partition: PartitionFacts, _ start: Int64, _ end: Int64) async throws(CallFailure)
        -> [(offset: Int64, timestamp: Int64, name: RecordName)]?
    {
        var records: [(offset: Int64, timestamp: Int64, name: RecordName)] = []
        var next = start
        let version = version(4...12)
        while next < end {
            var asked = FetchRequest.FetchPartition()
            (asked.partition, asked.fetchOffset, asked.partitionMaxBytes) = (partition.index, next, 60_000)
            var topic = FetchRequest.FetchTopic()
            (topic.topic, topic.partitions) = (partition.topic, [asked])
            var request = FetchRequest()
            (request.maxWaitMs, request.minBytes, request.topics) = (0, 1, [topic])
            let moment = moment()
            guard let found = try await ask(request, version).responses.first?.partitions.first else { return nil }
            guard found.errorCode == 0 else {
                if found.errorCode != 1 { passing(found.errorCode, since: moment, "Fetch of \(partition.name)") }
                return nil
            }
            let got = Fetched(ledger: ledger, partition: partition, who: name)
                .take(found.records, from: next, below: found.highWatermark)
            if got.next == next {
                ledger.violate("\(name): \(partition.name) ends at \(end), and has nothing at \(next)")
                return nil
            }
            // The first batch may have begun before.
            records += got.records.filter { $0.offset >= next }
            next = got.next
        }
        return records
    }

    /// Of each producer every batch stands once, in the order in which it was sent.
    private func checkOrder(
        _ records: [(offset: Int64, timestamp: Int64, name: RecordName)], _ partition: PartitionFacts
    ) {
        var last: [Int: Int32] = [:]
        for record in records where record.name.batch < ledger.batches.count {
            let batch = ledger.batches[record.name.batch]
            guard batch.session >= 0 else { continue }
            let sequence = batch.sequence + Int32(record.name.place)
            if let before = last[batch.session], sequence <= before {
                ledger.violate(
                    "\(partition.name) has of producer session \(batch.session) \(sequence) at \(record.offset) after \(before)"
                )
            }
            last[batch.session] = sequence
        }
    }

    /// The first record at or after a time is found.
    private func checkTimes(
        _ records: [(offset: Int64, timestamp: Int64, name: RecordName)], _ partition: PartitionFacts
    ) async throws(CallFailure) {
        guard let some = records.randomElement(using: &generator) else { return }
        let time = some.timestamp + chance.between(-1...1)
        guard let found = try await offset(partition, time), let start = try await offset(partition, -2)?.offset else {
            return
        }
        let wanted = records.first { $0.timestamp >= time && $0.offset >= start }
        // What was appended since is not known here.
        guard let wanted, found.offset >= start else { return }
        if found.offset != wanted.offset || found.timestamp != wanted.timestamp {
            ledger.violate(
                "\(partition.name): the first at \(time) is \(wanted.offset) of \(wanted.timestamp), and ListOffsets says \(found.offset) of \(found.timestamp)"
            )
        }
    }

    private var generator: Draw {
        get { Draw(chance: chance) }
        set {}
    }

    private struct Draw: RandomNumberGenerator {
        let chance: SimulatedChance
        mutating func next() -> UInt64 { chance.next() }
    }
}
