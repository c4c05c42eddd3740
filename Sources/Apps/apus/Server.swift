import Arguments
import BrokerAPI
import Bytes
import ClusterImage
import LogStore
import Node
import QuorumNode
import Reactor
import Seams
import Settings
import Synchronization
import Telemetry
import Vocabulary

/// `apus server`: runs a node until it is told to stop.
struct Server {
    static let command = Command(
        "server", "Runs a node: broker and controller in one process.",
        details: """
            It needs no configuration: with --data alone it serves any Kafka client on 127.0.0.1:9092 and keeps its data in
            that directory. With --config it is the node that Kafka's server.properties describes; its directories are
            formatted first, with 'apus storage format'.

            When it serves, it says "apus is ready" on standard output; its log is on standard error. SIGTERM and Ctrl-C
            stop it in order, a second one ends it at once. What keeps it from starting is said, and the exit status is 1.
            """,
        options: [
            NodeFile.config, NodeFile.override,
            Option(
                "data", .value("DIR"),
                "Without a file: runs on 127.0.0.1 with its data in DIR, which is formatted if it is empty."),
            Option(
                "port", .value("PORT"), "With --data: where clients connect (9092); the next port is the controller's."),
            Option("strict", .flag, "Refuses names of settings that Kafka does not know, instead of warning."),
            Option("log-level", .value("LEVEL"), "trace, debug, info (the default), warn or error."),
        ],
        examples: [
            "apus server --data ./data",
            "apus server --data ./data --port 19092 --override auto.create.topics.enable=false",
            "apus server --config server.properties --override log.retention.hours=24",
        ])

    private let arguments: Arguments
    private let sink: StandardErrorSink

    init(_ arguments: Arguments) {
        self.arguments = arguments
        sink = StandardErrorSink()
    }

    /// What keeps the node from being started, in words.
    private enum Problem: Error, CustomStringConvertible {
        case usage(String)
        case setting(SettingError)
        case file(DiskError)
        case format(DirectoryFormat.Failure)
        case start(StartError)

        var description: String {
            switch self {
            case .usage(let text): text
            case .setting(let error): "\(error)"
            case .file(let error): "\(error)"
            case .format(let error): "\(error)"
            case .start(let error): "\(error)"
            }
        }
    }

    func run() -> Never {
        SystemProcess.holdStopSignals()
        SystemProcess.raiseOpenFileLimit()
        do throws(Problem) {
            let level = try logLevel()
            let settings = try readSettings()
            let real = RealWorld(loops: loopCount(settings))
            try formatIfEmpty(settings, real.world)
            serve(settings, real, level)
        } catch {
            SystemProcess.complain("apus server: \(error)")
            SystemProcess.exit(1)
        }
    }

    // MARK: Settings

    private func logLevel() throws(Problem) -> LogLevel {
        guard let name = arguments["log-level"] else { return .info }
        guard let level = LogLevel.allCases.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw .usage("--log-level wants trace, debug, info, warn or error, not '\(name)'")
        }
        return level
    }

    private func readSettings() throws(Problem) -> NodeSettings {
        do throws(SettingError) {
            var given = GivenSettings()
            if let data = arguments["data"] { try addQuickForm(data, to: &given) }
            try NodeFile.addFile(arguments, to: &given)
            if arguments["data"] == nil, arguments["config"] == nil {
                throw .malformed(line: nil, "give --data DIR or --config FILE; see 'apus server --help'")
            }
            try NodeFile.addCovers(arguments, to: &given)
            for unknown in given.unknown { warn("\(unknown)") }
            return try NodeSettings(given.layers(strict: arguments.has("strict")))
        } catch { throw .setting(error) }
    }

    /// One node for itself, on the loopback address: the settings that Kafka's own example of a single node has.
    private func addQuickForm(_ data: String, to given: inout GivenSettings) throws(SettingError) {
        let text = arguments["port"] ?? "9092"
        guard let port = UInt16(text), port < .max else {
            throw .malformed(line: nil, "--port wants a number from 0 to 65534, not '\(text)'")
        }
        let id = "1"
        let controller = port == 0 ? 0 : port + 1
        for (name, value) in [
            ("node.id", id), ("process.roles", "broker,controller"), ("log.dirs", SystemProcess.absolute(data)),
            ("listeners", "PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controller)"),
            ("controller.listener.names", "CONTROLLER"), ("controller.quorum.voters", "\(id)@127.0.0.1:\(controller)"),
            ("offsets.topic.replication.factor", "1"), ("transaction.state.log.replication.factor", "1"),
            ("transaction.state.log.min.isr", "1"), ("share.coordinator.state.topic.replication.factor", "1"),
            ("share.coordinator.state.topic.min.isr", "1"), ("group.initial.rebalance.delay.ms", "0"),
        ] { given.set(name, value) }
    }

    /// With --data an empty or missing directory is formatted: a new cluster of one node.
    private func formatIfEmpty(_ settings: NodeSettings, _ world: World) throws(Problem) {
        guard arguments["data"] != nil else { return }
        let home = settings.metadataLog.directory
        do throws(DiskError) {
            if world.disk.exists(home + "/" + LogFiles.metaProperties) { return }
            if world.disk.exists(home), try !world.disk.list(home).isEmpty { return }
        } catch { throw .file(error) }
        let format = DirectoryFormat(
            clusterID: world.chance.uuid().description, nodeID: settings.nodeID,
            directories: settings.logs.directories, metadataDirectory: home, quorum: .fixed)
        do throws(DirectoryFormat.Failure) { _ = try format.run(world) } catch { throw .format(error) }
    }

    private func loopCount(_ settings: NodeSettings) -> Int {
        settings.layers.effective["num.network.threads"] == nil
            ? SystemProcess.processorCount : settings.sockets.networkThreads
    }

    // MARK: Running

    private func serve(_ settings: NodeSettings, _ real: RealWorld, _ level: LogLevel) -> Never {
        let (world, sink) = (real.world, sink)
        let box = RunningNode()
        world.loops[0].spawn {
            do throws(StartError) {
                let node = try await Node.start(settings, world: world, log: sink, level: level) {
                    SystemProcess.canonicalHostName
                }
                box.node.withLock { $0 = node }
                let address = node.addresses.first.map { "\($0)" } ?? "nowhere"
                SystemProcess.say(
                    "apus is ready: node \(settings.nodeID) of cluster \(node.broker.identity.clusterID) on \(address)")
            } catch {
                SystemProcess.complain("apus server: \(error)")
                SystemProcess.exit(1)
            }
        }
        SystemProcess.awaitStopSignal()
        world.loops[0].spawn {
            if let node = box.node.withLock({ $0 }) { await node.stop() }
            SystemProcess.exit(0)
        }
        // A second signal means now.
        SystemProcess.awaitStopSignal()
        SystemProcess.exit(130)
    }

    private func warn(_ text: String) {
        let clock = SystemClock()
        sink.write(LogLine(clock.wallClock, .warn, "settings", text, []))
    }
}

/// The node once it runs: set by the first loop, read by the main thread.
private final class RunningNode: Sendable {
    let node = Mutex<Node?>(nil)
}

/// Log lines on standard error.
final class StandardErrorSink: LogSink {
    func write(_ line: LogLine) { SystemProcess.complain(line.description) }
}
