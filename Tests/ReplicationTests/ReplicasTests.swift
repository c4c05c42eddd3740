import ApusTesting
import Bytes
import ClusterImage
import InternalRecords
import LogStore
import QuorumNode
import RecordFormat
import Replication
import Seams
import Settings
import Telemetry
import Testing
import Vocabulary

/// How changes of the cluster's image reach the replicas of a broker.
struct ReplicasTests {
    @Test func `a topic that is made again while its old log is at the gate gets a log of its own`() throws {
        let bench = try ReplicasBench()
        let (old, new) = (UUID128(high: 1, low: 1), UUID128(high: 2, low: 2))
        let (nothing, first, second) = (
            ClusterImage(), try bench.image(with: old), try bench.image(with: new)
        )
        bench.apply(from: nothing, to: first)
        let before = try #require(bench.replicas.partition(old, 0))
        try bench.produce("old", to: before)
        before.pass { [bench] _ in
            // Retention or a flush holds the gate just now.
            bench.apply(from: first, to: nothing)
            bench.apply(from: nothing, to: second)
            #expect(bench.replicas.partition(new, 0) == nil)
        }
        let after = try #require(bench.replicas.partition(new, 0))
        #expect(after.log !== before.log && after.log.end == 0)
        #expect(bench.replicas.partition(old, 0) == nil)
        try bench.produce("new", to: after)
        #expect(after.log.end == 1)
        #expect(try PartitionMetadataFile.read(in: after.log.directory, bench.disk) == new)
    }

    @Test func `what is still to be done to a deleted log does not touch the files of the topic that has its name now`()
        throws
    {
        let bench = try ReplicasBench()
        let (old, new) = (UUID128(high: 1, low: 1), UUID128(high: 2, low: 2))
        let (nothing, first, second) = (
            ClusterImage(), try bench.image(with: old), try bench.image(with: new)
        )
        bench.apply(from: nothing, to: first)
        let before = try #require(bench.replicas.partition(old, 0))
        try bench.produce("old", to: before)
        bench.apply(from: first, to: nothing)
        bench.apply(from: nothing, to: second)
        let after = try #require(bench.replicas.partition(new, 0))
        try bench.produce("new", to: after)
        let files = try bench.disk.list(after.log.directory).sorted()
        // A round of retention has taken the list of partitions before the topic was deleted.
        #expect(try before.log.retain(now: Timestamp(.max)).isEmpty)
        #expect(throws: LogError.self) { try before.log.raiseStart(to: 1) }
        #expect(throws: LogError.self) { try before.log.flush(0) }
        #expect(throws: LogError.self) { try before.log.beginEpoch(7) }
        #expect(try bench.disk.list(after.log.directory).sorted() == files)
        #expect(after.log.end == 1)
    }
}

/// A broker's replicas on a simulated disk.
private final class ReplicasBench: @unchecked Sendable {
    private let simulation = Simulation(seed: 1)
    private let host: SimulatedHost
    let replicas: Replicas

    init() throws {
        host = simulation.host("broker")
        let world = host.world
        try world.disk.createDirectory("/data")
        let format = DirectoryFormat(
            clusterID: "cluster", nodeID: 1, directories: ["/data"], metadataDirectory: "/data", quorum: .fixed)
        _ = try format.run(world)
        let opened = try LogDirectory.open(["/data"], metadataDirectory: "/data", nodeID: 1, world: world)
        let clock = simulation.clock
        replicas = Replicas(
            localID: 1, directories: LogDirectories(opened.directories, world: world), layers: BrokerLayers(fixed: [:]),
            world: world, logger: Logger("test", to: CollectingSink()) { clock.wallClock })
    }

    deinit { simulation.end() }

    var disk: any Disk { host.disk }

    /// A cluster of one topic with one partition, ours.
    func image(with id: TopicID) throws -> ClusterImage {
        var replay = ImageReplay()
        var topic = TopicRecord()
        (topic.name, topic.topicId) = ("topic", id)
        try replay.replay(.topic(topic))
        var partition = PartitionRecord()
        partition.partitionId = 0
        (partition.topicId, partition.replicas, partition.isr, partition.leader) = (id, [1], [1], 1)
        try replay.replay(.partition(partition))
        return replay.image
    }

    func apply(from old: ClusterImage, to new: ClusterImage) {
        replicas.apply(ClusterDelta.between(old, new), to: new)
    }

    func produce(_ value: String, to partition: Partition) throws {
        var builder = BatchBuilder()
        builder.append(key: nil, value: ByteSlice(utf8: value), timestamp: 1_000)
        let bytes = ByteSlice(try builder.build())
        _ = try partition.lead(bytes, origin: .client, requiredAcks: -1, now: 1_000)
    }
}
