import ApusTesting
import Bytes
import Listener
import Seams
import Telemetry
import Testing
import Transport
import Vocabulary
import WireProtocol

/// What comes in while a node starts.
struct ServingGateTests {
    @Test func `requests that come while the node starts are served when it has, in their order`() throws {
        for seed in 1...60 as ClosedRange<UInt64> {
            let served = try serve(seed)
            #expect(served == Array(1...6), "seed \(seed)")
        }
    }

    /// Sends six requests one by one, and opens the gate somewhere between. The order in which they were served.
    private func serve(_ seed: UInt64) throws -> [Int32] {
        let simulation = Simulation(seed: seed)
        defer { simulation.end() }
        let (server, client) = (simulation.host("10.0.0.1"), simulation.host("10.0.0.2"))
        let (gate, served, chance) = (ServingGate(), Served(), SimulatedChance(seed: seed))
        let handler = Handler.hot(.heartbeat) { request in
            if !served.isOpen { served.order.append(-1) }
            served.order.append(request.correlationID)
            request.answer(.nothing)
        }
        let clock = simulation.clock
        let table = HandlerTable([handler], logger: Logger("test", to: CollectingSink()) { clock.wallClock }) {
            FeatureAnswer(supported: [:], finalized: [:], epoch: -1)
        }
        let listener = try RequestListener(
            "PLAINTEXT", on: SocketAddress(host: "10.0.0.1", port: 9092), in: server.world, limits: TransportLimits(),
            budget: ByteBudget(limit: nil), counts: ConnectionCounts()
        ) { _ in ClientService(table, ListenerIdentity(name: "PLAINTEXT", isController: false), gate: gate) }
        let (clientWorld, clientLoop, serverLoop) = (client.world, client.loops[0], server.loops[0])
        try simulation.run { [driver = simulation.driver!] in
            let wire = WireClient(
                "client", Ledger(seed: seed, clock: clock), on: clientWorld, loop: clientLoop,
                to: SocketAddress(host: "10.0.0.1", port: 9092))
            try await wire.connect()
            clientLoop.spawn {
                for _ in 0..<6 {
                    try? wire.post(HeartbeatRequest(), 4)
                    await clientLoop.sleep(for: .microseconds(chance.between(0...60)))
                }
            }
            await driver.sleep(for: .microseconds(chance.between(50...900)))
            serverLoop.post {
                served.isOpen = true
                gate.open()
            }
            await driver.sleep(for: .milliseconds(20))
        }
        _ = listener
        return served.order
    }

    private final class Served: @unchecked Sendable {
        var isOpen = false
        var order: [Int32] = []
    }
}
