import ClusterImage
import InternalRecords
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

struct BrokerLifeTests {
    @Test func `a new cluster begins with its features in one transaction`() throws {
        let rules = try TestCluster().rules
        let bootstrap = ControllerRules.bootstrapRecords(
            .latest, levels: ControllerRules.defaultLevels(at: .latest))
        let records = rules.activate(.empty, isInTransaction: false, bootstrap: bootstrap).records
        // Begin, six features, the cluster's minimum of in-sync replicas, end.
        #expect(records.map(\.record.type) == [23, 12, 12, 12, 12, 12, 12, 4, 24])
        guard case .featureLevel(let first) = records[1].record else {
            Issue.record("the first record is no feature")
            return
        }
        #expect(first.name == "metadata.version")
        #expect(first.featureLevel == 30)
        let torn = rules.activate(.empty, isInTransaction: true, bootstrap: bootstrap).records
        #expect(torn.map(\.record.type) == [25] + records.map(\.record.type))
        #expect(rules.activate(try TestCluster().image, isInTransaction: false, bootstrap: bootstrap).records.isEmpty)
        // Before transactions of the metadata log it is one batch.
        let old = rules.activate(
            .empty, isInTransaction: false,
            bootstrap: ControllerRules.bootstrapRecords(MetadataVersion(level: 12), levels: [:]))
        #expect(old.records.map(\.record.type) == [12])
        #expect(old.isAtomic)
    }

    @Test func `a broker registers fenced, with the next offset as its epoch, and is unfenced once it has caught up`()
        throws
    {
        var cluster = try TestCluster()
        let offset = cluster.nextOffset.rawValue
        let answer = try cluster.register(TestCluster.registration(1))
        #expect(answer.errorCode == 0)
        #expect(answer.brokerEpoch == offset)
        #expect(cluster.image.brokers[1]?.isFenced == true)
        var beat = try cluster.heartbeat(1, offset: offset - 1)
        #expect(!beat.isCaughtUp && beat.isFenced)
        beat = try cluster.heartbeat(1, wantFence: true)
        #expect(beat.isCaughtUp && beat.isFenced)
        beat = try cluster.heartbeat(1)
        #expect(beat.isCaughtUp && !beat.isFenced && !beat.shouldShutDown)
        #expect(cluster.image.brokers[1]?.isFenced == false)
        let before = cluster.nextOffset
        #expect(try !cluster.heartbeat(1).isFenced)
        #expect(cluster.nextOffset == before, "a heartbeat that changes nothing writes nothing")
        #expect(try cluster.heartbeat(1, epoch: 0).errorCode == ErrorCode.staleBrokerEpoch.rawValue)
        #expect(try cluster.heartbeat(2, epoch: 0).errorCode == ErrorCode.staleBrokerEpoch.rawValue)
    }

    @Test func `registrations that cannot be are refused with their codes`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        func code(_ change: (inout BrokerRegistrationRequest) -> Void) throws -> ErrorCode? {
            var request = TestCluster.registration(2)
            change(&request)
            var copy = cluster
            return ErrorCode(rawValue: try copy.register(request).errorCode)
        }
        #expect(try code { $0.rack = "r" } == ErrorCode.none)
        #expect(try code { $0.clusterId = "other" } == .inconsistentClusterId)
        #expect(try code { $0.brokerId = 1 } == .duplicateBrokerRegistration)
        #expect(try code { $0.isMigratingZkBroker = true } == .brokerIdNotRegistered)
        #expect(try code { $0.logDirs = [] } == .invalidRegistration)
        #expect(try code { $0.logDirs = [.init(high: 0, low: 99)] } == .invalidRegistration)
        #expect(try code { $0.logDirs = [TestCluster.directory(1)] } == .invalidRegistration)
        #expect(try code { $0.logDirs += $0.logDirs } == .invalidRegistration)
        #expect(try code { $0.features.removeAll { $0.name == "metadata.version" } } == .invalidRegistration)
        #expect(try code { $0.features.removeAll { $0.name == "transaction.version" } } == .unsupportedVersion)
        // kraft.version is at level 0 here, so a broker need not know it.
        #expect(try code { $0.features.removeAll { $0.name == "kraft.version" } } == ErrorCode.none)
        #expect(try code { $0.features[0].maxSupportedVersion = 0 } == .unsupportedVersion)
    }

    @Test func `the same incarnation keeps its epoch and its state`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        let epoch = cluster.image.brokers[1]?.epoch
        #expect(try cluster.register(TestCluster.registration(1, rack: "r")).brokerEpoch == epoch)
        #expect(cluster.image.brokers[1]?.rack == "r")
        #expect(cluster.image.brokers[1]?.isFenced == false)
    }

    @Test func `a lone broker that is fenced and comes back has its partitions again`() throws {
        var cluster = try TestCluster(isELREnabled: false)
        try cluster.start(1)
        #expect(try cluster.create(TestCluster.topic("t")).code == ErrorCode.none)
        #expect(try cluster.heartbeat(1, wantFence: true).isFenced)
        var state = try cluster.partition("t")
        #expect(state.leader == .none)
        #expect(state.isr == [1], "the last replica stays in sync")
        #expect(state.leaderEpoch == 1)
        #expect(try !cluster.heartbeat(1).isFenced)
        state = try cluster.partition("t")
        #expect(state.leader == 1)
        #expect(state.isr == [1])
        #expect(state.leaderEpoch == 2)
        #expect(state.leaderRecoveryState == .recovered)
    }

    @Test func `with eligible leader replicas the lone broker is remembered as eligible, and leads again`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        #expect(try cluster.create(TestCluster.topic("t")).code == ErrorCode.none)
        #expect(try cluster.heartbeat(1, wantFence: true).isFenced)
        var state = try cluster.partition("t")
        #expect(state.leader == .none)
        #expect(state.isr.isEmpty)
        #expect(state.eligibleLeaderReplicas == [1])
        #expect(state.lastKnownELR == [1])
        #expect(try !cluster.heartbeat(1).isFenced)
        state = try cluster.partition("t")
        #expect(state.leader == 1)
        #expect(state.isr == [1])
        #expect(state.eligibleLeaderReplicas.isEmpty)
        #expect(state.lastKnownELR.isEmpty)
        #expect(state.leaderRecoveryState == .recovered)
    }

    @Test func `a broker that was killed leads again as the last known leader, in recovery`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        #expect(try cluster.create(TestCluster.topic("t")).code == ErrorCode.none)
        cluster.now += 9001
        #expect(try cluster.register(TestCluster.registration(1, incarnation: 2)).errorCode == 0)
        var state = try cluster.partition("t")
        #expect(state.leader == .none)
        #expect(state.isr.isEmpty)
        #expect(state.eligibleLeaderReplicas.isEmpty, "what it has may be less than what it had")
        #expect(state.lastKnownELR == [1])
        #expect(try !cluster.heartbeat(1).isFenced)
        state = try cluster.partition("t")
        #expect(state.leader == 1)
        #expect(state.isr == [1])
        #expect(state.lastKnownELR.isEmpty)
        #expect(state.leaderRecoveryState == .recovering)
    }

    @Test func `a new incarnation waits for the session of the old one, but not on the node that holds its lock`()
        throws
    {
        var cluster = try TestCluster()
        try cluster.start(1)
        let second = TestCluster.registration(1, incarnation: 2)
        #expect(try cluster.register(second).errorCode == ErrorCode.duplicateBrokerRegistration.rawValue)
        cluster.sessions.activate(cluster.image, now: cluster.now)
        #expect(try cluster.register(second).errorCode == ErrorCode.duplicateBrokerRegistration.rawValue)
        cluster.sessions.activate(cluster.image, now: cluster.now, gone: [1])
        let offset = cluster.nextOffset.rawValue
        #expect(try cluster.register(second).brokerEpoch == offset)
    }

    @Test func `the epoch is the first record's offset, and caught up means the registration's own`() throws {
        var cluster = try TestCluster(isELREnabled: false)
        try cluster.start(1)
        #expect(try cluster.create(TestCluster.topic("t", partitions: 3)).code == ErrorCode.none)
        cluster.now += 9001
        let first = cluster.nextOffset.rawValue
        #expect(try cluster.register(TestCluster.registration(1, incarnation: 2)).brokerEpoch == first)
        #expect(cluster.nextOffset.rawValue == first + 4, "three partitions change before the registration")
        #expect(try !cluster.heartbeat(1, wantFence: true, offset: first + 2).isCaughtUp)
        #expect(try cluster.heartbeat(1, wantFence: true, offset: first + 3).isCaughtUp)
    }

    @Test func `leadership moves away before a broker goes, and others must have seen it`() throws {
        var cluster = try TestCluster()
        try cluster.start(1, 2)
        #expect(try cluster.create(TestCluster.topic("t", assignments: [[1, 2]])).code == ErrorCode.none)
        var beat = try cluster.heartbeat(1, wantShutDown: true)
        #expect(!beat.shouldShutDown && !beat.isFenced)
        #expect(cluster.image.brokers[1]?.isInControlledShutdown == true)
        let state = try cluster.partition("t")
        #expect(state.leader == 2)
        #expect(state.isr == [2])
        beat = try cluster.heartbeat(1, wantShutDown: true)
        #expect(!beat.shouldShutDown, "broker 2 has not read of it yet")
        #expect(try !cluster.heartbeat(2).isFenced)
        beat = try cluster.heartbeat(1, wantShutDown: true)
        #expect(beat.shouldShutDown && beat.isFenced)
        #expect(cluster.image.brokers[1]?.isFenced == true)
        // Its next incarnation need not wait until the session is over.
        #expect(try cluster.register(TestCluster.registration(1, incarnation: 2)).errorCode == 0)
    }

    @Test func `silent brokers are fenced one by one, in the order of their ids`() throws {
        var cluster = try TestCluster()
        try cluster.start(1, 2, 3)
        #expect(try cluster.create(TestCluster.topic("t", assignments: [[1, 2, 3]])).code == ErrorCode.none)
        cluster.now += 9000
        #expect(try !cluster.heartbeat(3).isFenced)
        #expect(
            cluster.rules.fenceSilentBroker(image: cluster.image, sessions: &cluster.sessions, now: cluster.now) == nil)
        #expect(cluster.sessions.nextExpiry == cluster.now + 1)
        cluster.now += 1
        var fenced: [BrokerID] = []
        while let decision = cluster.rules.fenceSilentBroker(
            image: cluster.image, sessions: &cluster.sessions, now: cluster.now)
        {
            fenced.append(decision.response)
            #expect(decision.records.map(\.record.type) == [5, 17], "partitions first, then the fence")
            try cluster.append(decision.records)
        }
        #expect(fenced == [1, 2])
        #expect(try cluster.partition("t").leader == 3)
        #expect(try cluster.partition("t").isr == [3])
    }

    @Test func `unregistered means gone, and twice is an error`() throws {
        var cluster = try TestCluster()
        try cluster.start(1, 2)
        #expect(try cluster.create(TestCluster.topic("t", assignments: [[1, 2]])).code == ErrorCode.none)
        var request = UnregisterBrokerRequest()
        request.brokerId = 1
        let decision = cluster.rules.unregisterBroker(request, image: cluster.image, sessions: &cluster.sessions)
        try cluster.append(decision.records)
        #expect(cluster.image.brokers[1] == nil)
        #expect(try cluster.partition("t").leader == 2)
        let again = cluster.rules.unregisterBroker(request, image: cluster.image, sessions: &cluster.sessions)
        #expect(again.response.errorCode == ErrorCode.brokerIdNotRegistered.rawValue)
    }

    @Test func `blocks of a thousand producer ids follow each other`() throws {
        var cluster = try TestCluster()
        try cluster.start(1)
        var request = AllocateProducerIdsRequest()
        request.brokerId = 1
        request.brokerEpoch = try #require(cluster.image.brokers[1]?.epoch)
        for start in [Int64(0), 1000, 2000] {
            let decision = cluster.rules.allocateProducerIDs(request, image: cluster.image)
            #expect(decision.response.producerIdStart == start)
            #expect(decision.response.producerIdLen == 1000)
            try cluster.append(decision.records)
        }
        request.brokerEpoch += 1
        let stale = cluster.rules.allocateProducerIDs(request, image: cluster.image)
        #expect(stale.response.errorCode == ErrorCode.staleBrokerEpoch.rawValue)
        #expect(stale.records.isEmpty)
    }

    @Test func `a directory that fails takes its partitions out of sync, and cordoned ones get no new replicas`() throws
    {
        var cluster = try TestCluster()
        let (one, two) = (TestCluster.directory(1, 1), TestCluster.directory(1, 2))
        #expect(try cluster.register(TestCluster.registration(1, directories: [one, two])).errorCode == 0)
        #expect(try !cluster.heartbeat(1).isFenced)
        try cluster.start(2)
        #expect(try cluster.create(TestCluster.topic("t", assignments: [[1, 2]])).code == ErrorCode.none)
        #expect(try cluster.partition("t").directories == [DirectoryID.unassigned, TestCluster.directory(2)])
        #expect(try !cluster.heartbeat(1, offline: [two]).isFenced)
        #expect(cluster.image.brokers[1]?.directories == [one])
        #expect(try cluster.partition("t").leader == 1, "its directory is not known to be the lost one")
        #expect(try cluster.create(TestCluster.topic("u", assignments: [[1, 2]])).code == ErrorCode.none)
        #expect(try cluster.partition("u").directories == [one, TestCluster.directory(2)])
        #expect(try !cluster.heartbeat(1, cordoned: [one]).isFenced)
        #expect(try cluster.create(TestCluster.topic("v", replicas: 2)).code == .invalidReplicationFactor)
        #expect(try cluster.create(TestCluster.topic("v", assignments: [[1]])).code == .invalidReplicaAssignment)
    }
}
