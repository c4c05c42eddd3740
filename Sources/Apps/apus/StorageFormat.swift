import Arguments
import ClusterImage
import QuorumNode
import Reactor
import Seams
import Settings
import Vocabulary

/// `apus storage format`: makes a node's directories those of a cluster.
enum StorageFormat {
    static let command = Command(
        "format", "Formats the directories that the settings name, for a node of a cluster.",
        options: [
            NodeFile.config.required, NodeFile.override,
            Option(
                "cluster-id", .value("ID"),
                "The cluster's id, the same for all its nodes: make one with 'apus storage random-uuid'.", letter: "t",
                isRequired: true),
            Option("standalone", .flag, "This node is the only voter of a new quorum that can grow.", letter: "s"),
            Option(
                "initial-controllers", .value("ID@HOST:PORT:DIRECTORY-ID,…"),
                "These nodes are the voters of a new quorum that can grow; all are formatted with the same list.",
                letter: "I"),
            Option(
                "no-initial-controllers", .flag, "This node joins a quorum that is there, or will be.", letter: "N"),
            Option(
                "ignore-formatted", .flag, "Leaves directories that are formatted as they are, and formats the others.",
                letter: "g"),
            Option(
                "release-version", .value("RELEASE"),
                "Starts with the features of this release, from 3.3-IV3 on. The default is \(MetadataVersion.latest.name).",
                letter: "r"),
            Option("feature", .repeated("NAME=LEVEL"), "Starts with this level of a feature.", letter: "f"),
            Option(
                "add-scram", .repeated("CREDENTIAL"),
                "A first user with a SCRAM password. Apus cannot do this yet and refuses.", letter: "S"),
        ],
        alternatives: [["standalone", "initial-controllers", "no-initial-controllers"]],
        examples: [
            "apus storage format -c server.properties -t $(apus storage random-uuid) --standalone",
            "apus storage format -c server.properties -t $ID -r 4.0 -f group.version=1",
        ])

    static func run(_ arguments: Arguments) -> Int32 {
        if arguments.has("add-scram") {
            return Storage.failed(
                "--add-scram is not supported by Apus yet. Leave it out; nothing was formatted.")
        }
        let format: DirectoryFormat
        do throws(SettingError) {
            let settings = try NodeFile.settings(arguments)
            do throws(FormatRefusal) {
                format = try request(arguments).plan(
                    settings, hostName: SystemProcess.hostName, directoryID: SystemChance().uuid())
            } catch { return Storage.failed("\(error)") }
        } catch { return Storage.failed("\(error)") }
        return run(format)
    }

    private static func request(_ arguments: Arguments) -> FormatRequest {
        var request = FormatRequest(clusterID: arguments["cluster-id"] ?? "")
        request.release = arguments["release-version"]
        request.features = arguments.all("feature")
        request.ignoresFormatted = arguments.has("ignore-formatted")
        if arguments.has("standalone") { request.controllers = .standalone }
        if arguments.has("no-initial-controllers") { request.controllers = .none }
        if let text = arguments["initial-controllers"] { request.controllers = .initial(text) }
        return request
    }

    private static func run(_ planned: DirectoryFormat) -> Int32 {
        var format = planned
        format.directories = format.directories.map(SystemProcess.absolute)
        format.metadataDirectory = SystemProcess.absolute(format.metadataDirectory)
        if format.clusterID.isEmpty { return Storage.failed("--cluster-id may not be empty.") }
        if UUID128(format.clusterID) == nil {
            SystemProcess.complain(
                "The cluster id '\(format.clusterID)' is not of the usual form, 22 characters as 'apus storage random-uuid' prints; it is taken as it is."
            )
        }
        do throws(DirectoryFormat.Failure) {
            let formatted = try format.run(SystemDisk(), SystemChance(), now: SystemClock().wallClock)
            if formatted.isEmpty { SystemProcess.say("All of the log directories are already formatted.") }
            for path in formatted {
                SystemProcess.say(
                    "Formatting \(format.kind(of: path)) \(path) with metadata.version \(format.version.name).")
            }
            return 0
        } catch { return Storage.failed("\(error)") }
    }
}
