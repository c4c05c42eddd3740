import ClusterImage
import InternalRecords
import Settings
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

/// Random numbers from a seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A controller's rules with the log that their records make: every decision is replayed, as an engine does after commit.
struct TestCluster {
    let rules: ControllerRules
    var replay = ImageReplay()
    var sessions = BrokerSessions(timeoutMs: 9000)
    var nextOffset = Offset(0)
    var now: Int64 = 1000
    var random = Seeded(state: 7)

    var image: ClusterImage { replay.newest }

    /// What a node must be told to be one.
    static let least = [
        "node.id": "1", "process.roles": "broker,controller", "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": "1@localhost:9093",
        "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
    ]

    init(
        _ version: MetadataVersion = .latest, isELREnabled: Bool? = nil, settings: [String: String] = [:],
        partitions: Int32 = 1, replicationFactor: Int16 = 1
    ) throws {
        rules = ControllerRules(
            clusterID: "cluster", nodeID: 1, layers: BrokerLayers(fixed: Self.least.merging(settings) { $1 }),
            defaultPartitions: partitions,
            defaultReplicationFactor: replicationFactor)
        var levels = ControllerRules.defaultLevels(at: version)
        if let isELREnabled { levels[Feature.eligibleLeaderReplicas.rawValue] = isELREnabled ? 1 : 0 }
        let bootstrap = ControllerRules.bootstrapRecords(version, levels: levels)
        try append(rules.activate(image, isInTransaction: false, bootstrap: bootstrap).records)
    }

    /// Every record must survive being written and read in its version.
    mutating func append(_ records: [VersionedRecord]) throws {
        for record in records {
            let read = try VersionedRecord(decoding: record.encoded())
            try replay.replay(read.record)
            nextOffset += 1
        }
    }

    // MARK: Brokers

    static func registration(
        _ id: Int32, incarnation: UInt64 = 1, rack: String? = nil, directories: [UUID128]? = nil,
        previousEpoch: Int64 = -1
    ) -> BrokerRegistrationRequest {
        var request = BrokerRegistrationRequest()
        request.brokerId = id
        request.clusterId = "cluster"
        request.incarnationId = UUID128(high: UInt64(id), low: incarnation)
        var listener = BrokerRegistrationRequest.Listener()
        listener.name = "PLAINTEXT"
        listener.host = "localhost"
        listener.port = 9092
        request.listeners = [listener]
        request.features = Feature.allSupported.sorted { $0.key < $1.key }.map { name, range in
            var feature = BrokerRegistrationRequest.Feature()
            feature.name = name
            feature.minSupportedVersion = range.min
            feature.maxSupportedVersion = range.max
            return feature
        }
        request.rack = rack
        request.logDirs = directories ?? [directory(id)]
        request.previousBrokerEpoch = previousEpoch
        return request
    }

    static func directory(_ id: Int32, _ number: UInt64 = 1) -> UUID128 {
        UUID128(high: 0x1000 + UInt64(id), low: number)
    }

    mutating func register(_ request: BrokerRegistrationRequest) throws -> BrokerRegistrationResponse {
        let decision = rules.registerBroker(
            request, version: 4, image: image, sessions: &sessions, kraftVersion: 0, nextOffset: nextOffset, now: now)
        try append(decision.records)
        return decision.response
    }

    mutating func heartbeat(
        _ id: Int32, wantFence: Bool = false, wantShutDown: Bool = false, offset: Int64? = nil, epoch: Int64? = nil,
        offline: [UUID128] = [], cordoned: [UUID128]? = nil
    ) throws -> BrokerHeartbeatResponse {
        var request = BrokerHeartbeatRequest()
        request.brokerId = id
        request.brokerEpoch = epoch ?? image.brokers[BrokerID(id)]?.epoch ?? -1
        request.currentMetadataOffset = offset ?? nextOffset.rawValue - 1
        request.wantFence = wantFence
        request.wantShutDown = wantShutDown
        request.offlineLogDirs = offline
        request.cordonedLogDirs = cordoned
        let decision = rules.heartbeat(
            request, image: image, sessions: &sessions, nextOffset: nextOffset, now: now)
        try append(decision.records)
        return decision.response
    }

    /// Registers and unfences.
    mutating func start(_ ids: Int32..., rack: String? = nil) throws {
        for id in ids {
            #expect(try register(Self.registration(id, rack: rack)).errorCode == 0)
            #expect(try !heartbeat(id).isFenced)
        }
    }

    // MARK: Topics

    static func topic(
        _ name: String, partitions: Int32 = 1, replicas: Int16 = 1, configs: [(String, String?)] = [],
        assignments: [[Int32]] = []
    ) -> CreateTopicsRequest.CreatableTopic {
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = name
        topic.numPartitions = assignments.isEmpty ? partitions : -1
        topic.replicationFactor = assignments.isEmpty ? replicas : -1
        topic.configs = configs.map { name, value in
            var config = CreateTopicsRequest.CreatableTopicConfig()
            config.name = name
            config.value = value
            return config
        }
        topic.assignments = assignments.enumerated().map { index, brokers in
            var assignment = CreateTopicsRequest.CreatableReplicaAssignment()
            assignment.partitionIndex = Int32(index)
            assignment.brokerIds = brokers
            return assignment
        }
        return topic
    }

    mutating func create(
        _ topics: [CreateTopicsRequest.CreatableTopic], validateOnly: Bool = false
    ) throws -> [CreateTopicsResponse.CreatableTopicResult] {
        var request = CreateTopicsRequest()
        request.topics = topics
        request.validateOnly = validateOnly
        let decision = rules.createTopics(request, image: image, using: &random)
        try append(decision.records)
        return decision.response.topics
    }

    /// The code and message of one topic's creation.
    mutating func create(_ topic: CreateTopicsRequest.CreatableTopic) throws -> (code: ErrorCode?, message: String?) {
        let result = try create([topic])
        return (ErrorCode(rawValue: try #require(result.first).errorCode), result[0].errorMessage)
    }

    func partition(_ topic: String, _ index: Int32 = 0) throws -> PartitionState {
        try #require(image.partition(TopicPartition(topic, PartitionIndex(index))))
    }
}
