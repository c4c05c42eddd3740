import ApusTesting
import Bytes
import ClusterImage
import ControllerRules
import Foundation
import GoldenSupport
import InternalRecords
import LogStore
import Quorum
import QuorumNode
import Seams
import Settings
import Telemetry
import Testing
import Vocabulary

/// The metadata directories that Apache Kafka 4.3.1 wrote, under our controller.
@Suite struct ApacheMetadataTests {
    private let simulation = Simulation(seed: 1)
    private let host: SimulatedHost

    init() { host = simulation.host("10.0.0.1") }

    private func unpack(_ name: String) throws -> [String: Any] {
        let archive = try TarArchive(try Fixture.content("datadirs/\(name).tar"))
        for member in archive.members {
            let path = "/data/" + member.path
            if member.isDirectory {
                try host.disk.createDirectory(path)
            } else {
                // Indexes are zeros up to ten megabytes; the log is always recovered, so they are not needed.
                if member.path.hasSuffix("index") { continue }
                let file = try host.disk.open(path, .create)
                try member.content.withUnsafeBytes { try file.write($0, at: 0) }
            }
        }
        return try Fixture.object("datadirs/\(name).json")
    }

    private func settings(_ others: [String: String] = [:]) throws -> NodeSettings {
        var given = GivenSettings()
        for (name, value) in [
            "node.id": "1", "process.roles": "broker,controller", "log.dirs": "/data/logs",
            "listeners": "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
            "controller.listener.names": "CONTROLLER", "controller.quorum.voters": "1@127.0.0.1:9093",
        ] { given.set(name, value) }
        for (name, value) in others { given.set(name, value) }
        return try NodeSettings(given.layers())
    }

    /// Starts the controller, and gives what `look` sees of it before it stops.
    private func running<Seen: Sendable>(
        _ settings: NodeSettings, _ look: @escaping @Sendable (MetadataController) async throws -> Seen
    ) throws -> Seen {
        let world = host.world
        let logger = Logger("test", to: CollectingSink()) { world.clock.wallClock }
        return try simulation.run(on: host.loops[0]) {
            let (directories, identity) = try LogDirectory.open(
                ["/data/logs"], metadataDirectory: "/data/logs", nodeID: 1, world: world)
            let controller = try await MetadataController.start(
                in: directories[0], identity: identity, settings: settings, world: world, logger: logger)
            let seen = try await look(controller)
            await controller.stop()
            return seen
        }
    }

    @Test(arguments: ["metadata", "metadata-dynamic"])
    func `topics, settings and features of Apache's log are those that Apache answered with`(name: String) throws {
        let said = try #require(try unpack(name)["running"] as? [String: Any])
        let image = try running(settings()) { $0.image }
        let topics = try #require(said["topics"] as? [String: [String: Any]])
        #expect(Set(image.topicIDs.keys) == Set(topics.keys))
        for (name, told) in topics {
            let topic = try #require(image.topic(named: name))
            #expect(topic.id.description == told["topicId"] as? String)
            #expect(topic.partitions.count == told["partitions"] as? Int)
            let configs = image.configs.first { $0.key.kind == .topic && $0.key.name == name }?.value ?? [:]
            #expect(configs == told["configs"] as? [String: String] ?? [:], "\(name)")
        }
        for (feature, level) in said["features"] as? [String: Int] ?? [:] where feature != "kraft.version" {
            #expect(image.features[feature] == Int16(level), "\(feature)")
        }
    }

    @Test func `an epoch of ours follows Apache's, and its voters are kept`() throws {
        _ = try unpack("metadata-dynamic")
        let quorum = try running(settings()) { await $0.describe() }
        #expect(quorum.epoch == 3, "quorum-state says 2")
        #expect(quorum.kraftVersion == 1)
        #expect(try running(settings()) { $0.kraftVersion } == 1)
        #expect(quorum.voters.voters.map(\.directoryID) == [quorum.localDirectory])
        #expect(quorum.highWatermark == quorum.end)
    }

    @Test func `a snapshot of ours is read back to the same image, without the log before it`() throws {
        _ = try unpack("metadata")
        let small = try settings(["metadata.log.max.record.bytes.between.snapshots": "1"])
        let before = try running(small) { controller in
            _ = try? await controller.decide { turn in
                Decision(
                    (), records: [.init(.noOp(NoOpRecord()))], isAtomic: true)
            }
            return controller.image
        }
        let names = try host.disk.list("/data/logs/__cluster_metadata-0").filter { $0.hasSuffix(".checkpoint") }
        #expect(names.contains { $0 > "00000000000000000848" }, "a snapshot of ours: \(names)")
        let after = try running(settings()) { $0.image }
        #expect(after.topics == before.topics && after.configs == before.configs && after.features == before.features)
        #expect(after.brokers == before.brokers && after.accessControlEntries == before.accessControlEntries)
    }

    @Test func `a quorum of several voters is refused with a clear word`() throws {
        _ = try unpack("metadata")
        let settings = try settings(["controller.quorum.voters": "1@127.0.0.1:9093,2@127.0.0.1:9095"])
        #expect(throws: MetadataError.self) { _ = try running(settings) { $0.image } }
    }
}
