import Bytes
import ClusterImage
import GoldenSupport
import InternalRecords
import RecordFormat
import Settings
import Testing
import Vocabulary
import WireProtocol

@testable import ControllerRules

/// A metadata log that Apache Kafka 4.3.1 wrote, decision by decision: the same question at the same image must lead to the
/// same records.
struct ApacheDecisionsTests {
    private struct Batch {
        let base: Int64
        let records: [VersionedRecord]
    }

    private let batches: [Batch]
    private let rules = ControllerRules(clusterID: "c", nodeID: 1, layers: BrokerLayers(fixed: TestCluster.least))

    init() throws {
        let log = ByteSlice(try Fixture.kept("metadata/metadata-dynamic.log"))
        var batches: [Batch] = []
        var position = 0
        while position < log.count, let header = try log.withBytes({ try BatchHeader.read($0, at: position) }) {
            let bytes = log[position..<position + header.sizeInBytes]
            position += header.sizeInBytes
            if header.isControl { continue }
            var reader = try RecordReader(bytes, header, limit: 1 << 20)
            var records: [VersionedRecord] = []
            while let record = try reader.next() {
                records.append(try VersionedRecord(decoding: try #require(record.value)))
            }
            batches.append(Batch(base: header.baseOffset.rawValue, records: records))
        }
        self.batches = batches
    }

    /// The image before the batch at `base`, and what Apache wrote there.
    private func moment(_ base: Int64) throws -> (image: ClusterImage, records: [VersionedRecord]) {
        var replay = ImageReplay()
        for batch in batches {
            if batch.base == base { return (replay.newest, batch.records) }
            for record in batch.records { try replay.replay(record.record) }
        }
        throw Missing(base: base)
    }

    private struct Missing: Error { let base: Int64 }

    /// Apache's order within a batch follows its hash tables where it does not matter.
    private func sameRecords(_ ours: [VersionedRecord], _ theirs: [VersionedRecord]) throws -> Bool {
        func texts(_ records: [VersionedRecord]) throws -> [String] {
            try records.map { try $0.encoded().withBytes { "\(Array($0))" } }.sorted()
        }
        return try texts(ours) == texts(theirs)
    }

    private func heartbeat(
        _ image: ClusterImage, _ nextOffset: Int64, _ sessions: inout BrokerSessions,
        _ change: (inout BrokerHeartbeatRequest) -> Void
    ) throws -> Decision<BrokerHeartbeatResponse> {
        var request = BrokerHeartbeatRequest()
        request.brokerId = 1
        request.brokerEpoch = try #require(image.brokers[1]).epoch
        request.currentMetadataOffset = nextOffset - 1
        change(&request)
        return rules.heartbeat(
            request, image: image, sessions: &sessions, nextOffset: Offset(nextOffset), now: 0)
    }

    @Test func `a new cluster begins with the same records in the same order`() throws {
        let expected = try moment(3).records
        let bootstrap = ControllerRules.bootstrapRecords(.latest, levels: ControllerRules.defaultLevels(at: .latest))
        for given in [bootstrap, []] {
            let records = rules.activate(.empty, isInTransaction: false, bootstrap: given).records
            #expect(try records.map { try $0.encoded() } == expected.map { try $0.encoded() })
        }
    }

    @Test func `a controller and a broker register`() throws {
        var (image, expected) = try moment(12)
        guard case .registerController(let controller) = expected[0].record else { throw Missing(base: 12) }
        var request = ControllerRegistrationRequest()
        request.controllerId = controller.controllerId
        request.incarnationId = controller.incarnationId
        request.listeners = controller.endPoints.map {
            var listener = ControllerRegistrationRequest.Listener()
            (listener.name, listener.host, listener.port) = ($0.name, $0.host, $0.port)
            return listener
        }
        request.features = controller.features.sorted { $0.name < $1.name }.map {
            var feature = ControllerRegistrationRequest.Feature()
            feature.name = $0.name
            (feature.minSupportedVersion, feature.maxSupportedVersion) = (
                $0.minSupportedVersion, $0.maxSupportedVersion
            )
            return feature
        }
        try expectSameImage(
            image, rules.registerController(request, image: image).records, expected)

        (image, expected) = try moment(14)
        guard case .registerBroker(let broker) = expected[0].record else { throw Missing(base: 14) }
        var sessions = BrokerSessions(timeoutMs: 9000)
        let decision = rules.registerBroker(
            registration(broker), version: 4, image: image, sessions: &sessions, kraftVersion: 1, nextOffset: 14, now: 0
        )
        #expect(decision.response.brokerEpoch == 14)
        #expect(decision.records.map(\.version) == expected.map(\.version))
        try expectSameImage(image, decision.records, expected)
    }

    /// For records whose lists have no order.
    private func expectSameImage(
        _ image: ClusterImage, _ ours: [VersionedRecord], _ theirs: [VersionedRecord]
    ) throws {
        func after(_ records: [VersionedRecord]) throws -> ClusterImage {
            var replay = ImageReplay(image)
            for record in records { try replay.replay(record.record) }
            return replay.newest
        }
        #expect(ours.count == theirs.count)
        #expect(try after(ours) == after(theirs))
    }

    private func registration(_ broker: RegisterBrokerRecord) -> BrokerRegistrationRequest {
        var request = BrokerRegistrationRequest()
        request.clusterId = "c"
        request.brokerId = broker.brokerId
        request.incarnationId = broker.incarnationId
        request.rack = broker.rack
        request.logDirs = broker.logDirs
        request.listeners = broker.endPoints.map {
            var listener = BrokerRegistrationRequest.Listener()
            (listener.name, listener.host, listener.port) = ($0.name, $0.host, $0.port)
            return listener
        }
        request.features = broker.features.map {
            var feature = BrokerRegistrationRequest.Feature()
            feature.name = $0.name
            (feature.minSupportedVersion, feature.maxSupportedVersion) = (
                $0.minSupportedVersion, $0.maxSupportedVersion
            )
            return feature
        }
        return request
    }

    @Test func `the first heartbeats say which directories are cordoned, and unfence`() throws {
        var sessions = BrokerSessions(timeoutMs: 9000)
        let (image, cordoned) = try moment(15)
        let first = try heartbeat(image, 15, &sessions) {
            $0.cordonedLogDirs = []; $0.wantFence = true
        }
        #expect(try sameRecords(first.records, cordoned))
        let (later, unfenced) = try moment(16)
        let second = try heartbeat(later, 16, &sessions) { $0.cordonedLogDirs = [] }
        #expect(try sameRecords(second.records, unfenced))
    }

    @Test func `every topic is created with the same records`() throws {
        var created = 0
        // Some batches hold deletions as well, of the next request.
        for batch in batches
        where batch.records.first?.record.type == 2 && batch.records.allSatisfy({ (2...4).contains($0.record.type) }) {
            let (image, expected) = try moment(batch.base)
            var request = CreateTopicsRequest()
            var ids: [TopicID] = []
            for record in expected {
                switch record.record {
                case .topic(let topic):
                    ids.append(topic.topicId)
                    request.topics.append(TestCluster.topic(topic.name, partitions: 0))
                case .config(let config):
                    var given = CreateTopicsRequest.CreatableTopicConfig()
                    (given.name, given.value) = (config.name, config.value)
                    request.topics[request.topics.count - 1].configs.append(given)
                case .partition: request.topics[request.topics.count - 1].numPartitions += 1
                default: Issue.record("\(batch.base): \(record.record)")
                }
            }
            var random = Seeded(state: 1)
            let decision = rules.createTopics(request, image: image, using: &random)
            #expect(decision.response.topics.allSatisfy { $0.errorCode == 0 })
            let made = Dictionary(uniqueKeysWithValues: zip(decision.response.topics.map(\.topicId), ids))
            let records = try decision.records.map { record in
                switch record.record {
                case .topic(var topic):
                    topic.topicId = try #require(made[topic.topicId])
                    return VersionedRecord(.topic(topic), version: record.version)
                case .partition(var partition):
                    partition.topicId = try #require(made[partition.topicId])
                    return VersionedRecord(.partition(partition), version: record.version)
                default: return record
                }
            }
            #expect(try sameRecords(records, expected), "\(batch.base)")
            created += ids.count
        }
        #expect(created > 40)
    }

    @Test func `partitions are added, topics deleted and producer ids given out`() throws {
        var (image, expected) = try moment(64)
        var more = CreatePartitionsRequest()
        var topic = CreatePartitionsRequest.CreatePartitionsTopic()
        topic.name = "grows"
        topic.count = 5
        topic.assignments = nil
        more.topics = [topic]
        var random = Seeded(state: 1)
        #expect(try sameRecords(rules.createPartitions(more, image: image, using: &random).records, expected))

        (image, expected) = try moment(67)
        var deletion = DeleteTopicsRequest()
        deletion.topicNames = ["topic-3", "topic-6"]
        #expect(try sameRecords(rules.deleteTopics(deletion, version: 5, image: image).records, expected))

        (image, expected) = try moment(117)
        var ids = AllocateProducerIdsRequest()
        ids.brokerId = 1
        ids.brokerEpoch = 14
        #expect(try sameRecords(rules.allocateProducerIDs(ids, image: image).records, expected))
    }

    @Test func `every change of settings is accepted and written alike`() throws {
        var changed = 0
        for batch in batches where batch.base > 70 && batch.records.allSatisfy({ $0.record.type == 4 }) {
            let (image, expected) = try moment(batch.base)
            var request = IncrementalAlterConfigsRequest()
            for record in expected {
                guard case .config(let config) = record.record else { continue }
                var change = IncrementalAlterConfigsRequest.AlterableConfig()
                (change.name, change.value) = (config.name, config.value)
                change.configOperation = config.value == nil ? 1 : 0
                if let place = request.resources.firstIndex(where: {
                    $0.resourceType == config.resourceType && $0.resourceName == config.resourceName
                }) {
                    request.resources[place].configs.append(change)
                } else {
                    var resource = IncrementalAlterConfigsRequest.AlterConfigsResource()
                    (resource.resourceType, resource.resourceName) = (config.resourceType, config.resourceName)
                    resource.configs = [change]
                    request.resources.append(resource)
                }
            }
            let decision = rules.incrementalAlterConfigs(request, image: image)
            #expect(decision.response.responses.allSatisfy { $0.errorCode == 0 }, "\(decision.response.responses)")
            #expect(try sameRecords(decision.records, expected), "\(batch.base)")
            changed += expected.count
        }
        #expect(changed > 15)
    }

    @Test func `a feature goes down and up`() throws {
        for (base, level, type) in [(Int64(358), Int16(0), Int8(2)), (359, 1, 1)] {
            let (image, expected) = try moment(base)
            var request = UpdateFeaturesRequest()
            var update = UpdateFeaturesRequest.FeatureUpdateKey()
            (update.feature, update.maxVersionLevel, update.upgradeType) = ("streams.version", level, type)
            request.featureUpdates = [update]
            let decision = rules.updateFeatures(
                request, version: 2, image: image,
                quorum: .init(kraftVersion: 1, voters: [1], kraftObstacle: nil))
            #expect(decision.response.response.errorCode == 0)
            #expect(try sameRecords(decision.records, expected))
        }
    }

    @Test func `after a kill the old incarnation is fenced, and the new one leads as the last known leader`() throws {
        var sessions = BrokerSessions(timeoutMs: 9000)
        let (image, fenced) = try moment(523)
        sessions.activate(image, now: 0)
        #expect(rules.fenceSilentBroker(image: image, sessions: &sessions, now: 9000) == nil)
        let fence = try #require(rules.fenceSilentBroker(image: image, sessions: &sessions, now: 9001))
        #expect(try sameRecords(fence.records, fenced))

        let (before, registered) = try moment(581)
        guard case .registerBroker(let broker)? = registered.last?.record else { throw Missing(base: 581) }
        let decision = rules.registerBroker(
            registration(broker), version: 4, image: before, sessions: &sessions, kraftVersion: 1, nextOffset: 581,
            now: 9002)
        #expect(decision.response.brokerEpoch == 581)
        #expect(try sameRecords(decision.records.dropLast(), registered.dropLast()))
        try expectSameImage(before, decision.records, registered)

        // The same heartbeat of Apache's broker said that no directory is cordoned.
        let next = try #require(batches.first { $0.base > 581 && $0.records[0].record.type == 17 })
        var (after, unfenced) = try moment(next.base)
        if next.records.count == 1 { (after, unfenced) = try moment(next.base + 1) }
        let beat = try heartbeat(after, next.base, &sessions) { $0.cordonedLogDirs = [] }
        #expect(try sameRecords(beat.records, unfenced))
        #expect(beat.records.count > 50)
    }

    @Test func `a clean stop hands over, then fences`() throws {
        var sessions = BrokerSessions(timeoutMs: 9000)
        let (image, shutdown) = try moment(706)
        let first = try heartbeat(image, 706, &sessions) { $0.wantShutDown = true }
        #expect(try sameRecords(first.records, shutdown))
        #expect(!first.response.shouldShutDown)
        let (later, fenced) = try moment(762)
        let second = try heartbeat(later, 762, &sessions) { $0.wantShutDown = true }
        #expect(try sameRecords(second.records, fenced))
        #expect(second.response.shouldShutDown)
    }
}
