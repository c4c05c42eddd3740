import BrokerAPI
import Bytes
import ClusterImage
import CoordinatorHost
import Listener
import LogStore
import QuorumNode
import Replication
import Seams
import Settings
import Synchronization
import Telemetry
import Transport
import Vocabulary
import WireProtocol

/// Why a node does not start.
package enum StartError: Error, Sendable, CustomStringConvertible {
    case directory(DirectoryError)
    case metadata(MetadataError)
    case network(String, NetworkError)
    case registration(ErrorCode)
    case role(String)
    case settings(SettingError)

    package var description: String {
        switch self {
        case .directory(let error): "\(error)"
        case .metadata(let error): "\(error)"
        case .network(let listener, .addressInUse(let address)):
            "listener \(listener) cannot have \(address): another process listens there. Stop it, or choose another port."
        case .network(let listener, let error): "listener \(listener): \(error)"
        case .registration(let code): "the controller refuses this broker: \(code.name)"
        case .role(let what): what
        case .settings(let error): "\(error)"
        }
    }
}

/// A whole node, broker and controller in one: puts the parts together, starts them in the right order, and stops them in
/// the reverse one.
///
/// Owner: the one who starts and stops it; the first loop.
package final class Node: Sendable {
    package let broker: Broker
    package let controller: MetadataController
    package let directories: [LogDirectory]
    private let logs: LogDirectories
    private let lifecycle: BrokerLifecycle
    private let upkeep: Upkeep
    private let listeners: Mutex<[RequestListener]>
    private let world: World
    private let logger: Logger

    private init(
        broker: Broker, controller: MetadataController, directories: [LogDirectory], logs: LogDirectories,
        lifecycle: BrokerLifecycle, upkeep: Upkeep, listeners: [RequestListener], world: World, logger: Logger
    ) {
        (self.broker, self.controller, self.directories, self.logs) = (broker, controller, directories, logs)
        (self.lifecycle, self.upkeep, self.world, self.logger) = (lifecycle, upkeep, world, logger)
        self.listeners = Mutex(listeners)
    }

    /// The addresses that are listened on, in the order of the settings.
    package var addresses: [SocketAddress] { listeners.withLock { $0.map(\.address) } }

    /// Starts a node: when this returns it serves clients. Directories must be formatted. `hostName` is asked for what
    /// clients are told where the settings have no host.
    package static func start(
        _ settings: NodeSettings, world: World, log sink: any LogSink, level: LogLevel = .info,
        hostName: @escaping @Sendable () -> String = { "localhost" }
    ) async throws(StartError) -> Node {
        guard settings.isBroker, settings.isController else {
            throw .role("process.roles must be broker,controller: a node is both in one so far.")
        }
        let clock = world.clock
        let logger = { (name: String) in Logger(name, level: level, to: sink) { clock.wallClock } }
        let (directories, identity) = try await openDirectories(settings, world)
        let metadataHome = directories.first { $0.path == settings.metadataLog.directory } ?? directories[0]
        let controller: MetadataController
        do throws(MetadataError) {
            controller = try await MetadataController.start(
                in: metadataHome, identity: identity, settings: settings, world: world, logger: logger("controller"))
        } catch { throw .metadata(error) }
        let own = directories.filter { settings.logs.directories.contains($0.path) }
        let logs = LogDirectories(own, world: world)
        let replicas = Replicas(
            localID: identity.nodeID, directories: logs, layers: settings.layers, world: world,
            logger: logger("replicas"))
        let broker = Broker(
            identity: identity, settings: settings, controller: controller, replicas: replicas, world: world,
            logger: logger("broker"))
        let gate = ServingGate()
        let counts = NodeConnections(settings.sockets)
        let listeners = try listen(broker, gate, settings, counts, world)
        let lifecycle = BrokerLifecycle(
            broker, directories: own, settings: settings, listening: listeners.map(\.address),
            hostName: hostName)
        do throws(DirectoryError) {
            let image = controller.image
            try await world.diskPool.perform { () throws(DirectoryError) in try replicas.load(image) }
        } catch { throw .directory(error) }
        try await lifecycle.register()
        await controller.observe { image, delta in await follow(image, delta, broker, settings, counts) }
        try await lifecycle.unfence()
        let upkeep = Upkeep(broker, logs, settings: settings, logger: logger("logs"))
        upkeep.start()
        broker.groups.start()
        gate.open()
        let nodeLogger = logger("node")
        nodeLogger.log(
            .info, "the node serves clients",
            [
                LogField("node", identity.nodeID), LogField("cluster", identity.clusterID),
                LogField("listeners", listeners.map { "\($0.address)" }.joined(separator: ",")),
                LogField("logs", logs.all.count), LogField("epoch", lifecycle.epoch),
            ])
        return Node(
            broker: broker, controller: controller, directories: directories, logs: logs, lifecycle: lifecycle,
            upkeep: upkeep, listeners: listeners, world: world, logger: nodeLogger)
    }

    private static func openDirectories(
        _ settings: NodeSettings, _ world: World
    ) async throws(StartError) -> ([LogDirectory], NodeIdentity) {
        do throws(DirectoryError) {
            return try await world.diskPool.perform { () throws(DirectoryError) in
                let (directories, identity) = try LogDirectory.open(
                    settings.logs.directories, metadataDirectory: settings.metadataLog.directory,
                    nodeID: settings.nodeID, world: world)
                return (directories, identity)
            }
        } catch { throw .directory(error) }
    }

    // MARK: Listeners

    private static func listen(
        _ broker: Broker, _ gate: ServingGate, _ settings: NodeSettings, _ counts: NodeConnections, _ world: World
    ) throws(StartError) -> [RequestListener] {
        let features: @Sendable () -> FeatureAnswer = {
            let image = broker.image
            return FeatureAnswer(
                supported: Feature.allSupported, finalized: finalized(image, broker),
                epoch: image.provenance.lastOffset.rawValue)
        }
        let clients = HandlerTable(broker.handlers, logger: broker.logger, features: features)
        let administrators = HandlerTable(broker.controllerHandlers, logger: broker.logger, features: features)
        let budget = ByteBudget(limit: Int(clamping: settings.sockets.queuedMaxRequestBytes))
        var made: [RequestListener] = []
        for listener in settings.listeners.listeners {
            let isController = settings.listeners.isController(listener)
            let identity = ListenerIdentity(name: listener.name, isController: isController)
            let table = isController ? administrators : clients
            do throws(NetworkError) {
                made.append(
                    try RequestListener(
                        listener.name, on: SocketAddress(host: listener.host, port: listener.port),
                        backlog: settings.sockets.listenBacklog, in: world, limits: limits(settings.sockets),
                        budget: budget, counts: isController ? counts.controller : counts.broker
                    ) { _ in ClientService(table, identity, gate: gate) })
            } catch { throw .network(listener.name, error) }
        }
        return made
    }

    /// With the quorum's own level, which is not in the image.
    private static func finalized(_ image: ClusterImage, _ broker: Broker) -> [String: Int16] {
        let level = broker.controller.kraftVersion
        return level > 0 ? image.features.merging([Feature.kraftVersion.rawValue: level]) { $1 } : image.features
    }

    private static func limits(_ sockets: SocketSettings) -> TransportLimits {
        var limits = TransportLimits()
        limits.requestBytes = sockets.requestMaxBytes
        limits.idle = sockets.connectionsMaxIdleMs < 0 ? Nanoseconds(.max) : .milliseconds(sockets.connectionsMaxIdleMs)
        return limits
    }

    // MARK: Following the metadata

    /// Brings the broker to a new image: settings first, then replicas, then what clients are told.
    private static func follow(
        _ image: ClusterImage, _ delta: ClusterDelta, _ broker: Broker, _ start: NodeSettings,
        _ counts: NodeConnections
    ) async {
        let own = ConfigResources.broker(broker.nodeID)
        if delta.changedConfigs.contains(own) || delta.changedConfigs.contains(ConfigResources.brokerDefault) {
            let (settings, problems) = start.replacing(
                dynamicDefault: image.config(ConfigResources.brokerDefault), dynamicBroker: image.config(own))
            for problem in problems {
                broker.logger.log(.warn, "a dynamic setting is passed over", [LogField("why", "\(problem)")])
            }
            broker.adopt(settings)
            counts.adopt(settings.sockets)
            broker.replicas.apply(settings.layers, image)
        }
        await broker.world.diskPool.perform { broker.replicas.apply(delta, to: image) }
        await broker.groups.follow(image, delta, replicas: broker.replicas)
        broker.publish(image)
    }

    // MARK: Stopping

    /// Stops in order: hands leadership back, answers what is in flight, closes the logs, and marks the directories clean.
    package func stop() async {
        let loop = world.loops[0]
        logger.log(.info, "the node stops", [LogField("node", broker.nodeID)])
        await lifecycle.leave()
        let open = listeners.withLock { $0 }
        let deadline = loop.clock.now + .seconds(5)
        for listener in open { await listener.stop(by: deadline, on: loop) }
        await broker.groups.stop()
        await upkeep.stop()
        await broker.replicas.settle()
        let epoch = lifecycle.epoch
        await controller.stop()
        let (logs, logger) = (logs, logger)
        do throws(LogError) {
            try await world.diskPool.perform { () throws(LogError) in try logs.close(brokerEpoch: epoch) }
            logger.log(.info, "all logs are closed", [LogField("logs", logs.all.count)])
        } catch {
            logger.log(.error, "not every log could be closed in order", [LogField("why", "\(error)")])
        }
    }
}
