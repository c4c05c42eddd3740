import Seams
import Synchronization

/// Listens on one address and makes a `Connection` of each socket that the limits admit.
package final class RequestListener: Sendable {
    private let limits: TransportLimits
    private let budget: ByteBudget
    /// The open connections of this listener; those of others are in the counts that they share.
    private let count = SharedCount()
    private let rosters: [ConnectionRoster]
    private let socket = Mutex<(any ListeningSocket)?>(nil)

    /// The address with the port that was really taken.
    package let address: SocketAddress

    /// `makeService` is called on the connection's loop, once for each connection.
    package init(
        _ address: SocketAddress, in world: World, limits: TransportLimits, budget: ByteBudget,
        counts: ConnectionCounts,
        makeService: @escaping @Sendable (_ peer: SocketAddress) -> any RequestService
    ) throws(NetworkError) {
        (self.limits, self.budget) = (limits, budget)
        let rosters = world.loops.map { ConnectionRoster($0) }
        self.rosters = rosters
        let count = self.count
        // Kafka's `socket.listen.backlog.size`.
        let socket = try world.network.listen(on: address, backlog: 50, loops: world.loops) { stream in
            guard let roster = rosters.first(where: { $0.loop === stream.loop }),
                counts.admit(stream.peer.host)
            else { return nil }
            count.value.add(1, ordering: .relaxed)
            let number = roster.takeNumber()
            let connection = Connection(
                stream, limits: limits, budget: budget, service: makeService(stream.peer)
            ) { gone in
                counts.leave(gone.peer.host)
                count.value.subtract(1, ordering: .relaxed)
                roster.remove(number)
            }
            roster.add(connection, number)
            return connection
        }
        self.address = socket.address
        self.socket.withLock { $0 = socket }
    }

    package var connectionCount: Int { count.value.load(ordering: .relaxed) }

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

/// What all loops count up and down.
private final class SharedCount: Sendable {
    let value = Atomic<Int>(0)
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
