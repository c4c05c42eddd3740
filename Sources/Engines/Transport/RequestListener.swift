import Seams
import Synchronization

/// Listens on one address and makes a `Connection` of each socket that the limits admit.
package final class RequestListener: Sendable {
    private let limits: TransportLimits
    private let budget: ByteBudget
    private let name: String
    private let counts: ConnectionCounts
    private let rosters: [ConnectionRoster]
    private let socket = Mutex<(any ListeningSocket)?>(nil)

    /// The address with the port that was really taken.
    package let address: SocketAddress

    /// Listeners that share counts have different names. `backlog` is Kafka's `socket.listen.backlog.size`. `makeService` is
    /// called on the connection's loop, once for each connection.
    package init(
        _ name: String, on address: SocketAddress, backlog: Int = 50, in world: World, limits: TransportLimits,
        budget: ByteBudget, counts: ConnectionCounts,
        makeService: @escaping @Sendable (_ peer: SocketAddress) -> any RequestService
    ) throws(NetworkError) {
        (self.name, self.limits, self.budget, self.counts) = (name, limits, budget, counts)
        let rosters = world.loops.map { ConnectionRoster($0) }
        self.rosters = rosters
        let socket = try world.network.listen(on: address, backlog: backlog, loops: world.loops) { stream in
            guard let roster = rosters.first(where: { $0.loop === stream.loop }),
                counts.admit(stream.peer.host, on: name)
            else { return nil }
            let number = roster.takeNumber()
            let connection = Connection(
                stream, limits: limits, budget: budget, service: makeService(stream.peer)
            ) { gone in
                counts.leave(gone.peer.host, on: name)
                roster.remove(number)
            }
            roster.add(connection, number)
            return connection
        }
        self.address = socket.address
        self.socket.withLock { $0 = socket }
    }

    package var connectionCount: Int { counts.count(on: name) }

    /// Accepts no more, answers what is in flight, and returns when all connections are gone or the time is up; those
    /// that are left then are closed.
    package func stop(by deadline: Instant, on loop: any EventLoop) async {
        socket.withLock { socket in
            socket?.close()
            socket = nil
        }
        for roster in rosters { roster.loop.post { roster.finishAll() } }
        while connectionCount > 0, loop.clock.now < deadline { await loop.sleep(for: .milliseconds(5)) }
        for roster in rosters { roster.loop.post { roster.closeAll() } }
    }
}

/// The open connections of one loop. Sendable as a name; its content is touched on its loop only.
private final class ConnectionRoster: @unchecked Sendable {
    let loop: any EventLoop
    /// By number, so that a simulation ends them in the same order each time.
    private var connections: [Int: Connection] = [:]
    private var nextNumber = 0

    init(_ loop: any EventLoop) { self.loop = loop }

    func add(_ connection: Connection, _ number: Int) {
        loop.assertCurrent()
        connections[number] = connection
    }

    func takeNumber() -> Int {
        nextNumber += 1
        return nextNumber
    }

    func remove(_ number: Int) {
        loop.assertCurrent()
        connections[number] = nil
    }

    func finishAll() { for connection in connections.values { connection.finish() } }
    func closeAll() { for connection in connections.values { connection.close() } }
}
