import ApusTesting
import BrokerAPI
import LogStore
import Node
import QuorumNode
import Replication
import Seams
import Settings
import Telemetry
import Vocabulary

/// The node under test: the real one, as a process on a simulated host.
final class NodeProcess: @unchecked Sendable {
    static let address = SocketAddress(host: "10.0.0.1", port: 9092)
    private static let directory = "/data"

    let host: SimulatedHost
    private let ledger: Ledger
    private let settings: NodeSettings
    private(set) var node: Node?
    private var failure: StartError?

    init(_ simulation: Simulation, _ ledger: Ledger, _ chance: SimulatedChance) throws {
        self.ledger = ledger
        host = simulation.host(Self.address.host, loops: 1 + chance.below(2))
        settings = try Self.settings(chance)
        try host.disk.createDirectory("/")
        let format = DirectoryFormat(
            clusterID: host.world.chance.uuid().description, nodeID: 1, directories: [Self.directory],
            metadataDirectory: Self.directory, quorum: .fixed)
        _ = try format.run(host.world)
        // The machine has rested since it was formatted.
        try host.disk.syncDirectory("/")
    }

    /// The quick form's, with everything small and often.
    private static func settings(_ chance: SimulatedChance) throws -> NodeSettings {
        var given = GivenSettings()
        for (name, value) in [
            ("node.id", "1"), ("process.roles", "broker,controller"), ("log.dirs", directory),
            ("listeners", "PLAINTEXT://10.0.0.1:9092,CONTROLLER://10.0.0.1:9093"),
            ("controller.listener.names", "CONTROLLER"), ("controller.quorum.voters", "1@10.0.0.1:9093"),
            ("offsets.topic.replication.factor", "1"), ("group.initial.rebalance.delay.ms", "0"),
            ("group.min.session.timeout.ms", "500"), ("auto.create.topics.enable", "false"),
            ("offsets.topic.num.partitions", "\(1 + chance.below(3))"),
            ("log.index.size.max.bytes", "\(4_096 + chance.below(8_192))"),
            ("log.initial.task.delay.ms", "\(chance.below(500))"),
            ("log.retention.check.interval.ms", "\(100 + chance.below(800))"),
            ("log.flush.scheduler.interval.ms", "\(100 + chance.below(1_000))"),
            ("log.flush.offset.checkpoint.interval.ms", "\(100 + chance.below(2_000))"),
            ("log.flush.start.offset.checkpoint.interval.ms", "\(100 + chance.below(2_000))"),
            ("replica.high.watermark.checkpoint.interval.ms", "\(100 + chance.below(2_000))"),
            ("metadata.log.max.record.bytes.between.snapshots", "\(500 + chance.below(20_000))"),
            ("internal.metadata.log.segment.bytes", "\(2_000 + chance.below(20_000))"),
            ("metadata.max.retention.bytes", "\(2_000 + chance.below(20_000))"),
        ] { given.set(name, value) }
        return try NodeSettings(given.layers(strict: true))
    }

    // MARK: Life

    /// Starts the process; `isServing` tells when it serves.
    func start() {
        if !host.isUp { host.restart() }
        (node, failure) = (nil, nil)
        ledger.run += 1
        ledger.phase = .starting
        let (world, run) = (host.world, ledger.run)
        let sink = Sink(host, ledger)
        host.loops[0].spawn { [self] in
            do throws(StartError) {
                let made = try await Node.start(settings, world: world, log: sink)
                guard ledger.run == run, ledger.phase == .starting else { return }
                node = made
                ledger.phase = .serving
                ledger.tell("node serves")
            } catch {
                // A process that is being killed may see its disk fail first.
                if ledger.run == run, host.isUp { ledger.violate("the node does not start: \(error)") }
            }
        }
    }

    var isServing: Bool { ledger.phase == .serving && node != nil }

    /// The end of the process, or of the machine with it, now.
    func crash(_ kind: SimulatedHost.Crash) {
        guard host.isUp else { return }
        ledger.tell("crash: \(kind)")
        ledger.count(ledger.phase == .starting ? "crash while starting" : "crash: \(kind)")
        ledger.phase = .down
        ledger.isOpen = false
        if kind == .power {
            noteFlushed()
            ledger.powerFailed()
        }
        // Where logs begin is written down from time to time only.
        for partition in ledger.partitions { partition.start = 0 }
        host.crash(kind)
        host.disk.fault = nil
        node = nil
    }

    /// A crash in the middle of something: after some more operations of the disk.
    func crash(_ kind: SimulatedHost.Crash, afterDiskOperations count: Int) {
        var left = count
        host.disk.fault = { [self] _, _ in
            left -= 1
            guard left < 0, host.isUp else { return nil }
            crash(kind)
            return .inputOutput
        }
    }

    /// What the logs themselves say is on stable storage.
    private func noteFlushed() {
        guard let node else { return }
        for partition in ledger.partitions {
            let name = TopicPartition(partition.topic, PartitionIndex(partition.index))
            if let log = node.broker.replicas.partition(name)?.log { partition.flushed(to: log.recoveryPoint.rawValue) }
        }
    }

    /// Stops the node in order and ends the process.
    func stop(within limit: Nanoseconds, on loop: any EventLoop) async {
        guard let node else { return }
        ledger.tell("stops")
        ledger.count("stop")
        ledger.phase = .stopping
        ledger.isOpen = false
        let stopped = Flag()
        host.loops[0].spawn {
            await node.stop()
            stopped.isSet = true
        }
        let deadline = ledger.now + limit
        while !stopped.isSet, ledger.now < deadline { await loop.sleep(for: .milliseconds(5)) }
        if !stopped.isSet { ledger.violate("the node has not stopped after \(limit.milliseconds) ms") }
        ledger.phase = .down
        self.node = nil
        host.crash(.process)
    }

    private final class Flag: @unchecked Sendable { var isSet = false }
}

/// Lines of the node: an error has no reason to be there while the disk does what it is told.
private final class Sink: LogSink, @unchecked Sendable {
    private let host: SimulatedHost
    private let ledger: Ledger
    private let incarnation: Int

    init(_ host: SimulatedHost, _ ledger: Ledger) {
        (self.host, self.ledger) = (host, ledger)
        incarnation = host.incarnation
    }

    func write(_ line: LogLine) {
        guard host.isUp, host.incarnation == incarnation else { return }
        ledger.tell("\(line)")
        ledger.count("log: \(line.message)")
        if line.level == .error { ledger.violate("the node logs: \(line)") }
    }
}
