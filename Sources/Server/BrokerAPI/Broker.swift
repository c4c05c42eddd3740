import Bytes
import ClusterImage
import Coordination
import CoordinatorHost
import FetchSessions
import Listener
import LogStore
import QuorumNode
import Replication
import Seams
import Settings
import Synchronization
import Telemetry
import Vocabulary
import WireProtocol

/// A broker, as its handlers see it: the cluster's image, its replicas, and whom to ask for changes.
///
/// Everything here may be used from any loop; each part says who owns it.
package final class Broker: Sendable {
    package let identity: NodeIdentity
    package let world: World
    package let controller: MetadataController
    package let replicas: Replicas
    package let groups: GroupHost
    package let producerIDs: ProducerIDs
    package let logger: Logger
    private let settingsNow: Mutex<SettingsBox>
    private let imageNow: Mutex<ImageBox>
    /// Fetch sessions, which a client may go on with over another connection.
    let sessions: Mutex<FetchSessionCache>
    /// Topics that are being made because a client asked for them.
    let topicsInMaking = Mutex<Set<String>>([])

    package init(
        identity: NodeIdentity, settings: NodeSettings, controller: MetadataController, replicas: Replicas,
        world: World,
        logger: Logger
    ) {
        (self.identity, self.controller, self.replicas) = (identity, controller, replicas)
        (self.world, self.logger) = (world, logger)
        settingsNow = Mutex(SettingsBox(settings))
        imageNow = Mutex(ImageBox(.empty))
        sessions = Mutex(FetchSessionCache(slots: settings.fetch.sessionCacheSlots))
        groups = GroupHost(
            settings: Coordination.GroupSettings(settings.groups), recordCodec: settings.groups.offsetsTopicCodec,
            expiryInterval: settings.groups.offsetsRetentionCheckIntervalMs, world: world, logger: logger)
        producerIDs = ProducerIDs(controller: controller, nodeID: identity.nodeID)
    }

    package var nodeID: BrokerID { identity.nodeID }

    /// The settings that hold, dynamic ones included.
    package var settings: NodeSettings { settingsNow.withLock { $0 }.settings }
    package func adopt(_ settings: NodeSettings) { settingsNow.withLock { $0 = SettingsBox(settings) } }

    /// The newest image that this broker's replicas have followed.
    package var image: ClusterImage { imageBox.image }
    var imageBox: ImageBox { imageNow.withLock { $0 } }
    package func publish(_ image: ClusterImage) { imageNow.withLock { $0 = ImageBox(image) } }

    /// Milliseconds of the steady clock.
    var steadyMilliseconds: Int64 { world.clock.now.nanoseconds / 1_000_000 }

    /// Kafka's topics that are the brokers' own.
    package static let internalTopics: Set<String> = [
        "__consumer_offsets", "__transaction_state", "__share_group_state",
    ]

    /// Where a broker is to be reached by clients of the listener.
    func endpoint(of id: BrokerID, on listener: String, _ image: ClusterImage) -> LeaderEndpoint? {
        guard let broker = image.brokers[id], !broker.isFenced, let endpoint = broker.endpoint(on: listener) else {
            return nil
        }
        return LeaderEndpoint(id, host: endpoint.host, port: Int32(endpoint.port), rack: broker.rack)
    }

    /// What the controller's listener serves: administrators (KIP-919) and, later, other nodes.
    package var controllerHandlers: [Handler] {
        administration.map { $0.onController() } + [
            .task(DescribeQuorumRequest.self) { [self] in await describeQuorum($0, $1) }.onController(),
            .direct(DescribeClusterRequest.self) { [self] in describeCluster($0, $1) }.onController(),
        ]
    }

    /// Every API that clients are served.
    package var handlers: [Handler] { data + groupHandlers + administration + description }

    private var data: [Handler] {
        [
            .hot(.produce) { [self] in ProduceJob.serve($0, self) },
            .hot(.fetch) { [self] in FetchJob.serve($0, self) },
            .task(ListOffsetsRequest.self) { [self] in await listOffsets($0, $1) },
            .direct(OffsetForLeaderEpochRequest.self) { [self] in offsetForLeaderEpoch($0, $1) },
            .task(InitProducerIdRequest.self) { [self] in await initProducerID($0, $1) },
            .task(DeleteRecordsRequest.self) { [self] in await deleteRecords($0, $1) },
        ]
    }

    private var administration: [Handler] {
        [
            .task(CreateTopicsRequest.self) { [self] in await createTopics($0, $1) },
            .task(DeleteTopicsRequest.self) { [self] in await deleteTopics($0, $1) },
            .task(CreatePartitionsRequest.self) { [self] in await createPartitions($0, $1) },
            .task(AlterConfigsRequest.self) { [self] in await alterConfigs($0, $1) },
            .task(IncrementalAlterConfigsRequest.self) { [self] in await incrementalAlterConfigs($0, $1) },
            .direct(DescribeConfigsRequest.self) { [self] in describeConfigs($0, $1) },
        ]
    }

    private var description: [Handler] {
        [
            .task(MetadataRequest.self) { [self] in await metadata($0, $1) },
            .direct(DescribeClusterRequest.self) { [self] in describeCluster($0, $1) },
            .direct(DescribeTopicPartitionsRequest.self) { [self] in describeTopicPartitions($0, $1) },
            .direct(DescribeLogDirsRequest.self) { [self] in describeLogDirs($0, $1) },
            .task(DescribeQuorumRequest.self) { [self] in await describeQuorum($0, $1) },
            .task(DescribeProducersRequest.self) { [self] in await describeProducers($0, $1) },
        ]
    }
}

/// An image behind one pointer, so that handing it on costs one count.
final class ImageBox: Sendable {
    let image: ClusterImage
    init(_ image: ClusterImage) { self.image = image }
}

private final class SettingsBox: Sendable {
    let settings: NodeSettings
    init(_ settings: NodeSettings) { self.settings = settings }
}

extension Coordination.GroupSettings {
    fileprivate init(_ settings: Settings.GroupSettings) {
        self.init()
        minSessionTimeout = Int32(clamping: settings.minSessionTimeoutMs)
        maxSessionTimeout = Int32(clamping: settings.maxSessionTimeoutMs)
        initialRebalanceDelay = Int32(clamping: settings.initialRebalanceDelayMs)
        maxSize = settings.maxSize
        offsetMetadataMaxSize = settings.offsetMetadataMaxBytes
        offsetsRetention = settings.offsetsRetentionMs
    }
}
