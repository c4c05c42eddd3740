import ClusterImage
import InternalRecords
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

struct CreateTopicsTests {
    @Test func `a topic is made of a topic record, its settings and its partitions, in one batch`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        var request = CreateTopicsRequest()
        request.topics = [
            TestCluster.topic(
                "orders", partitions: 2, configs: [("retention.ms", "1000"), ("cleanup.policy", "compact")])
        ]
        let decision = cluster.rules.createTopics(request, image: cluster.image, using: &cluster.random)
        #expect(decision.isAtomic)
        #expect(decision.records.map(\.record.type) == [2, 4, 4, 3, 3])
        #expect(decision.records.map(\.version) == [0, 0, 0, 2, 2])
        try cluster.append(decision.records)
        let topic = try #require(cluster.image.topic(named: "orders"))
        #expect(topic.id == decision.response.topics[0].topicId)
        #expect(topic.partitions.count == 2)
        for state in topic.partitions {
            #expect(
                state
                    == PartitionState(
                        replicas: [1], directories: [TestCluster.directory(1)], isr: [1], leader: 1, leaderEpoch: 0,
                        partitionEpoch: 0))
        }
        #expect(
            cluster.image.config(.topic("orders")) == ["retention.ms": "1000", "cleanup.policy": "compact"])
    }

    @Test func `the answer tells real counts and all settings with their sources, sorted`() throws {
        var cluster = try TestCluster(
            settings: ["log.retention.ms": "5000"], partitions: 3, replicationFactor: 1)
        try cluster.start(1)
        let result = try cluster.create(
            [TestCluster.topic("t", partitions: -1, replicas: -1, configs: [("segment.ms", "7000")])],
            validateOnly: true)[0]
        #expect(result.errorCode == 0)
        #expect(result.errorMessage == nil)
        #expect(result.numPartitions == 3)
        #expect(result.replicationFactor == 1)
        let configs = try #require(result.configs)
        #expect(configs.map(\.name) == configs.map(\.name).sorted())
        #expect(configs.count > 25)
        func config(_ name: String) -> CreateTopicsResponse.CreatableTopicConfigs? { configs.first { $0.name == name } }
        #expect(config("segment.ms")?.configSource == 1)
        #expect(config("segment.ms")?.value == "7000")
        #expect(config("retention.ms")?.configSource == 4)
        #expect(config("retention.ms")?.value == "5000")
        #expect(config("cleanup.policy")?.configSource == 5)
        #expect(cluster.image.topics.isEmpty, "validateOnly makes nothing")
    }

    @Test(arguments: [
        ("", "Topic name is invalid: the empty string is not allowed"),
        (".", "Topic name is invalid: '.' is not allowed"), ("..", "Topic name is invalid: '..' is not allowed"),
        ("a b", "contains one or more characters"), ("ä", "contains one or more characters"),
        (String(repeating: "x", count: 250), "longer than the max allowed length 249"),
    ])
    func `names that no topic may have`(name: String, message: String) throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        let answer = try cluster.create(TestCluster.topic(name))
        #expect(answer.code == .invalidTopicException)
        #expect(answer.message?.contains(message) == true)
    }

    @Test func `249 characters are allowed, and names that differ in dot and underscore collide`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        #expect(try cluster.create(TestCluster.topic(String(repeating: "x", count: 249))).code == ErrorCode.none)
        #expect(try cluster.create(TestCluster.topic("a.b")).code == ErrorCode.none)
        #expect(try cluster.create(TestCluster.topic("a_b")).code == .invalidTopicException)
        #expect(try cluster.create(TestCluster.topic("a.b")).code == .topicAlreadyExists)
        let both = try cluster.create([TestCluster.topic("x.y"), TestCluster.topic("x_y")])
        #expect(both.map(\.errorCode) == [0, ErrorCode.invalidTopicException.rawValue])
    }

    @Test func `a name that comes twice is refused once, and the others are made`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        let results = try cluster.create([TestCluster.topic("a"), TestCluster.topic("b"), TestCluster.topic("a")])
        #expect(results.map(\.name) == ["a", "b"])
        #expect(results.map(\.errorCode) == [ErrorCode.invalidRequest.rawValue, 0])
        #expect(Set(cluster.image.topicIDs.keys) == ["b"])
        #expect(try cluster.create(TestCluster.topic("__cluster_metadata")).code == .invalidRequest)
    }

    @Test func `counts that make no sense have their codes`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        #expect(try cluster.create(TestCluster.topic("t", replicas: 2)).code == .invalidReplicationFactor)
        #expect(try cluster.create(TestCluster.topic("t", replicas: 0)).code == .invalidReplicationFactor)
        #expect(try cluster.create(TestCluster.topic("t", replicas: -2)).code == .invalidReplicationFactor)
        #expect(try cluster.create(TestCluster.topic("t", partitions: 0)).code == .invalidPartitions)
        #expect(try cluster.create(TestCluster.topic("t", partitions: -2)).code == .invalidPartitions)
        #expect(try cluster.create(TestCluster.topic("t", partitions: 10_001)).code == .policyViolation)
        #expect(try cluster.create(TestCluster.topic("t", partitions: .max)).code == .policyViolation)
        // 10,000 partitions are allowed, but the topic's own record is one too many.
        #expect(try cluster.create(TestCluster.topic("t", partitions: 10_000)).code == .policyViolation)
        #expect(try cluster.create(TestCluster.topic("t", partitions: 9_999)).code == ErrorCode.none)
    }

    @Test func `assignments are held to the rules`() throws {
        var cluster = try TestCluster()
        try cluster.start(1, 2)
        #expect(try cluster.register(TestCluster.registration(3)).errorCode == 0)
        func code(_ assignments: [[Int32]]) throws -> ErrorCode? {
            var copy = cluster
            return try copy.create(TestCluster.topic("t", assignments: assignments)).code
        }
        #expect(try code([[1, 2], [2, 1]]) == ErrorCode.none)
        #expect(try code([[1, 1]]) == .invalidReplicaAssignment)
        #expect(try code([[]]) == .invalidReplicaAssignment)
        #expect(try code([[9]]) == .invalidReplicaAssignment)
        #expect(try code([[1, 2], [1]]) == .invalidReplicaAssignment)
        #expect(try code([[3]]) == .invalidReplicaAssignment)
        #expect(try code([[3, 1]]) == ErrorCode.none)
        var withCount = TestCluster.topic("t", assignments: [[1]])
        withCount.numPartitions = 1
        #expect(try cluster.create(withCount).code == .invalidRequest)
        var gap = TestCluster.topic("t", assignments: [[1], [1]])
        gap.assignments[1].partitionIndex = 2
        #expect(try cluster.create(gap).code == .invalidReplicaAssignment)
        gap.assignments[1].partitionIndex = 0
        #expect(try cluster.create(gap).code == .invalidReplicaAssignment)
        // A fenced replica is placed, and is not in sync.
        #expect(try cluster.create(TestCluster.topic("t", assignments: [[3, 1]])).code == ErrorCode.none)
        let state = try cluster.partition("t")
        #expect(state.replicas == [3, 1])
        #expect(state.isr == [1])
        #expect(state.leader == 1)
    }

    @Test func `settings that are wrong refuse the topic`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        func code(_ name: String, _ value: String?) throws -> ErrorCode? {
            try cluster.create(TestCluster.topic("t", configs: [(name, value)])).code
        }
        #expect(try code("no.such.setting", "1") == .invalidConfig)
        #expect(try code("segment.bytes", "1048575") == .invalidConfig)
        #expect(try code("retention.ms", nil) == .invalidConfig)
        #expect(try code("remote.storage.enable", "true") == .invalidConfig)
        #expect(
            try cluster.create(
                TestCluster.topic(
                    "t", configs: [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "9")])
            ).code == .invalidConfig)
        #expect(cluster.image.topics.isEmpty)
        #expect(try code("segment.bytes", "1048576") == ErrorCode.none)
    }

    @Test func `without permission there is no topic, and without permission to see no settings`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        var request = CreateTopicsRequest()
        request.topics = [TestCluster.topic("mine"), TestCluster.topic("theirs")]
        let decision = cluster.rules.createTopics(
            request, image: cluster.image, using: &cluster.random, mayCreate: { $0 == "mine" },
            mayDescribeConfigs: { _ in false })
        let results = decision.response.topics
        #expect(results.map(\.errorCode) == [0, ErrorCode.topicAuthorizationFailed.rawValue])
        #expect(results[0].topicConfigErrorCode == ErrorCode.topicAuthorizationFailed.rawValue)
        #expect(results[0].numPartitions == -1)
        #expect(results[0].configs?.isEmpty == true)
    }

    @Test func `records are written in the versions of an older cluster`() throws {
        for (level, expected) in [(MetadataVersion(level: 12), Int16(0)), (.init(level: 17), 1), (.init(level: 23), 2)]
        {
            var cluster = try TestCluster(level)
            try cluster.start(1)
            var request = CreateTopicsRequest()
            request.topics = [TestCluster.topic("t")]
            let decision = cluster.rules.createTopics(request, image: cluster.image, using: &cluster.random)
            #expect(decision.records.map(\.version) == [0, expected])
            try cluster.append(decision.records)
        }
    }
}
