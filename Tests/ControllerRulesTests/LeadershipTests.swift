import ClusterImage
import InternalRecords
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

struct LeadershipTests {
    /// Three brokers and a topic with one partition on all of them.
    private func three(
        isELREnabled: Bool = true, version: MetadataVersion = .latest, configs: [(String, String?)] = []
    ) throws -> TestCluster {
        var cluster = try TestCluster(version, isELREnabled: isELREnabled)
        try cluster.start(1, 2, 3)
        let topic = TestCluster.topic("t", configs: configs, assignments: [[1, 2, 3]])
        #expect(try cluster.create(topic).code == ErrorCode.none)
        return cluster
    }

    private func alter(
        _ cluster: inout TestCluster, isr: [Int32], from sender: Int32, version: Int16 = 3,
        _ change: (inout AlterPartitionRequest.PartitionData) -> Void = { _ in }
    ) throws -> (code: ErrorCode?, result: AlterPartitionResponse.PartitionData) {
        let topic = try #require(cluster.image.topic(named: "t"))
        var request = AlterPartitionRequest()
        request.brokerId = sender
        request.brokerEpoch = cluster.image.brokers[BrokerID(sender)]?.epoch ?? -1
        var partition = AlterPartitionRequest.PartitionData()
        partition.leaderEpoch = topic.partitions[0].leaderEpoch.rawValue
        partition.partitionEpoch = topic.partitions[0].partitionEpoch
        if version < 3 {
            partition.newIsr = isr
        } else {
            partition.newIsrWithEpochs = isr.map { id in
                var state = AlterPartitionRequest.BrokerState()
                state.brokerId = id
                state.brokerEpoch = cluster.image.brokers[BrokerID(id)]?.epoch ?? -1
                return state
            }
        }
        change(&partition)
        var asked = AlterPartitionRequest.TopicData()
        asked.topicId = topic.id
        asked.partitions = [partition]
        request.topics = [asked]
        let decision = cluster.rules.alterPartition(request, version: version, image: cluster.image)
        try cluster.append(decision.records)
        #expect(decision.response.errorCode == 0)
        let result = decision.response.topics[0].partitions[0]
        return (ErrorCode(rawValue: result.errorCode), result)
    }

    @Test func `a leader shrinks and widens its in-sync set, and the leader epoch stays`() throws {
        var cluster = try three()
        let shrunk = try alter(&cluster, isr: [1, 2], from: 1)
        #expect(shrunk.code == ErrorCode.none)
        #expect(shrunk.result.isr == [1, 2])
        #expect(shrunk.result.partitionEpoch == 1)
        #expect(shrunk.result.leaderEpoch == 0)
        #expect(try cluster.partition("t").isr == [1, 2])
        #expect(try alter(&cluster, isr: [1, 2, 3], from: 1, version: 2).code == ErrorCode.none)
        #expect(try cluster.partition("t").isr == [1, 2, 3])
        // Before 3.6-IV0 a shrink bumped the leader epoch.
        var old = try three(isELREnabled: false, version: MetadataVersion(level: 11))
        let bumped = try alter(&old, isr: [1, 2], from: 1)
        #expect(bumped.result.leaderEpoch == 1)
        #expect(bumped.result.leaderId == 1)
    }

    @Test func `what a leader may not ask for`() throws {
        var cluster = try three()
        #expect(try alter(&cluster, isr: [1, 2, 3], from: 2).code == .invalidRequest)
        #expect(try alter(&cluster, isr: [2, 3], from: 1).code == .invalidRequest)
        #expect(try alter(&cluster, isr: [], from: 1).code == .invalidRequest)
        #expect(try alter(&cluster, isr: [1, 1], from: 1).code == .invalidRequest)
        #expect(try alter(&cluster, isr: [1, 9], from: 1).code == .invalidRequest)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.leaderEpoch = 1 }.code == .notController)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.partitionEpoch = 1 }.code == .notController)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.leaderEpoch = -1 }.code == .fencedLeaderEpoch)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.partitionEpoch = -1 }.code == .invalidUpdateVersion)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.partitionIndex = 1 }.code == .unknownTopicOrPartition)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.leaderRecoveryState = 1 }.code == .invalidRequest)
        #expect(try alter(&cluster, isr: [1], from: 1) { $0.leaderRecoveryState = 9 }.code == .invalidRequest)
        #expect(
            try alter(&cluster, isr: [1, 2], from: 1) { $0.newIsrWithEpochs[1].brokerEpoch += 1 }.code
                == .ineligibleReplica)
        #expect(
            try alter(&cluster, isr: [1, 2], from: 1) { $0.newIsrWithEpochs[1].brokerEpoch = -1 }.code == ErrorCode.none
        )
        #expect(try cluster.heartbeat(3, wantFence: true).isFenced)
        #expect(try alter(&cluster, isr: [1, 2, 3], from: 1).code == .ineligibleReplica)
        var request = AlterPartitionRequest()
        request.brokerId = 1
        request.brokerEpoch = 0
        let stale = cluster.rules.alterPartition(request, version: 3, image: cluster.image)
        #expect(stale.response.errorCode == ErrorCode.staleBrokerEpoch.rawValue)
    }

    @Test func `a fenced leader's partition goes to the next in sync, and comes back when asked`() throws {
        var cluster = try three()
        #expect(try cluster.heartbeat(1, wantFence: true).isFenced)
        var state = try cluster.partition("t")
        #expect(state.leader == 2)
        #expect(state.isr == [2, 3])
        #expect(state.leaderEpoch == 1)
        #expect(try !cluster.heartbeat(1).isFenced)
        #expect(try cluster.partition("t").leader == 2, "it is not in sync yet")
        #expect(try elect(&cluster, 0) == [.preferredLeaderNotAvailable])
        #expect(try alter(&cluster, isr: [2, 3, 1], from: 2).code == ErrorCode.none)
        #expect(try elect(&cluster, 0) == [ErrorCode.none])
        state = try cluster.partition("t")
        #expect(state.leader == 1)
        #expect(state.leaderEpoch == 2)
        #expect(try elect(&cluster, 0) == [.electionNotNeeded])
        #expect(try elect(&cluster, 1) == [.electionNotNeeded])
        #expect(try elect(&cluster, 0, [0, 7]) == [.electionNotNeeded, .unknownTopicOrPartition])
        #expect(try elect(&cluster, 0, nil) == [], "partitions that need none stay out when all are meant")
    }

    private func elect(
        _ cluster: inout TestCluster, _ type: Int8, _ partitions: [Int32]? = [0]
    ) throws -> [ErrorCode?] {
        var request = ElectLeadersRequest()
        request.electionType = type
        request.topicPartitions = partitions.map { partitions in
            var asked = ElectLeadersRequest.TopicPartitions()
            asked.topic = "t"
            asked.partitions = partitions
            return [asked]
        }
        let decision = cluster.rules.electLeaders(request, image: cluster.image)
        try cluster.append(decision.records)
        return decision.response.replicaElectionResults.flatMap(\.partitionResult).map {
            ErrorCode(rawValue: $0.errorCode)
        }
    }

    @Test func `below the minimum those who leave stay eligible, and the first that is there leads`() throws {
        var cluster = try three(configs: [("min.insync.replicas", "2")])
        #expect(try cluster.heartbeat(3, wantFence: true).isFenced)
        #expect(try cluster.partition("t").eligibleLeaderReplicas == [], "two in sync are enough")
        #expect(try cluster.heartbeat(2, wantFence: true).isFenced)
        #expect(try cluster.partition("t").isr == [1])
        #expect(try cluster.partition("t").eligibleLeaderReplicas == [2])
        #expect(try cluster.heartbeat(1, wantFence: true).isFenced)
        var state = try cluster.partition("t")
        #expect(state.leader == .none)
        #expect(state.isr == [])
        #expect(state.eligibleLeaderReplicas == [1, 2])
        #expect(state.lastKnownELR == [1])
        #expect(try !cluster.heartbeat(3).isFenced)
        #expect(try cluster.partition("t").leader == .none, "3 may lack records")
        #expect(try !cluster.heartbeat(2).isFenced)
        state = try cluster.partition("t")
        #expect(state.leader == 2)
        #expect(state.isr == [2])
        #expect(state.eligibleLeaderReplicas == [1])
        #expect(state.lastKnownELR == [])
        #expect(state.leaderRecoveryState == .recovered)
        #expect(try alter(&cluster, isr: [2, 3], from: 2).code == ErrorCode.none)
        #expect(try cluster.partition("t").eligibleLeaderReplicas == [])
    }

    @Test func `an unclean election is held when the topic allows it or someone asks, and marks the leader`() throws {
        for allowed in [false, true] {
            var cluster = try three(
                isELREnabled: false, configs: [("unclean.leader.election.enable", allowed ? "true" : "false")])
            #expect(try alter(&cluster, isr: [1], from: 1).code == ErrorCode.none)
            #expect(try cluster.heartbeat(1, wantFence: true).isFenced)
            if !allowed {
                #expect(try cluster.partition("t").leader == .none)
                #expect(cluster.rules.electUncleanLeaders(image: cluster.image).records.isEmpty)
                #expect(try elect(&cluster, 1) == [ErrorCode.none])
            }
            let state = try cluster.partition("t")
            #expect(state.leader == 2)
            #expect(state.isr == [2])
            #expect(state.leaderRecoveryState == .recovering)
            #expect(try alter(&cluster, isr: [2, 3], from: 2) { $0.leaderRecoveryState = 1 }.code == .invalidRequest)
            #expect(try alter(&cluster, isr: [2, 3], from: 2).code == ErrorCode.none)
            #expect(try cluster.partition("t").leaderRecoveryState == .recovered)
        }
    }

    @Test func `an unclean restart takes a broker out of both sets`() throws {
        var cluster = try three(configs: [("min.insync.replicas", "3")])
        #expect(try cluster.heartbeat(3, wantFence: true).isFenced)
        #expect(try cluster.partition("t").eligibleLeaderReplicas == [3])
        let epoch = try #require(cluster.image.brokers[3]).epoch
        cluster.now += 9001
        var clean = cluster
        #expect(
            try clean.register(TestCluster.registration(3, incarnation: 2, previousEpoch: epoch)).errorCode == 0)
        #expect(try clean.partition("t").eligibleLeaderReplicas == [3])
        #expect(try cluster.register(TestCluster.registration(3, incarnation: 2)).errorCode == 0)
        #expect(try cluster.partition("t").eligibleLeaderReplicas == [])
        #expect(try cluster.register(TestCluster.registration(2, incarnation: 2)).errorCode == 0)
        #expect(try cluster.partition("t").isr == [1])
        #expect(try cluster.partition("t").eligibleLeaderReplicas == [])
    }

    @Test func `balance gives leadership back, a round at a time`() throws {
        var cluster = try TestCluster()
        try cluster.start(1, 2)
        let many = TestCluster.topic("t", assignments: Array(repeating: [1, 2], count: 1500))
        #expect(try cluster.create(many).code == ErrorCode.none)
        #expect(cluster.rules.balanceLeaders(image: cluster.image).records.isEmpty)
        #expect(try cluster.heartbeat(1, wantFence: true).isFenced)
        #expect(try !cluster.heartbeat(1).isFenced)
        #expect(cluster.rules.balanceLeaders(image: cluster.image).records.isEmpty, "1 is in no in-sync set")
        let topic = try #require(cluster.image.topic(named: "t"))
        var request = AlterPartitionRequest()
        request.brokerId = 2
        request.brokerEpoch = try #require(cluster.image.brokers[2]).epoch
        var asked = AlterPartitionRequest.TopicData()
        asked.topicId = topic.id
        asked.partitions = (0..<1500).map { index in
            var partition = AlterPartitionRequest.PartitionData()
            partition.partitionIndex = Int32(index)
            partition.leaderEpoch = topic.partitions[index].leaderEpoch.rawValue
            partition.partitionEpoch = topic.partitions[index].partitionEpoch
            partition.newIsr = [2, 1]
            return partition
        }
        request.topics = [asked]
        try cluster.append(cluster.rules.alterPartition(request, version: 2, image: cluster.image).records)
        let first = cluster.rules.balanceLeaders(image: cluster.image)
        #expect(first.records.count == 1000)
        #expect(first.response)
        try cluster.append(first.records)
        let second = cluster.rules.balanceLeaders(image: cluster.image)
        #expect(second.records.count == 500)
        #expect(!second.response)
        try cluster.append(second.records)
        let leaders = Set(try #require(cluster.image.topic(named: "t")).partitions.map(\.leader))
        #expect(leaders == [1])
    }

    // MARK: Reassignment

    private func reassign(
        _ cluster: inout TestCluster, to replicas: [Int32]?, mayChangeFactor: Bool = true
    ) throws -> ErrorCode? {
        var request = AlterPartitionReassignmentsRequest()
        request.allowReplicationFactorChange = mayChangeFactor
        var partition = AlterPartitionReassignmentsRequest.ReassignablePartition()
        partition.replicas = replicas
        var topic = AlterPartitionReassignmentsRequest.ReassignableTopic()
        topic.name = "t"
        topic.partitions = [partition]
        request.topics = [topic]
        let decision = cluster.rules.alterPartitionReassignments(request, image: cluster.image)
        try cluster.append(decision.records)
        return ErrorCode(rawValue: decision.response.responses[0].partitions[0].errorCode)
    }

    private func ongoing(_ cluster: TestCluster) -> Int {
        ControllerRules.listPartitionReassignments(.init(), image: cluster.image).topics.flatMap(\.partitions).count
    }

    @Test func `a partition moves when the new replicas are in sync, and a leader that goes hands over`() throws {
        var cluster = try three()
        try cluster.start(4)
        #expect(try reassign(&cluster, to: nil) == .noReassignmentInProgress)
        #expect(try reassign(&cluster, to: [4, 2]) == ErrorCode.none)
        var state = try cluster.partition("t")
        #expect(state.replicas == [4, 2, 1, 3])
        #expect(state.adding == [4] && state.removing == [1, 3])
        #expect(state.directories.first == TestCluster.directory(4))
        #expect(ongoing(cluster) == 1)
        #expect(state.leader == 1)
        let moved = try alter(&cluster, isr: [1, 2, 3, 4], from: 1)
        #expect(moved.code == .newLeaderElected, "the old leader is no replica any more")
        state = try cluster.partition("t")
        #expect(state.replicas == [4, 2])
        #expect(state.isr == [2, 4])
        #expect(state.leader == 4)
        #expect(state.adding.isEmpty && state.removing.isEmpty)
        #expect(state.directories == [TestCluster.directory(4), TestCluster.directory(2)])
        #expect(ongoing(cluster) == 0)
    }

    @Test func `a move can be stopped, and only the order of replicas changes at once`() throws {
        var cluster = try three()
        try cluster.start(4)
        #expect(try reassign(&cluster, to: [1, 2, 4]) == ErrorCode.none)
        #expect(try reassign(&cluster, to: nil) == ErrorCode.none)
        var state = try cluster.partition("t")
        #expect(state.replicas == [1, 2, 3])
        #expect(state.adding.isEmpty && state.removing.isEmpty)
        #expect(state.leaderEpoch == 1, "a replica left")
        #expect(try reassign(&cluster, to: [3, 2, 1]) == ErrorCode.none)
        state = try cluster.partition("t")
        #expect(state.replicas == [3, 2, 1])
        #expect(state.directories == [3, 2, 1].map { TestCluster.directory($0) })
        #expect(state.leader == 1)
        #expect(ongoing(cluster) == 0)
        #expect(try reassign(&cluster, to: [1, 9]) == .invalidReplicaAssignment)
        #expect(try reassign(&cluster, to: [1, 1]) == .invalidReplicaAssignment)
        #expect(try reassign(&cluster, to: []) == .invalidReplicaAssignment)
        #expect(try reassign(&cluster, to: [1, 2], mayChangeFactor: false) == .invalidReplicationFactor)
        #expect(try reassign(&cluster, to: [4, 1, 2], mayChangeFactor: false) == ErrorCode.none)
        #expect(try reassign(&cluster, to: [4, 3, 2], mayChangeFactor: false) == ErrorCode.none)
        #expect(try cluster.partition("t").adding == [4])
    }

    // MARK: Directories

    @Test func `a broker says where its replicas are, and one in a lost directory leaves the in-sync set`() throws {
        var cluster = try three()
        var request = AssignReplicasToDirsRequest()
        func assign(_ directory: UUID128, _ index: Int32 = 0) throws -> ErrorCode? {
            request.brokerId = 1
            request.brokerEpoch = try #require(cluster.image.brokers[1]).epoch
            var partition = AssignReplicasToDirsRequest.PartitionData()
            partition.partitionIndex = index
            var topic = AssignReplicasToDirsRequest.TopicData()
            topic.topicId = try #require(cluster.image.topic(named: "t")).id
            topic.partitions = [partition]
            var asked = AssignReplicasToDirsRequest.DirectoryData()
            asked.id = directory
            asked.topics = [topic]
            request.directories = [asked]
            let decision = cluster.rules.assignReplicasToDirs(request, image: cluster.image)
            try cluster.append(decision.records)
            return ErrorCode(rawValue: decision.response.directories[0].topics[0].partitions[0].errorCode)
        }
        #expect(try assign(DirectoryID.unassigned) == ErrorCode.none)
        #expect(try cluster.partition("t").directories[0] == DirectoryID.unassigned)
        #expect(try cluster.partition("t").leader == 1)
        #expect(try assign(TestCluster.directory(1), 5) == .unknownTopicOrPartition)
        #expect(try assign(DirectoryID.lost) == ErrorCode.none)
        let state = try cluster.partition("t")
        #expect(state.leader == 2)
        #expect(state.isr == [2, 3])
        #expect(state.directories[0] == DirectoryID.lost)
    }
}

extension PartitionState {
    fileprivate var adding: [BrokerID] { addingReplicas }
    fileprivate var removing: [BrokerID] { removingReplicas }
}
