import Bytes
import Seams

/// The cables and switches between the hosts of a simulation: who listens where, which streams there are, who is cut off
/// from whom, and how slow it all is.
///
/// **Owner**: the simulation, on its thread.
package final class SimulatedFabric: @unchecked Sendable {
    /// One way, between two hosts or within one.
    package var latency: ClosedRange<Nanoseconds> = .microseconds(30)...(.microseconds(800))
    /// How many bytes are on the way or unread in one direction before a sender must wait; drawn per stream.
    package var window: ClosedRange<Int64> = 4_096...262_144
    /// Bytes are delivered in pieces of at most this many; the size of each is drawn.
    package var largestPiece = 16_384
    /// When connecting to a host that is down or cut off is given up.
    package var connectTimeout: Nanoseconds = .seconds(127)

    var simulation: Simulation!  // Set by the simulation that makes it.
    var listeners: [SimulatedListener] = []
    private(set) var streams: [SimulatedStream] = []
    private var cuts: Set<[String]> = []
    private var nextPort = 32_768

    // MARK: Faults

    /// Nothing passes between two hosts until `heal`; streams stay open and stall.
    package func partition(_ one: SimulatedHost, _ other: SimulatedHost) {
        cuts.insert(Self.pair(one.address, other.address))
    }

    package func heal(_ one: SimulatedHost, _ other: SimulatedHost) {
        cuts.remove(Self.pair(one.address, other.address))
        for stream in streams { stream.resumeDelivery() }
    }

    package func healAll() {
        cuts = []
        for stream in streams { stream.resumeDelivery() }
    }

    /// Resets every stream between two hosts; what was on the way is lost.
    package func cutStreams(_ one: SimulatedHost, _ other: SimulatedHost) {
        for stream in streams where stream.isClient && stream.connects(one.address, other.address) { stream.cut() }
    }

    /// Resets each stream with this chance.
    package func cutStreams(percent: Int) {
        for stream in streams where stream.isClient && simulation.chance.happens(percent: percent) { stream.cut() }
    }

    package var openStreamCount: Int { streams.count }

    // MARK: Inside

    func isCut(_ one: String, _ other: String) -> Bool { one != other && cuts.contains(Self.pair(one, other)) }

    func hostCrashed(_ network: SimulatedNetwork) {
        network.isDead = true
        listeners.removeAll { $0.network === network }
        for stream in streams where stream.network === network { stream.die() }
        streams.removeAll { $0.network === network }
    }

    func open(_ client: SimulatedStream, _ server: SimulatedStream) {
        client.pair(with: server)
        streams += [client, server]
    }

    func forget(_ stream: SimulatedStream) { streams.removeAll { $0 === stream } }

    func freePort(at address: String) -> Int {
        repeat { nextPort = nextPort >= 60_999 ? 32_768 : nextPort + 1 } while listens(address, nextPort)
        return nextPort
    }

    func listens(_ address: String, _ port: Int) -> Bool {
        listeners.contains { $0.address == SocketAddress(host: address, port: port) }
    }

    func host(_ address: String) -> SimulatedHost? { simulation.hosts.first { $0.address == address } }

    private static func pair(_ one: String, _ other: String) -> [String] { [one, other].sorted() }
}

/// The network as one process on one host sees it. `127.0.0.1`, `::1` and `localhost` are the host itself; `0.0.0.0` and
/// `::` listen on its address.
package final class SimulatedNetwork: Network, @unchecked Sendable {
    let fabric: SimulatedFabric
    let address: String
    weak var host: SimulatedHost?
    var isDead = false

    init(_ fabric: SimulatedFabric, address: String) {
        self.fabric = fabric
        self.address = address
    }

    private func resolve(_ name: String) -> String {
        ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", ""].contains(name) ? address : name
    }

    package func listen(
        on address: SocketAddress, backlog: Int, loops: [any EventLoop],
        accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?
    ) throws(NetworkError) -> any ListeningSocket {
        if isDead { throw .other("the host is down") }
        guard resolve(address.host) == self.address else { throw .addressNotAvailable(address) }
        if address.port != 0 && fabric.listens(self.address, address.port) { throw .addressInUse(address) }
        let port = address.port == 0 ? fabric.freePort(at: self.address) : address.port
        let listener = SimulatedListener(
            self, SocketAddress(host: self.address, port: port), loops: loops, accept: accept)
        fabric.listeners.append(listener)
        return ListeningHandle(listener)
    }

    package func connect(
        to address: SocketAddress, on loop: any EventLoop,
        opened: @escaping @Sendable (Result<any ByteStream, NetworkError>) -> (any StreamHandler)?
    ) {
        if isDead { return }
        let target = SocketAddress(host: resolve(address.host), port: address.port)
        let simulation = fabric.simulation!
        func fail(_ error: NetworkError, after delay: Nanoseconds) {
            simulation.schedule(after: delay) { loop.post { _ = opened(.failure(error)) } }
        }
        guard fabric.host(target.host) != nil else {
            return fail(.unknownHost(address.host), after: simulation.chance.delay(fabric.latency))
        }
        let local = SocketAddress(host: self.address, port: fabric.freePort(at: self.address))
        simulation.schedule(after: simulation.chance.delay(fabric.latency)) { [self] in
            if isDead { return }
            guard !fabric.isCut(self.address, target.host), fabric.host(target.host)?.isUp == true else {
                return fail(.other("connection to \(target) timed out"), after: fabric.connectTimeout)
            }
            let back = simulation.chance.delay(fabric.latency)
            guard let listener = fabric.listeners.first(where: { $0.address == target }) else {
                return fail(.refused(address), after: back)
            }
            let client = SimulatedStream(self, loop, local: local, peer: target, isClient: true)
            let server = listener.makeStream(peer: local)
            fabric.open(client, server)
            server.start { listener.accept(server) }
            simulation.schedule(after: back) { client.start { opened(.success(client)) } }
        }
    }
}

/// What waits for connections at an address. **Owner**: the fabric, until it is closed or its process dies.
final class SimulatedListener: @unchecked Sendable {
    let network: SimulatedNetwork
    let address: SocketAddress
    let accept: @Sendable (any ByteStream) -> (any StreamHandler)?
    private let loops: [any EventLoop]
    private var next = 0

    init(
        _ network: SimulatedNetwork, _ address: SocketAddress, loops: [any EventLoop],
        accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?
    ) {
        precondition(!loops.isEmpty)
        self.network = network
        self.address = address
        self.loops = loops
        self.accept = accept
    }

    func makeStream(peer: SocketAddress) -> SimulatedStream {
        defer { next = (next + 1) % loops.count }
        return SimulatedStream(network, loops[next], local: address, peer: peer, isClient: false)
    }
}

private final class ListeningHandle: ListeningSocket, @unchecked Sendable {
    private let listener: SimulatedListener

    init(_ listener: SimulatedListener) { self.listener = listener }

    var address: SocketAddress { listener.address }

    func close() {
        let listener = listener
        listener.network.fabric.listeners.removeAll { $0 === listener }
    }

    deinit { close() }
}
