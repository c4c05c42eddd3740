import ApusTesting
import Node
import QuorumNode
import Seams
import Settings
import Telemetry
import Testing
import Vocabulary
import WireProtocol

/// What a node tells of its addresses, and how many it lets in.
struct NodeConnectionsTests {
    private let simulation = Simulation(seed: 11)
    private let server: SimulatedHost
    private let client: SimulatedHost

    init() { (server, client) = (simulation.host("10.0.0.1"), simulation.host("10.0.0.2")) }

    private func startedNode() throws -> Node {
        var given = GivenSettings()
        for (name, value) in [
            ("node.id", "1"), ("process.roles", "broker,controller"), ("log.dirs", "/data"),
            ("listeners", "PLAINTEXT://:9092,OTHER://:9094,CONTROLLER://:9093"),
            ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,OTHER:PLAINTEXT,CONTROLLER:PLAINTEXT"),
            ("controller.listener.names", "CONTROLLER"), ("controller.quorum.voters", "1@10.0.0.1:9093"),
        ] { given.set(name, value) }
        let settings = try NodeSettings(given.layers(strict: true))
        try server.disk.createDirectory("/")
        let format = DirectoryFormat(
            clusterID: server.world.chance.uuid().description, nodeID: 1, directories: ["/data"],
            metadataDirectory: "/data", quorum: .fixed)
        _ = try format.run(server.world)
        let world = server.world
        return try simulation.run(on: server.loops[0]) {
            try await Node.start(settings, world: world, log: CollectingSink(), hostName: { "broker.example" })
        }
    }

    private func wire(_ port: Int) -> WireClient {
        WireClient(
            "client", Ledger(seed: 1, clock: simulation.clock), on: client.world, loop: client.loops[0],
            to: SocketAddress(host: "10.0.0.1", port: port))
    }

    @Test func `a listener without a host is advertised under the machine's name`() throws {
        let node = try startedNode()
        let wire = wire(9092)
        let answer = try simulation.run(on: client.loops[0]) { try await wire.call(MetadataRequest(), 12) }
        #expect(answer.brokers.map(\.host) == ["broker.example"])
        withExtendedLifetime(node) { simulation.end() }
    }

    @Test func `a listener's own max.connections is changed while the node runs, and leaves the others theirs`() throws
    {
        let node = try startedNode()
        let (first, second, third) = (wire(9092), wire(9092), wire(9094))
        let served = try simulation.run(on: client.loops[0]) {
            let answer = try await first.call(
                AdministrationTests.altering(4, "", ("listener.name.plaintext.max.connections", 0, "1")), 1)
            var served = answer.responses.map { $0.errorCode == 0 }
            for client in [second, third] {
                served.append((try? await client.call(ApiVersionsRequest(), 3)) != nil)
            }
            return served
        }
        #expect(served == [true, false, true])
        withExtendedLifetime(node) { simulation.end() }
    }

    @Test func `max.connections is changed while the node runs, and holds over its listeners but the controller's`()
        throws
    {
        let node = try startedNode()
        let (first, second, third, controller) = (wire(9092), wire(9094), wire(9092), wire(9093))
        let served = try simulation.run(on: client.loops[0]) {
            let answer = try await first.call(AdministrationTests.altering(4, "", ("max.connections", 0, "2")), 1)
            var served = answer.responses.map { $0.errorCode == 0 }
            for client in [second, third, controller] {
                served.append((try? await client.call(ApiVersionsRequest(), 3)) != nil)
            }
            return served
        }
        #expect(served == [true, true, false, true])
        withExtendedLifetime(node) { simulation.end() }
    }
}
