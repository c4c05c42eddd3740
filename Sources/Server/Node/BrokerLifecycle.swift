import BrokerAPI
import ClusterImage
import ControllerRules
import LogStore
import QuorumNode
import Seams
import Settings
import Synchronization
import Telemetry
import Vocabulary
import WireProtocol

/// The broker's standing with its controller: registers, is unfenced, keeps its session alive by heartbeats, and leaves in
/// order (KIP-631). The controller of this node registers beside it (KIP-919).
final class BrokerLifecycle: Sendable {
    private let broker: Broker
    private let directories: [LogDirectory]
    private let settings: NodeSettings
    private let listening: [SocketAddress]
    private let hostName: @Sendable () -> String
    private let state = Mutex(State())

    private struct State: Sendable {
        var epoch: Int64 = -1
        var isLeaving = false
    }

    init(
        _ broker: Broker, directories: [LogDirectory], settings: NodeSettings, listening: [SocketAddress],
        hostName: @escaping @Sendable () -> String
    ) {
        (self.broker, self.directories, self.settings, self.listening) = (broker, directories, settings, listening)
        self.hostName = hostName
    }

    var epoch: Int64 { state.withLock { $0.epoch } }

    /// Registers this start of the node. The broker's epoch is the offset of the record that says so.
    func register() async throws(StartError) {
        try await registerController()
        let request = registration()
        let answer: BrokerRegistrationResponse
        do throws(MetadataError) {
            answer = try await broker.controller.decide { turn in
                turn.rules.registerBroker(
                    request, version: 4, image: turn.image, sessions: &turn.sessions, kraftVersion: turn.kraftVersion,
                    nextOffset: turn.nextOffset, now: turn.now)
            }
        } catch { throw .metadata(error) }
        guard answer.errorCode == 0 else {
            throw .registration(ErrorCode(rawValue: answer.errorCode) ?? .unknownServerError)
        }
        state.withLock { $0.epoch = answer.brokerEpoch }
    }

    /// Where administrators find the controller, and what it can do. Before metadata.version 3.7-IV0 nobody asks.
    private func registerController() async throws(StartError) {
        var request = ControllerRegistrationRequest()
        request.controllerId = broker.nodeID.rawValue
        request.incarnationId = broker.world.chance.uuid()
        request.listeners = settings.listeners.advertisedControllers.map { advertised in
            var listener = ControllerRegistrationRequest.Listener()
            (listener.name, listener.host) = (advertised.name, host(of: advertised))
            listener.port = UInt16(clamping: port(of: advertised))
            listener.securityProtocol = advertised.securityProtocol.code
            return listener
        }
        request.features = Feature.allSupported.sorted { $0.key < $1.key }.map { name, range in
            var feature = ControllerRegistrationRequest.Feature()
            (feature.name, feature.minSupportedVersion, feature.maxSupportedVersion) = (name, range.min, range.max)
            return feature
        }
        let asked = request
        do throws(MetadataError) {
            _ = try await broker.controller.decide { turn in
                turn.rules.registerController(asked, image: turn.image)
            }
        } catch { throw .metadata(error) }
    }

    private func registration() -> BrokerRegistrationRequest {
        var request = BrokerRegistrationRequest()
        request.brokerId = broker.nodeID.rawValue
        request.clusterId = broker.identity.clusterID
        request.incarnationId = broker.world.chance.uuid()
        request.listeners = settings.listeners.advertised.map { advertised in
            var listener = BrokerRegistrationRequest.Listener()
            (listener.name, listener.host) = (advertised.name, host(of: advertised))
            listener.port = UInt16(clamping: port(of: advertised))
            listener.securityProtocol = advertised.securityProtocol.code
            return listener
        }
        request.features = Feature.allSupported.sorted { $0.key < $1.key }.map { name, range in
            var feature = BrokerRegistrationRequest.Feature()
            (feature.name, feature.minSupportedVersion, feature.maxSupportedVersion) = (name, range.min, range.max)
            return feature
        }
        request.rack = settings.rack
        request.logDirs = directories.map(\.id).sorted()
        let epochs = Set(directories.map(\.previousBrokerEpoch))
        request.previousBrokerEpoch = epochs.count == 1 ? epochs.first! : -1
        return request
    }

    private func host(of advertised: ListenerSettings) -> String {
        advertised.host.isEmpty ? hostName() : advertised.host
    }

    /// An advertised port of 0 is the one that the listener of that name was given.
    private func port(of advertised: ListenerSettings) -> Int {
        guard advertised.port == 0,
            let place = settings.listeners.listeners.firstIndex(where: { $0.name == advertised.name }),
            listening.indices.contains(place)
        else { return advertised.port }
        return listening[place].port
    }

    /// Ready to serve: asks to be unfenced until it is, then keeps its session.
    func unfence() async throws(StartError) {
        let deadline = broker.world.clock.now + .milliseconds(Int64(settings.lifecycle.initialRegistrationTimeoutMs))
        while true {
            guard let answer = await heartbeat() else { throw .metadata(.stopped) }
            if answer.errorCode == 0, !answer.isFenced { break }
            guard broker.world.clock.now < deadline else {
                throw .registration(ErrorCode(rawValue: answer.errorCode) ?? .requestTimedOut)
            }
            await broker.world.loops[0].sleep(for: .milliseconds(10))
        }
        broker.world.loops[0].spawn { [self] in await keepAlive() }
        broker.world.loops[0].spawn { [self] in await showLife() }
    }

    /// The controller is in this process: it hears of its broker even while a heartbeat waits for a slow disk.
    private func showLife() async {
        let pause = Nanoseconds.milliseconds(Int64(settings.lifecycle.heartbeatIntervalMs))
        while !state.withLock({ $0.isLeaving }) {
            broker.controller.heard(from: broker.nodeID, epoch: epoch)
            await broker.world.loops[0].sleep(for: pause)
        }
    }

    private func keepAlive() async {
        let pause = Nanoseconds.milliseconds(Int64(settings.lifecycle.heartbeatIntervalMs))
        while !state.withLock({ $0.isLeaving }) {
            await broker.world.loops[0].sleep(for: pause)
            if state.withLock({ $0.isLeaving }) { return }
            guard let answer = await heartbeat() else { return }
            if answer.errorCode != 0 {
                broker.logger.log(.warn, "the controller refuses a heartbeat", [LogField("code", answer.errorCode)])
            }
        }
    }

    private func heartbeat(isLeaving: Bool = false) async -> BrokerHeartbeatResponse? {
        var request = BrokerHeartbeatRequest()
        request.brokerId = broker.nodeID.rawValue
        request.brokerEpoch = epoch
        request.currentMetadataOffset = broker.image.provenance.lastOffset.rawValue
        request.wantFence = false
        request.wantShutDown = isLeaving
        let asked = request
        broker.controller.heard(from: broker.nodeID, epoch: epoch)
        return try? await broker.controller.decide { turn in
            turn.rules.heartbeat(
                asked, image: turn.image, sessions: &turn.sessions, nextOffset: turn.nextOffset, now: turn.now)
        }
    }

    /// Controlled shutdown: leadership goes to others where there are any, and the broker is fenced.
    func leave() async {
        state.withLock { $0.isLeaving = true }
        guard settings.lifecycle.controlledShutdown else { return }
        for _ in 0..<10 {
            guard let answer = await heartbeat(isLeaving: true), answer.errorCode == 0, !answer.shouldShutDown else {
                return
            }
            await broker.world.loops[0].sleep(for: .milliseconds(50))
        }
    }
}
