import ClusterImage
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

struct PlacementTests {
    @Test(arguments: 0..<20)
    func `replicas of a partition are on different racks while there are enough, and leaders are spread`(
        seed: UInt64
    ) throws {
        var cluster = try TestCluster()
        cluster.random = Seeded(state: seed)
        for id in Int32(1)...6 { try cluster.start(id, rack: "rack\(id % 3)") }
        #expect(try cluster.create(TestCluster.topic("t", partitions: 60, replicas: 3)).code == ErrorCode.none)
        let topic = try #require(cluster.image.topic(named: "t"))
        for state in topic.partitions {
            #expect(Set(state.replicas.map { $0.rawValue % 3 }).count == 3, "\(state.replicas)")
            #expect(state.leader == state.replicas[0])
            #expect(state.isr == state.replicas)
        }
        let leaders = Dictionary(grouping: topic.partitions, by: \.leader).mapValues(\.count)
        #expect(leaders.count == 6)
        for (_, count) in leaders { #expect((7...13).contains(count), "\(leaders)") }
    }

    @Test(arguments: 0..<20)
    func `fenced brokers take replicas when there are not enough others, and never lead`(seed: UInt64) throws {
        var cluster = try TestCluster()
        cluster.random = Seeded(state: seed)
        try cluster.start(1, 2)
        #expect(try cluster.register(TestCluster.registration(3)).errorCode == 0)
        #expect(try cluster.create(TestCluster.topic("two", partitions: 8, replicas: 2)).code == ErrorCode.none)
        for state in try #require(cluster.image.topic(named: "two")).partitions {
            #expect(Set(state.replicas) == [1, 2])
        }
        #expect(try cluster.create(TestCluster.topic("three", partitions: 8, replicas: 3)).code == ErrorCode.none)
        for state in try #require(cluster.image.topic(named: "three")).partitions {
            #expect(Set(state.replicas) == [1, 2, 3])
            #expect(Set(state.isr) == [1, 2])
            #expect(state.leader != 3)
        }
        #expect(try cluster.create(TestCluster.topic("four", replicas: 4)).code == .invalidReplicationFactor)
    }

    @Test func `without an unfenced broker nothing is placed, and a broker that goes gets nothing`() throws {
        var cluster = try TestCluster()
        #expect(try cluster.create(TestCluster.topic("t")).code == .invalidReplicationFactor)
        #expect(try cluster.register(TestCluster.registration(1)).errorCode == 0)
        #expect(try cluster.create(TestCluster.topic("t")).code == .invalidReplicationFactor)
        try cluster.start(2)
        #expect(try !cluster.heartbeat(1).isFenced)
        #expect(try cluster.create(TestCluster.topic("led", assignments: [[1]])).code == ErrorCode.none)
        #expect(try !cluster.heartbeat(1, wantShutDown: true).shouldShutDown)
        for number in 0..<10 {
            #expect(try cluster.create(TestCluster.topic("t\(number)")).code == ErrorCode.none)
            #expect(try cluster.partition("t\(number)").replicas == [2])
        }
    }

    @Test func `the same seed gives the same places`() throws {
        func places(_ seed: UInt64) throws -> [[BrokerID]] {
            var cluster = try TestCluster()
            cluster.random = Seeded(state: seed)
            try cluster.start(1, 2, 3, 4, 5)
            _ = try cluster.create([TestCluster.topic("t", partitions: 30, replicas: 3)])
            return try #require(cluster.image.topic(named: "t")).partitions.map(\.replicas)
        }
        #expect(try places(5) == places(5))
        #expect(try places(5) != places(6))
    }
}
