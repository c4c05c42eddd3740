import Arguments
import Bytes
import LogStore
import QuorumNode
import Reactor
import Seams
import Settings
import Vocabulary

/// `apus storage`: prepares and inspects a node's directories, with the options of `kafka-storage`.
enum Storage {
    static let command = Command(
        "storage", "Prepares and inspects data directories, as kafka-storage does.",
        details: """
            A node that runs with a server.properties of its own wants its directories formatted, once, for a cluster:

              apus storage random-uuid
              apus storage format -c server.properties -t ID --standalone
              apus server -c server.properties
            """,
        subcommands: [
            StorageFormat.command, info, StorageFeatures.mapping, StorageFeatures.dependencies,
            Command("random-uuid", "Prints a random id, as for a new cluster."),
        ])

    private static let info = Command(
        "info", "Tells which directories the settings name, whose they are, and what is wrong with them.",
        options: [
            NodeFile.config.required, NodeFile.override,
            Option("json", .flag, "One JSON object instead of text."),
        ], examples: ["apus storage info -c server.properties"])

    /// Runs the command that was called; gives the exit status.
    static func run(_ arguments: Arguments) -> Int32 {
        switch arguments.command.last {
        case "format": StorageFormat.run(arguments)
        case "info": inform(arguments)
        case "version-mapping": StorageFeatures.map(arguments)
        case "feature-dependencies": StorageFeatures.depend(arguments)
        default:
            {
                SystemProcess.say("\(SystemChance().uuid())")
                return 0
            }()
        }
    }

    /// Ends a command with what is wrong.
    static func failed(_ what: String) -> Int32 {
        SystemProcess.complain(what)
        return 1
    }

    private static func inform(_ arguments: Arguments) -> Int32 {
        let settings: NodeSettings
        do throws(SettingError) { settings = try NodeFile.settings(arguments) } catch { return failed("\(error)") }
        let directories = (settings.logs.directories + [settings.metadataLog.directory]).map(SystemProcess.absolute)
        let inspection = DirectoryInspection(directories, SystemDisk())
        SystemProcess.say(arguments.has("json") ? json(inspection) : text(inspection))
        return inspection.problems.isEmpty ? 0 : 1
    }

    private static func text(_ inspection: DirectoryInspection) -> String {
        func list(_ one: String, _ several: String, _ lines: [String]) -> String {
            if lines.isEmpty { return "" }
            return (lines.count == 1 ? one : several) + ":\n" + lines.map { "  \($0)\n" }.joined() + "\n"
        }
        var text = list("Found log directory", "Found log directories", inspection.found)
        if let metadata = inspection.metadata {
            let fields = members(metadata).map { "\($0.0)=\($0.1)" }.joined(separator: ", ")
            text += "Found metadata: {\(fields)}\n\n"
        }
        text += list("Found problem", "Found problems", inspection.problems)
        return String(text.dropLast())
    }

    private static func json(_ inspection: DirectoryInspection) -> String {
        JSONWriter.text { json in
            json.object { json in
                json.member("directories", inspection.found)
                json.key("metadata")
                if let metadata = inspection.metadata {
                    json.object { json in for (name, value) in members(metadata) { json.member(name, value) } }
                } else {
                    json.null()
                }
                json.member("problems", inspection.problems)
            }
        }
    }

    /// In the order of the names, as Kafka's tool has them.
    private static func members(_ metadata: MetaProperties) -> [(String, String)] {
        [
            ("cluster.id", metadata.clusterID), ("directory.id", metadata.directoryID?.description),
            (metadata.version == 0 ? "broker.id" : "node.id", metadata.nodeID?.description),
            ("version", "\(metadata.version)"),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

extension Option {
    /// The same option, where it may not be left out.
    var required: Option { Option(name, kind, summary, letter: letter, isRequired: true) }
}
