import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Answers CreateTopics. Topics are decided one by one, so some may be made and others refused; what is made is one
    /// atomic batch. `mayCreate` and `mayDescribeConfigs` are asked for names alone.
    package func createTopics(
        _ request: CreateTopicsRequest, image: ClusterImage, using random: inout some RandomNumberGenerator,
        mayCreate: (String) -> Bool = { _ in true }, mayDescribeConfigs: (String) -> Bool = { _ in true }
    ) -> Decision<CreateTopicsResponse> {
        let counts = Dictionary(request.topics.map { ($0.name, 1) }, uniquingKeysWith: +)
        if partitionsAsked(request, counts) > Self.maxRecordsPerRequest {
            return Self.allRefused(
                counts.keys,
                Refusal(.policyViolation, "Excessively large number of partitions per request."))
        }
        let view = view(image)
        var collisions = NameCollisions(image)
        var records: [VersionedRecord] = []
        var response = CreateTopicsResponse()
        var answered: Set<String> = []
        for topic in request.topics where answered.insert(topic.name).inserted {
            do throws(Refusal) {
                if counts[topic.name] != 1 { throw Refusal(.invalidRequest, "Duplicate topic name.") }
                if topic.name == TopicName.clusterMetadata {
                    throw Refusal(.invalidRequest, "Creation of internal topic \(topic.name) is prohibited.")
                }
                guard mayCreate(topic.name) else {
                    throw Refusal(.topicAuthorizationFailed, "Authorization failed.")
                }
                try Self.checkNew(topic.name, image, collisions)
                let made = try create(
                    topic, view, isDescribable: mayDescribeConfigs(topic.name), using: &random)
                collisions.insert(topic.name)
                records += made.records
                response.topics.append(made.result)
            } catch { response.topics.append(Self.refused(topic.name, error)) }
        }
        if records.count > Self.maxRecordsPerRequest {
            return Self.allRefused(counts.keys, Self.tooManyRecords)
        }
        return Decision(response, records: request.validateOnly ? [] : records, isAtomic: true)
    }

    static var tooManyRecords: Refusal {
        Refusal(
            .policyViolation,
            "The request leads to more than \(maxRecordsPerRequest) metadata records; ask for less at once.")
    }

    /// How many partitions a request is about, also of topics that will be refused. Big numbers do not overflow.
    private func partitionsAsked(_ request: CreateTopicsRequest, _ counts: [String: Int]) -> Int {
        request.topics.reduce(0) { sum, topic in
            if counts[topic.name] != 1 { return sum }
            if !topic.assignments.isEmpty { return sum + topic.assignments.count }
            return sum + Int(topic.numPartitions == -1 ? defaultPartitions : max(0, topic.numPartitions))
        }
    }

    private static func checkNew(
        _ name: String, _ image: ClusterImage, _ collisions: NameCollisions
    ) throws(Refusal) {
        if let problem = TopicName.problem(with: name) { throw Refusal(.invalidTopicException, problem) }
        if image.topicIDs[name] != nil {
            throw Refusal(.topicAlreadyExists, "Topic '\(name)' already exists.")
        }
        if let other = collisions.other(than: name) {
            throw Refusal(.invalidTopicException, "Topic '\(name)' collides with existing topic: \(other)")
        }
    }

    private func create(
        _ topic: CreateTopicsRequest.CreatableTopic, _ view: ClusterView, isDescribable: Bool,
        using random: inout some RandomNumberGenerator
    ) throws(Refusal) -> (records: [VersionedRecord], result: CreateTopicsResponse.CreatableTopicResult) {
        let configs = try Self.creationConfigs(topic)
        let configRecords = try newTopicConfigs(topic.name, configs, view)
        let partitions = try partitions(of: topic, view, using: &random)
        let image = TopicImage(name: topic.name, id: .random(using: &random), partitions: partitions)
        var result = CreateTopicsResponse.CreatableTopicResult()
        result.name = topic.name
        result.topicId = image.id
        result.errorMessage = nil
        if isDescribable {
            result.numPartitions = Int32(clamping: partitions.count)
            result.replicationFactor = Int16(clamping: partitions.first?.replicas.count ?? 0)
            result.configs = view.described(configs)
        } else {
            result.topicConfigErrorCode = ErrorCode.topicAuthorizationFailed.rawValue
        }
        var records = [image.record]
        records.reserveCapacity(1 + configRecords.count + partitions.count)
        records += configRecords
        for (index, state) in partitions.enumerated() {
            records.append(state.record(of: image.id, Int32(clamping: index), at: view.version))
        }
        return (records, result)
    }

    /// The settings a topic is created with. Of a name that comes twice the last value counts.
    private static func creationConfigs(
        _ topic: CreateTopicsRequest.CreatableTopic
    ) throws(Refusal) -> [String: String] {
        let withoutValue = topic.configs.filter { $0.value == nil }.map(\.name)
        if !withoutValue.isEmpty {
            throw Refusal(
                .invalidConfig, "Null value not supported for topic configs: \(withoutValue.joined(separator: ","))")
        }
        return Dictionary(topic.configs.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
    }

    private func partitions(
        of topic: CreateTopicsRequest.CreatableTopic, _ view: ClusterView,
        using random: inout some RandomNumberGenerator
    ) throws(Refusal) -> [PartitionState] {
        if !topic.assignments.isEmpty { return try assignedPartitions(of: topic, view) }
        guard topic.replicationFactor == -1 || topic.replicationFactor > 0 else {
            throw Refusal(
                .invalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.")
        }
        guard topic.numPartitions == -1 || topic.numPartitions > 0 else {
            throw Refusal(
                .invalidPartitions, "Number of partitions must be larger than 0, or -1 to use the default value.")
        }
        let count = topic.numPartitions == -1 ? defaultPartitions : topic.numPartitions
        let factor = topic.replicationFactor == -1 ? defaultReplicationFactor : topic.replicationFactor
        var placement = ReplicaPlacement(view.image, using: &random)
        let placed = try placement.place(partitions: Int(count), replicas: Int(factor), using: &random)
        return try view.newPartitions(placedOn: placed)
    }

    private func assignedPartitions(
        of topic: CreateTopicsRequest.CreatableTopic, _ view: ClusterView
    ) throws(Refusal) -> [PartitionState] {
        guard topic.replicationFactor == -1, topic.numPartitions == -1 else {
            let which = topic.replicationFactor == -1 ? "numPartitions" : "replication factor"
            throw Refusal(
                .invalidRequest, "A manual partition assignment was specified, but \(which) was not set to -1.")
        }
        var states: [Int32: PartitionState] = [:]
        var factor: Int?
        for assignment in topic.assignments {
            let index = assignment.partitionIndex
            guard states[index] == nil else {
                throw Refusal(
                    .invalidReplicaAssignment, "Found multiple manual partition assignments for partition \(index)")
            }
            states[index] = try view.newPartition(Int(index), assignedTo: assignment.brokerIds, expecting: factor)
            factor = assignment.brokerIds.count
        }
        var ordered: [PartitionState] = []
        for index in 0..<Int32(clamping: states.count) {
            guard let state = states[index] else {
                throw Refusal(
                    .invalidReplicaAssignment,
                    "Partitions must be numbered from 0 without gaps; there is no assignment for partition \(index).")
            }
            ordered.append(state)
        }
        return ordered
    }

    private static func refused(_ name: String, _ why: Refusal) -> CreateTopicsResponse.CreatableTopicResult {
        var result = CreateTopicsResponse.CreatableTopicResult()
        result.name = name
        result.errorCode = why.code.rawValue
        result.errorMessage = why.message
        return result
    }

    private static func allRefused(
        _ names: some Sequence<String>, _ why: Refusal
    ) -> Decision<CreateTopicsResponse> {
        var response = CreateTopicsResponse()
        response.topics = names.sorted().map { refused($0, why) }
        return Decision(response, isAtomic: true)
    }
}

extension UUID128 {
    /// A random (version 4) id. Kafka avoids ids whose text begins with '-', since tools take it for an option.
    static func random(using random: inout some RandomNumberGenerator) -> UUID128 {
        while true {
            let high: UInt64 = random.next() & ~0xf000 | 0x4000
            let low: UInt64 = random.next() & ~(0b11 << 62) | 0b10 << 62
            let made = UUID128(high: high, low: low)
            if !made.description.hasPrefix("-") { return made }
        }
    }
}
