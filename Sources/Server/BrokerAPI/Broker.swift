import Bytes
import ClusterImage
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

    /// What the controller's listener serves: administrators and, later, other nodes.
    package var controllerHandlers: [Handler] { [] }

    /// Every API that clients are served.
    package var handlers: [Handler] {
        [
            .hot(.produce) { [self] in ProduceJob.serve($0, self) },
            .hot(.fetch) { [self] in FetchJob.serve($0, self) },
            .task(MetadataRequest.self) { [self] in await metadata($0, $1) },
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
