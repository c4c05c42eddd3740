import ApusTesting
import BrokerAPI
import Node
import Seams
import Settings
import Testing
import Vocabulary
import WireProtocol

/// What administrators ask of a whole node.
struct AdministrationTests {
    private static let controller = SocketAddress(host: "10.0.0.1", port: 9093)
    private static let broker = NodeProcess.address

    /// Starts a node, and lets `work` ask it.
    private func withNode(
        _ work: @escaping @Sendable (_ broker: WireClient, _ controller: WireClient, NodeProcess) async throws -> Void
    ) throws {
        let simulation = Simulation(seed: 1)
        defer { simulation.end() }
        simulation.limits.time = .seconds(600)
        let ledger = Ledger(seed: 1, clock: simulation.clock)
        let (client, driver) = (simulation.host("10.0.0.2"), simulation.driver!)
        let process = try NodeProcess(simulation, ledger, SimulatedChance(seed: 1))
        try simulation.run {
            await Self.untilServing(process, ledger, driver)
            let clients = [Self.broker, Self.controller].map {
                WireClient("administrator", ledger, on: client.world, loop: client.loops[0], to: $0)
            }
            try await work(clients[0], clients[1], process)
            if !process.isServing { await Self.untilServing(process, ledger, driver) }
            await process.stop(within: .seconds(12), on: driver)
        }
        #expect(ledger.violations.isEmpty)
    }

    private static func untilServing(_ process: NodeProcess, _ ledger: Ledger, _ loop: any EventLoop) async {
        process.start()
        while !process.isServing, ledger.violations.isEmpty { await loop.sleep(for: .milliseconds(2)) }
    }

    static func altering(
        _ type: Int8, _ name: String, _ changes: (String, Int8, String?)...
    ) -> IncrementalAlterConfigsRequest {
        var resource = IncrementalAlterConfigsRequest.AlterConfigsResource()
        (resource.resourceType, resource.resourceName) = (type, name)
        resource.configs = changes.map {
            var config = IncrementalAlterConfigsRequest.AlterableConfig()
            (config.name, config.configOperation, config.value) = $0
            return config
        }
        var request = IncrementalAlterConfigsRequest()
        request.resources = [resource]
        return request
    }

    private static func describing(_ type: Int8, _ name: String, _ keys: [String]?) -> DescribeConfigsRequest {
        var resource = DescribeConfigsRequest.DescribeConfigsResource()
        (resource.resourceType, resource.resourceName, resource.configurationKeys) = (type, name, keys)
        var request = DescribeConfigsRequest()
        request.resources = [resource]
        return request
    }

    @Test func `the controllers' listener names the controller, where it is to be reached`() throws {
        try withNode { broker, controller, _ in
            var request = DescribeClusterRequest()
            (request.endpointType, request.includeClusterAuthorizedOperations) = (2, true)
            let answer = try await controller.call(request, 1)
            #expect(answer.errorCode == 0 && answer.controllerId == 1)
            #expect(answer.brokers.map(\.brokerId) == [1])
            #expect(answer.brokers.map(\.host) == [Self.controller.host])
            #expect(answer.brokers.map(\.port) == [Int32(Self.controller.port)])
            #expect(answer.clusterAuthorizedOperations == 8_096)
            request = DescribeClusterRequest()
            #expect(try await controller.call(request, 0).errorCode == ErrorCode.invalidRequest.rawValue)
            #expect(try await controller.call(request, 1).errorCode == ErrorCode.mismatchedEndpointType.rawValue)
            let brokers = try await broker.call(request, 1)
            #expect(brokers.brokers.map(\.port) == [9092] && brokers.clusterAuthorizedOperations == .min)
        }
    }

    @Test func `a setting that contradicts the others is refused, and the next one is followed`() throws {
        try withNode { broker, controller, process in
            for client in [broker, controller] {
                let answer = try await client.call(Self.altering(4, "1", ("max.connections.per.ip", 0, "0")), 1)
                #expect(answer.responses[0].errorCode == ErrorCode.invalidRequest.rawValue)
            }
            let other = try await broker.call(Self.altering(4, "2", ("log.cleaner.threads", 0, "2")), 1)
            #expect(other.responses[0].errorCode == ErrorCode.invalidRequest.rawValue)
            let unregistered = try await controller.call(Self.altering(4, "2", ("log.cleaner.threads", 0, "2")), 1)
            #expect(unregistered.responses[0].errorCode == ErrorCode.brokerIdNotRegistered.rawValue)
            let good = try await broker.call(Self.altering(4, "", ("log.retention.ms", 0, "123456")), 1)
            #expect(good.responses[0].errorCode == 0)
            #expect(process.node?.broker.settings.topicDefaults.retentionMs == 123_456)
        }
    }

    @Test func `the settings of groups and of subscriptions to metrics are described`() throws {
        try withNode { broker, _, _ in
            let session = "consumer.session.timeout.ms"
            let set = try await broker.call(Self.altering(32, "g", (session, 0, "50000")), 1)
            #expect(set.responses[0].errorCode == 0)
            #expect(
                try await broker.call(Self.altering(16, "s", ("interval.ms", 0, "1000")), 1).responses[0].errorCode == 0
            )
            let group = try await broker.call(Self.describing(32, "g", nil), 4).results[0]
            #expect(group.errorCode == 0 && group.configs.count > 10)
            #expect(group.configs.first { $0.name == session }?.value == "50000")
            #expect(group.configs.first { $0.name == session }?.configSource == 8)
            let metrics = try await broker.call(Self.describing(16, "s", ["interval.ms"]), 4).results[0]
            #expect(metrics.errorCode == 0 && metrics.configs.map(\.value) == ["1000"])
            #expect(metrics.configs.map(\.configSource) == [7])
            for type in [16, 32] as [Int8] {
                let unnamed = try await broker.call(Self.describing(type, "", nil), 4).results[0]
                #expect(unnamed.errorCode == ErrorCode.invalidRequest.rawValue)
            }
        }
    }

    @Test func `records of a topic without a cleanup policy can be deleted, of a compacted one they cannot`() throws {
        try withNode { broker, _, _ in
            for (policy, code) in [("", ErrorCode.none), ("delete,compact", .none), ("compact", .policyViolation)] {
                var topic = CreateTopicsRequest.CreatableTopic()
                (topic.name, topic.numPartitions, topic.replicationFactor) = ("t\(policy.utf8.count)", 1, 1)
                var config = CreateTopicsRequest.CreatableTopicConfig()
                (config.name, config.value) = ("cleanup.policy", policy)
                topic.configs = [config]
                var making = CreateTopicsRequest()
                making.topics = [topic]
                let made = try await broker.call(making, 7)
                #expect(made.topics[0].errorCode == 0)
                var partition = DeleteRecordsRequest.DeleteRecordsPartition()
                partition.offset = 0
                var deleted = DeleteRecordsRequest.DeleteRecordsTopic()
                (deleted.name, deleted.partitions) = (topic.name, [partition])
                var request = DeleteRecordsRequest()
                request.topics = [deleted]
                let answer = try await broker.call(request, 2)
                #expect(answer.topics[0].partitions[0].errorCode == code.rawValue, "\(policy)")
            }
        }
    }

    @Test func `the group without a name is looked for like any other`() throws {
        try withNode { broker, _, _ in
            var find = FindCoordinatorRequest()
            find.coordinatorKeys = [""]
            var request = DeleteGroupsRequest()
            request.groupsNames = [""]
            var code = ErrorCode.coordinatorNotAvailable.rawValue
            for _ in 0..<100 where code != ErrorCode.groupIdNotFound.rawValue {
                _ = try await broker.call(find, 4)
                code = try await broker.call(request, 2).results[0].errorCode
                await broker.loop.sleep(for: .milliseconds(20))
            }
            #expect(code == ErrorCode.groupIdNotFound.rawValue)
        }
    }

    @Test func `half of a producer's identity is no identity`() throws {
        try withNode { broker, _, _ in
            for (id, epoch, code) in [(7, -1, 42), (-1, 7, 42), (-1, -1, 0)] as [(Int64, Int16, Int16)] {
                var request = InitProducerIdRequest()
                (request.transactionalId, request.producerId, request.producerEpoch) = (nil, id, epoch)
                let answer = try await broker.call(request, 4)
                #expect(answer.errorCode == code)
            }
        }
    }
}
