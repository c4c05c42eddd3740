import Arguments
import Reactor
import Seams

/// The multi-call binary. Each command stands in a file of its own; this one finds it by name.
@main
struct Apus {
    static let version = "0.1.0"

    static let command = Command(
        "apus", "A Kafka-compatible event streaming platform in one binary.",
        details: """
            One node needs nothing but a directory, and then any Kafka client will do:

              apus server --data ./data
              kcat -b 127.0.0.1:9092 -L
            """,
        options: [Option("version", .flag, "Says what this is.")],
        subcommands: [
            Server.command,
            Dump.command,
            Storage.command,
        ])

    static func main() {
        do {
            switch try command.parse(Array(CommandLine.arguments.dropFirst())) {
            case .help(let text): print(text)
            case .run(let arguments): run(arguments)
            }
        } catch {
            SystemProcess.complain("apus: \(error)")
            SystemProcess.exit(UsageError.exitCode)
        }
    }

    private static func run(_ arguments: Arguments) {
        switch arguments.command {
        case ["server"]: Server(arguments).run()
        case ["dump"]: SystemProcess.exit(Dump(arguments).run())
        case let path where path.first == "storage": SystemProcess.exit(Storage.run(arguments))
        default:
            print(arguments.has("version") ? "apus \(version) (speaks Apache Kafka 4.3)" : command.help(path: "apus"))
        }
    }
}
