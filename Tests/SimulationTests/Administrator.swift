import ApusTesting
import Seams
import Vocabulary
import WireProtocol

/// Makes topics, deletes records, and looks whether the cluster is as it was told.
final class Administrator: Client, @unchecked Sendable {
    private let topicLimit: Int

    override init(_ name: String, _ workload: Workload) {
        topicLimit = 2 + workload.chance.below(4)
        super.init(name, workload)
    }

    override func work() async throws(CallFailure) {
        doing = "resting"
        if ledger.topics.count >= 2 { await pause(30...500) }
        if let unsure = ledger.topics.first(where: { $0.id == nil }) { return try await create(unsure) }
        switch chance.below(10) {
        case 0..<3 where ledger.topics.count < topicLimit: try await createNew()
        case 0..<6: ledger.topics.isEmpty ? try await createNew() : try await deleteRecords()
        case 6..<9: try await describe()
        default: try await apiVersions()
        }
        if ledger.topics.count < 2 { try await createNew() }
    }

    // MARK: Topics

    private func createNew() async throws(CallFailure) {
        let made = TopicFacts("topic\(ledger.topics.count)", TopicPolicy(chance))
        ledger.topics.append(made)
        try await create(made)
    }

    private func create(_ topic: TopicFacts) async throws(CallFailure) {
        var entry = CreateTopicsRequest.CreatableTopic()
        (entry.name, entry.numPartitions, entry.replicationFactor) = (topic.name, topic.policy.partitions, 1)
        entry.configs = topic.policy.configs.map { name, value in
            var config = CreateTopicsRequest.CreatableTopicConfig()
            (config.name, config.value) = (name, value)
            return config
        }
        var request = CreateTopicsRequest()
        request.topics = [entry]
        let version = version(2...7)
        let moment = moment()
        let answer = try await ask(request, version)
        guard let result = answer.topics.first else {
            return ledger.violate("\(name): CreateTopics is answered \(answer)")
        }
        switch ErrorCode(rawValue: result.errorCode) ?? .unknownServerError {
        case .none:
            if version >= 7 { topic.made(result.topicId, ledger) } else { try await describe(including: topic.name) }
        // By an attempt whose answer was lost.
        case .topicAlreadyExists: try await describe(including: topic.name)
        // The only broker has begun to leave.
        case .notController, .invalidReplicationFactor:
            passing(ErrorCode.leaderNotAvailable.rawValue, since: moment, "CreateTopics")
        default: ledger.violate("\(name): CreateTopics is answered \(result)")
        }
    }

    // MARK: Looking

    func describe(including fresh: String? = nil) async throws(CallFailure) {
        let version = version(10...13)
        var request = MetadataRequest()
        request.topics = nil
        request.allowAutoTopicCreation = false
        let moment = moment()
        await gate()
        let made = ledger.made
        let answer = try await ask(request, version)
        let isOurs =
            answer.brokers.count == 1 && answer.brokers[0].host == NodeProcess.address.host
            && Int(answer.brokers[0].port) == NodeProcess.address.port
        if !isOurs, servedSince(moment) { ledger.violate("\(name): Metadata names the brokers \(answer.brokers)") }
        for topic in ledger.topics {
            guard let found = answer.topics.first(where: { $0.name == topic.name }) else {
                if made.contains(where: { $0 === topic }) || topic.name == fresh {
                    ledger.violate("\(name): Metadata does not know \(topic.name) (node: \(ledger.phase))")
                }
                continue
            }
            check(found, topic, moment)
        }
    }

    private func check(_ found: MetadataResponse.MetadataResponseTopic, _ topic: TopicFacts, _ moment: Moment) {
        guard found.errorCode == 0, found.partitions.count == Int(topic.policy.partitions) else {
            return ledger.violate("\(name): Metadata has \(found)")
        }
        topic.made(found.topicId, ledger)
        for partition in found.partitions {
            let facts = topic.partitions[Int(partition.partitionIndex)]
            if partition.leaderEpoch < facts.leaderEpoch {
                ledger.violate(
                    "\(name): \(facts.name) was in epoch \(facts.leaderEpoch) and is in \(partition.leaderEpoch)")
            }
            facts.leaderEpoch = partition.leaderEpoch
            if servedSince(moment), partition.leaderId != 1 || partition.isrNodes != [1] {
                ledger.violate(
                    "\(name): \(facts.name) is led by \(partition.leaderId), in sync are \(partition.isrNodes)")
            }
        }
    }

    private func apiVersions() async throws(CallFailure) {
        let version = version(0...4)
        var request = ApiVersionsRequest()
        (request.clientSoftwareName, request.clientSoftwareVersion) = ("simulation", "1")
        let answer = try await ask(request, version)
        if answer.errorCode != 0 || !answer.apiKeys.contains(where: { $0.apiKey == APIKey.produce.rawValue }) {
            ledger.violate("\(name): ApiVersions is answered \(answer.errorCode) with \(answer.apiKeys.count) keys")
        }
    }

    // MARK: Deleting

    private func deleteRecords() async throws(CallFailure) {
        let all = ledger.partitions.filter { $0.acknowledged > $0.start }
        guard !all.isEmpty else { return }
        await gate()
        let partition = all[chance.below(all.count)]
        guard partition.acknowledged > partition.start else { return }
        let offset = partition.start + Int64(chance.below(Int(partition.acknowledged - partition.start) + 1))
        var topic = DeleteRecordsRequest.DeleteRecordsTopic()
        topic.name = partition.topic
        var asked = DeleteRecordsRequest.DeleteRecordsPartition()
        (asked.partitionIndex, asked.offset) = (partition.index, offset)
        topic.partitions = [asked]
        var request = DeleteRecordsRequest()
        (request.topics, request.timeoutMs) = ([topic], 5_000)
        partition.deletable = max(partition.deletable, offset)
        let moment = moment()
        let answer = try await ask(request, version(0...2))
        guard let result = answer.topics.first?.partitions.first else {
            return ledger.violate("\(name): DeleteRecords is answered \(answer)")
        }
        guard result.errorCode == 0 else { return passing(result.errorCode, since: moment, "DeleteRecords") }
        guard moment.run == ledger.run else { return }
        if result.lowWatermark < offset {
            ledger.violate("\(name): \(partition.name) begins at \(result.lowWatermark) after deletion up to \(offset)")
        }
        if result.lowWatermark > partition.start { partition.begins(at: result.lowWatermark, ledger) }
    }
}
