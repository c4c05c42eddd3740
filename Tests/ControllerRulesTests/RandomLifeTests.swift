import ClusterImage
import InternalRecords
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

/// Clusters that live through whatever comes to mind of a seed. Whatever happens, what the records say must make sense.
struct RandomLifeTests {
    private struct Life {
        var cluster: TestCluster
        var chance: Seeded
        var incarnations: [Int32: UInt64] = [:]
        let ids: [Int32] = [1, 2, 3, 4, 5]

        init(seed: UInt64) throws {
            cluster = try TestCluster(isELREnabled: seed % 2 == 0)
            chance = Seeded(state: seed &* 77)
            cluster.random = Seeded(state: seed)
            try cluster.start(1, 2, 3, 4, 5)
        }

        mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &chance) }

        mutating func anyBroker() -> Int32 { ids[below(ids.count)] }

        /// A topic, and one of its partitions.
        mutating func anyPlace() -> (topic: TopicImage, index: Int)? {
            let topics = cluster.image.topics.values.sorted { $0.name < $1.name }
            if topics.isEmpty { return nil }
            let topic = topics[below(topics.count)]
            return (topic, below(topic.partitions.count))
        }

        mutating func step() throws {
            switch below(14) {
            case 0: try create()
            case 1, 2: try beat(wantFence: true)
            case 3, 4, 5: try beat()
            case 6: try beat(wantShutDown: true)
            case 7: try restart()
            case 8, 9, 10: try alterISR()
            case 11: try reassign()
            case 12: try elect()
            default: try fail()
            }
        }

        mutating func create() throws {
            let name = "topic\(below(12))"
            var topic = TestCluster.topic(
                name, partitions: Int32(1 + below(3)), replicas: Int16(1 + below(4)),
                configs: [("min.insync.replicas", "\(1 + below(3))")])
            if below(3) == 0 {
                topic.configs[0].name = "unclean.leader.election.enable"
                topic.configs[0].value = "true"
            }
            _ = try cluster.create([topic])
            guard below(5) == 0 else { return }
            var request = DeleteTopicsRequest()
            request.topicNames = ["topic\(below(12))"]
            try cluster.append(cluster.rules.deleteTopics(request, version: 5, image: cluster.image).records)
        }

        mutating func beat(wantFence: Bool = false, wantShutDown: Bool = false) throws {
            let id = anyBroker()
            let offline = below(10) == 0 ? [TestCluster.directory(id, UInt64(1 + below(2)))] : []
            _ = try cluster.heartbeat(id, wantFence: wantFence, wantShutDown: wantShutDown, offline: offline)
        }

        mutating func restart() throws {
            let id = anyBroker()
            incarnations[id, default: 1] += 1
            cluster.now += 9001
            let epoch = below(2) == 0 ? cluster.image.brokers[BrokerID(id)]?.epoch ?? -1 : -1
            let answer = try cluster.register(
                TestCluster.registration(
                    id, incarnation: incarnations[id] ?? 1,
                    directories: [TestCluster.directory(id, 1), TestCluster.directory(id, 2)], previousEpoch: epoch))
            #expect(answer.errorCode == 0)
        }

        /// A leader widens or shrinks its set by what is allowed; that must succeed or hand over.
        mutating func alterISR() throws {
            guard let (topic, index) = anyPlace() else { return }
            let state = topic.partitions[index]
            guard state.hasLeader, let leader = cluster.image.brokers[state.leader] else { return }
            var partition = AlterPartitionRequest.PartitionData()
            partition.partitionIndex = Int32(index)
            partition.leaderEpoch = state.leaderEpoch.rawValue
            partition.partitionEpoch = state.partitionEpoch
            var isr = state.replicas.filter(cluster.image.isActive)
            isr.removeAll { _ in below(4) == 0 }
            if !isr.contains(state.leader) { isr.append(state.leader) }
            partition.newIsr = isr.map(\.rawValue)
            var asked = AlterPartitionRequest.TopicData()
            asked.topicId = topic.id
            asked.partitions = [partition]
            var request = AlterPartitionRequest()
            request.brokerId = leader.id.rawValue
            request.brokerEpoch = leader.epoch
            request.topics = [asked]
            let decision = cluster.rules.alterPartition(request, version: 2, image: cluster.image)
            try cluster.append(decision.records)
            let code = ErrorCode(rawValue: decision.response.topics[0].partitions[0].errorCode)
            #expect(code == ErrorCode.none || code == .newLeaderElected)
        }

        mutating func reassign() throws {
            guard let (topic, index) = anyPlace() else { return }
            var partition = AlterPartitionReassignmentsRequest.ReassignablePartition()
            partition.partitionIndex = Int32(index)
            if below(3) > 0 { partition.replicas = Array(ids.shuffled(using: &chance).prefix(1 + below(4))) }
            var asked = AlterPartitionReassignmentsRequest.ReassignableTopic()
            asked.name = topic.name
            asked.partitions = [partition]
            var request = AlterPartitionReassignmentsRequest()
            request.topics = [asked]
            try cluster.append(cluster.rules.alterPartitionReassignments(request, image: cluster.image).records)
        }

        mutating func elect() throws {
            var request = ElectLeadersRequest()
            request.electionType = Int8(below(2))
            request.topicPartitions = nil
            try cluster.append(cluster.rules.electLeaders(request, image: cluster.image).records)
            try cluster.append(cluster.rules.balanceLeaders(image: cluster.image).records)
            try cluster.append(cluster.rules.electUncleanLeaders(image: cluster.image).records)
        }

        mutating func fail() throws {
            cluster.now += 4000
            while let decision = cluster.rules.fenceSilentBroker(
                image: cluster.image, sessions: &cluster.sessions, now: cluster.now)
            { try cluster.append(decision.records) }
            if below(3) == 0 { cluster.sessions.activate(cluster.image, now: cluster.now) }
        }

        /// The first thing that makes no sense; nil: all does.
        func problem(since before: ClusterImage) -> String? {
            for topic in cluster.image.topics.values where before.topics[topic.id] != topic {
                for (index, state) in topic.partitions.enumerated() {
                    let old = before.topics[topic.id]?.partition(PartitionIndex(Int32(index)))
                    if let problem = problem(state) ?? old.flatMap({ problem(from: $0, to: state) }) {
                        return "\(problem): \(topic.name)-\(index) was \(String(describing: old)) is \(state)"
                    }
                }
            }
            return nil
        }

        private func problem(_ state: PartitionState) -> String? {
            let (replicas, isr) = (Set(state.replicas), Set(state.isr))
            if replicas.count != state.replicas.count || replicas.isEmpty { return "replicas" }
            if state.directories.count != state.replicas.count { return "directories" }
            if isr.count != state.isr.count || !isr.isSubset(of: replicas) { return "in-sync set" }
            if !isr.isDisjoint(with: state.eligibleLeaderReplicas) { return "eligible and in sync" }
            if !replicas.isSuperset(of: state.addingReplicas + state.removingReplicas) { return "moving" }
            if !Set(state.addingReplicas).isDisjoint(with: state.removingReplicas) { return "to and fro" }
            if state.hasLeader && !isr.contains(state.leader) { return "leader out of sync" }
            if !cluster.image.isELREnabled && isr.isEmpty { return "nobody in sync" }
            return nil
        }

        private func problem(from old: PartitionState, to state: PartitionState) -> String? {
            if state != old && state.partitionEpoch <= old.partitionEpoch { return "partition epoch" }
            if state.leaderEpoch < old.leaderEpoch { return "leader epoch went back" }
            if state.leader != old.leader && state.leaderEpoch == old.leaderEpoch { return "leader epoch stood still" }
            return nil
        }

        /// A partition that a broker leads which may not.
        var wrongLeader: String? {
            for topic in cluster.image.topics.values {
                for state in topic.partitions where state.hasLeader && !cluster.image.isActive(state.leader) {
                    return "\(topic.name): \(state)"
                }
            }
            return nil
        }
    }

    @Test(arguments: 1...12)
    func `whatever happens, leaders are in sync and active, and epochs grow`(seed: UInt64) throws {
        var life = try Life(seed: seed)
        for _ in 0..<300 {
            let before = life.cluster.image
            try life.step()
            let problem = life.problem(since: before) ?? life.wrongLeader
            #expect(problem == nil)
            if problem != nil { return }
        }
        #expect(life.cluster.image.topics.count > 3)
    }

    @Test(arguments: 1...6)
    func `when all brokers are back, every partition that lost no directory is led again`(seed: UInt64) throws {
        var life = try Life(seed: seed &+ 500)
        for _ in 0..<200 { try life.step() }
        for id in life.ids {
            life.cluster.now += 9001
            // The same epoch: a clean stop, after which nobody lacks records.
            let epoch = life.cluster.image.brokers[BrokerID(id)]?.epoch ?? -1
            let directories = life.cluster.image.brokers[BrokerID(id)]?.directories
            let again = TestCluster.registration(
                id, incarnation: 1_000_000, directories: directories?.isEmpty == false ? directories : nil,
                previousEpoch: epoch)
            #expect(try life.cluster.register(again).errorCode == 0)
            #expect(try !life.cluster.heartbeat(id).isFenced)
        }
        for topic in life.cluster.image.topics.values {
            for state in topic.partitions where !state.hasLeader {
                let candidates = state.isr + state.eligibleLeaderReplicas
                let online = candidates.filter {
                    life.cluster.image.brokers[$0]?.isOnline(state.directory(of: $0)) ?? false
                }
                let couldBeLed = !online.isEmpty
                #expect(!couldBeLed, "\(topic.name): \(state)")
            }
        }
    }
}
