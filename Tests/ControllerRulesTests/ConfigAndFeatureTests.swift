import ClusterImage
import InternalRecords
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

struct ConfigAndFeatureTests {
    private func cluster(isELREnabled: Bool = true) throws -> TestCluster {
        var cluster = try TestCluster(isELREnabled: isELREnabled)
        try cluster.start(1)
        #expect(
            try cluster.create(TestCluster.topic("t", configs: [("retention.ms", "5"), ("segment.ms", "6")])).code
                == ErrorCode.none)
        return cluster
    }

    private func alter(
        _ cluster: inout TestCluster, _ kind: ConfigResource.Kind, _ name: String,
        _ changes: [(String, Int8, String?)], isForwarded: Bool = true, validateOnly: Bool = false
    ) throws -> (code: ErrorCode?, message: String?, types: [Int16]) {
        var request = IncrementalAlterConfigsRequest()
        request.validateOnly = validateOnly
        var resource = IncrementalAlterConfigsRequest.AlterConfigsResource()
        (resource.resourceType, resource.resourceName) = (kind.rawValue, name)
        resource.configs = changes.map {
            var change = IncrementalAlterConfigsRequest.AlterableConfig()
            (change.name, change.configOperation, change.value) = $0
            return change
        }
        request.resources = [resource]
        let decision = cluster.rules.incrementalAlterConfigs(request, image: cluster.image, isForwarded: isForwarded)
        try cluster.append(decision.records)
        let answer = decision.response.responses[0]
        return (ErrorCode(rawValue: answer.errorCode), answer.errorMessage, decision.records.map(\.record.type))
    }

    @Test func `single settings are set, removed, appended to and subtracted from`() throws {
        var cluster = try cluster()
        let topic = ConfigResource.topic("t")
        #expect(
            try alter(&cluster, .topic, "t", [("retention.ms", 0, "7"), ("segment.ms", 1, nil)]).code == ErrorCode.none)
        #expect(cluster.image.config(topic) == ["retention.ms": "7"])
        #expect(try alter(&cluster, .topic, "t", [("cleanup.policy", 2, "compact")]).code == ErrorCode.none)
        #expect(cluster.image.config(topic)["cleanup.policy"] == "delete,compact")
        #expect(try alter(&cluster, .topic, "t", [("cleanup.policy", 3, "delete")]).code == ErrorCode.none)
        #expect(cluster.image.config(topic)["cleanup.policy"] == "compact")
        #expect(try alter(&cluster, .topic, "t", [("retention.ms", 0, "7")]).types == [], "nothing changed")
        #expect(try alter(&cluster, .topic, "t", [("retention.ms", 0, "8")], validateOnly: true).types == [])
        // A value that holds anyway becomes the topic's own.
        #expect(try alter(&cluster, .topic, "t", [("compression.type", 0, "producer")]).types == [4])
    }

    @Test func `the older request replaces`() throws {
        var cluster = try cluster()
        var request = AlterConfigsRequest()
        var resource = AlterConfigsRequest.AlterConfigsResource()
        (resource.resourceType, resource.resourceName) = (2, "t")
        var config = AlterConfigsRequest.AlterableConfig()
        (config.name, config.value) = ("flush.ms", "9")
        resource.configs = [config]
        request.resources = [resource]
        try cluster.append(cluster.rules.alterConfigs(request, image: cluster.image).records)
        #expect(cluster.image.config(.topic("t")) == ["flush.ms": "9"])
        request.resources = [resource, resource]
        let twice = cluster.rules.alterConfigs(request, image: cluster.image)
        #expect(twice.response.responses.map(\.errorCode) == [ErrorCode.invalidRequest.rawValue])
    }

    @Test func `what cannot be set has Kafka's codes`() throws {
        let cluster = try cluster()
        func code(
            _ kind: ConfigResource.Kind, _ name: String, _ changes: (String, Int8, String?)...
        ) throws -> ErrorCode? {
            var copy = cluster
            return try alter(&copy, kind, name, changes).code
        }
        #expect(try code(.topic, "none", ("retention.ms", 0, "1")) == .unknownTopicOrPartition)
        #expect(try code(.topic, "", ("retention.ms", 0, "1")) == .invalidRequest)
        #expect(try code(.topic, "a/b", ("retention.ms", 0, "1")) == .invalidTopicException)
        #expect(try code(.topic, "t", ("retention.ms", 0, "x")) == .invalidConfig)
        #expect(try code(.topic, "t", ("no.such", 0, "x")) == .invalidConfig)
        #expect(try code(.topic, "t", ("retention.ms", 2, "1")) == .invalidConfig)
        #expect(try code(.topic, "t", ("retention.ms", 0, nil)) == .invalidRequest)
        #expect(try code(.topic, "t", ("retention.ms", 4, "1")) == .invalidRequest)
        #expect(try code(.topic, "t", ("retention.ms", 0, "1"), ("retention.ms", 1, nil)) == .invalidRequest)
        #expect(
            try code(.topic, "t", ("min.compaction.lag.ms", 0, "9"), ("max.compaction.lag.ms", 0, "8"))
                == .invalidConfig)
        #expect(try code(.broker, "1", ("log.cleaner.threads", 0, "2")) == ErrorCode.none)
        #expect(try code(.brokerLogger, "1", ("a", 0, "INFO")) == .invalidRequest)
        #expect(try code(.group, "g", ("consumer.session.timeout.ms", 0, "50000")) == ErrorCode.none)
        #expect(try code(.group, "g", ("consumer.session.timeout.ms", 0, "1")) == .invalidConfig)
        #expect(try code(.group, "g", ("no.such", 0, "1")) == .invalidConfig)
        #expect(try code(.group, "", ("consumer.session.timeout.ms", 0, "50000")) == .invalidRequest)
        #expect(try code(.clientMetrics, "s", ("interval.ms", 0, "1000")) == ErrorCode.none)
        #expect(try code(.clientMetrics, "s", ("interval.ms", 0, "1")) == .invalidConfig)
        #expect(try code(.clientMetrics, "s", ("metrics", 2, "a")) == ErrorCode.none)
    }

    @Test func `a broker and a controller have codes of their own for a broker's settings`() throws {
        let cluster = try cluster()
        func codes(
            _ kind: ConfigResource.Kind, _ name: String, _ change: (String, Int8, String?)
        ) throws -> [ErrorCode?] {
            try [true, false].map { isForwarded in
                var copy = cluster
                return try alter(&copy, kind, name, [change], isForwarded: isForwarded).code
            }
        }
        #expect(try codes(.broker, "2", ("log.cleaner.threads", 0, "2")) == [.invalidRequest, .brokerIdNotRegistered])
        #expect(try codes(.broker, "x", ("log.cleaner.threads", 0, "2")) == [.invalidRequest, .invalidRequest])
        #expect(try codes(.broker, "1", ("node.id", 0, "2")) == [.invalidRequest, .invalidConfig])
        #expect(try codes(.broker, "1", ("log.cleaner.threads", 0, "x")) == [.invalidRequest, .invalidConfig])
        #expect(try codes(.broker, "1", ("log.segment.bytes", 0, "1")) == [.invalidRequest, .invalidConfig])
        #expect(try codes(.broker, "", ("cordoned.log.dirs", 0, "/a")) == [.invalidRequest, .invalidConfig])
        #expect(try codes(.broker, "1", ("log.cleanup.policy", 2, "x")) == [.invalidRequest, .invalidConfig])
        #expect(try codes(.broker, "1", ("log.cleaner.threads", 2, "1")) == [.invalidConfig, .invalidConfig])
        #expect(try codes(.unknown, "1", ("a", 0, "b")) == [.invalidRequest, .unsupportedVersion])
        #expect(try codes(.topic, "t", ("retention.ms", 0, "x")) == [.invalidConfig, .invalidConfig])
    }

    @Test(arguments: [
        ("max.connections.per.ip", "0"), ("log.roll.ms", "0"), ("log.roll.jitter.ms", "-1"), ("log.retention.ms", "0"),
        ("log.flush.interval.ms", "-1"), ("log.cleaner.threads", "1000"),
    ])
    func `a broker's setting that contradicts the others is refused, and nothing is stored`(name: String, value: String)
        throws
    {
        var cluster = try cluster()
        for broker in ["", "1"] {
            let answer = try alter(
                &cluster, .broker, broker, [("log.segment.delete.delay.ms", 0, "5"), (name, 0, value)])
            #expect(answer.code == .invalidRequest)
            #expect(answer.message != nil)
            #expect(answer.types == [])
        }
        #expect(cluster.image.config(.broker(1)).isEmpty)
        #expect(
            try alter(&cluster, .broker, "1", [("listeners", 0, "PLAINTEXT://localhost:9092")]).code == .invalidRequest)
        #expect(try alter(&cluster, .broker, "1", [("listeners", 0, "here")]).code == .invalidRequest)
        #expect(try alter(&cluster, .broker, "", [("max.connections.per.ip", 0, "7")]).code == ErrorCode.none)
        #expect(
            try alter(
                &cluster, .broker, "1",
                [("max.connections.per.ip", 0, "0"), ("max.connections.per.ip.overrides", 0, "10.0.0.1:5")]
            ).code == ErrorCode.none, "each alone would be refused")
    }

    @Test func `the minimum of in-sync replicas is the cluster's while eligible leaders are kept`() throws {
        var cluster = try cluster()
        let name = "min.insync.replicas"
        #expect(try alter(&cluster, .broker, "1", [(name, 0, "2")]).code == .invalidConfig)
        #expect(try alter(&cluster, .broker, "", [(name, 1, nil)]).code == .invalidConfig)
        #expect(
            try alter(&cluster, .broker, "", [(name, 0, "2")]).types == [4, 28], "and the eligible sets are cleared")
        #expect(try alter(&cluster, .topic, "t", [(name, 0, "1")]).types == [4, 28])
        var without = try self.cluster(isELREnabled: false)
        #expect(try alter(&without, .broker, "1", [(name, 0, "2")]).types == [4])
    }

    @Test func `directories are uncordoned through a controller, and cordoned only through a broker`() throws {
        var cluster = try cluster()
        let name = "cordoned.log.dirs"
        #expect(try alter(&cluster, .broker, "1", [(name, 0, "/a,/b")], isForwarded: false).code == .invalidConfig)
        #expect(try alter(&cluster, .broker, "1", [(name, 0, "/a,/b")]).code == ErrorCode.none)
        #expect(try alter(&cluster, .broker, "1", [(name, 0, "/b")], isForwarded: false).code == ErrorCode.none)
    }

    @Test func `topics are deleted by name or by id, each named once`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        for name in ["a", "b", "c", "d"] { #expect(try cluster.create(TestCluster.topic(name)).code == ErrorCode.none) }
        let ids = cluster.image.topicIDs
        func delete(_ targets: [(String?, UUID128)]) throws -> [ErrorCode?] {
            var request = DeleteTopicsRequest()
            request.topics = targets.map {
                var target = DeleteTopicsRequest.DeleteTopicState()
                (target.name, target.topicId) = $0
                return target
            }
            let decision = cluster.rules.deleteTopics(request, version: 6, image: cluster.image)
            #expect(decision.isAtomic)
            try cluster.append(decision.records)
            return decision.response.responses.map { ErrorCode(rawValue: $0.errorCode) }
        }
        let none = UUID128.zero
        #expect(
            try delete([("x", none), (nil, UUID128(high: 9, low: 9))]) == [.unknownTopicOrPartition, .unknownTopicId])
        #expect(try delete([(nil, none), ("a", try #require(ids["a"]))]) == [.invalidRequest, .invalidRequest])
        #expect(try delete([("a", none), ("a", none)]) == [.invalidRequest])
        #expect(try delete([("a", none), (nil, try #require(ids["a"]))]) == [.invalidRequest, .invalidRequest])
        #expect(cluster.image.topics.count == 4)
        #expect(try delete([("a", none), (nil, try #require(ids["b"]))]) == [ErrorCode.none, ErrorCode.none])
        #expect(Set(cluster.image.topicIDs.keys) == ["c", "d"])
        var request = DeleteTopicsRequest()
        request.topicNames = ["c", "d", "hidden"]
        let partly = cluster.rules.deleteTopics(
            request, version: 5, image: cluster.image, mayDescribe: { $0 != "hidden" }, mayDelete: { $0 == "c" })
        #expect(partly.records.count == 1)
        #expect(
            partly.response.responses.map(\.errorCode) == [0, 29, 29],
            "what may not be seen looks like what may not be deleted")
        let off = ControllerRules(
            clusterID: "c", nodeID: 1, layers: cluster.rules.layers, isTopicDeletionEnabled: false)
        #expect(off.deleteTopics(request, version: 5, image: cluster.image).response.responses[0].errorCode == 73)
        #expect(off.deleteTopics(request, version: 2, image: cluster.image).response.responses[0].errorCode == 42)
    }

    @Test func `partitions are only added`() throws {
        var cluster = try cluster()
        func add(_ count: Int32, _ assignments: [[Int32]]? = nil, _ name: String = "t") throws -> ErrorCode? {
            var request = CreatePartitionsRequest()
            var topic = CreatePartitionsRequest.CreatePartitionsTopic()
            topic.name = name
            topic.count = count
            topic.assignments = assignments?.map {
                var assignment = CreatePartitionsRequest.CreatePartitionsAssignment()
                assignment.brokerIds = $0
                return assignment
            }
            request.topics = [topic]
            let decision = cluster.rules.createPartitions(request, image: cluster.image, using: &cluster.random)
            try cluster.append(decision.records)
            return ErrorCode(rawValue: decision.response.results[0].errorCode)
        }
        #expect(try add(1) == .invalidPartitions)
        #expect(try add(0) == .invalidPartitions)
        #expect(try add(.min) == .invalidPartitions)
        #expect(try add(2, nil, "none") == .unknownTopicOrPartition)
        #expect(try add(3, [[1]]) == .invalidReplicaAssignment)
        #expect(try add(2, [[1, 2]]) == .invalidReplicaAssignment)
        #expect(try add(20_000) == .policyViolation)
        #expect(try add(3, [[1], [1]]) == ErrorCode.none)
        #expect(try add(5) == ErrorCode.none)
        #expect(cluster.image.topic(named: "t")?.partitions.count == 5)
    }

    private func update(
        _ cluster: inout TestCluster, _ feature: String, _ level: Int16, _ type: Int8 = 1,
        kraftObstacle: String? = nil, voters: [BrokerID] = [1]
    ) throws -> (code: ErrorCode?, kraft: Int16?) {
        var request = UpdateFeaturesRequest()
        var key = UpdateFeaturesRequest.FeatureUpdateKey()
        (key.feature, key.maxVersionLevel, key.upgradeType) = (feature, level, type)
        request.featureUpdates = [key]
        let decision = cluster.rules.updateFeatures(
            request, version: 2, image: cluster.image,
            quorum: .init(kraftVersion: 0, voters: voters, kraftObstacle: kraftObstacle))
        try cluster.append(decision.records)
        return (ErrorCode(rawValue: decision.response.response.errorCode), decision.response.kraftVersion)
    }

    @Test func `features go up when every node can, and down when no metadata is lost`() throws {
        var cluster = try TestCluster(MetadataVersion(level: 25), isELREnabled: false)
        try cluster.start(1)
        #expect(try update(&cluster, "metadata.version", 29).code == ErrorCode.none)
        #expect(try update(&cluster, "metadata.version", 31).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "metadata.version", 28).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "metadata.version", 28, 2).code == ErrorCode.none)
        #expect(try update(&cluster, "metadata.version", 22, 2).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "metadata.version", 22, 3).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "metadata.version", 30, 2).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "no.such.version", 1).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "group.version", -1).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "group.version", 0, 2).code == ErrorCode.none)
        #expect(try update(&cluster, "kraft.version", 1, voters: [1, 2]).code == .invalidUpdateVersion)
        #expect(try update(&cluster, "kraft.version", 1, kraftObstacle: "no").code == .invalidUpdateVersion)
        #expect(try update(&cluster, "kraft.version", 1) == (ErrorCode.none, 1))
        #expect(cluster.image.config(.brokers).isEmpty)
        #expect(try update(&cluster, "eligible.leader.replicas.version", 1).code == ErrorCode.none)
        #expect(cluster.image.config(.brokers) == ["min.insync.replicas": "1"])
        var old = TestCluster.registration(2)
        old.features = old.features.map { feature in
            var feature = feature
            if feature.name == "metadata.version" { feature.maxSupportedVersion = 28 }
            return feature
        }
        #expect(try cluster.register(old).errorCode == 0)
        #expect(
            try update(&cluster, "metadata.version", 30).code == .invalidUpdateVersion, "broker 2 cannot, even fenced")
    }
}
