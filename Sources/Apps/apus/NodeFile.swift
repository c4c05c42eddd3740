import Arguments
import Bytes
import Reactor
import Seams
import Settings

/// The settings that a command line names: file, environment and overrides, in the order in which they cover each other.
/// Commands that prepare a node's directories read what the node itself would.
enum NodeFile {
    static let config = Option(
        "config", .value("FILE"), "Kafka's server.properties. KAFKA_… environment variables cover it.", letter: "c")
    static let override = Option(
        "override", .repeated("KEY=VALUE"), "One setting, above file and environment; may be repeated.")

    /// Adds the file of `--config`, if there is one.
    static func addFile(_ arguments: Arguments, to given: inout GivenSettings) throws(SettingError) {
        guard let path = arguments["config"] else { return }
        let text: String
        do throws(DiskError) { text = try SystemDisk().contents(SystemProcess.absolute(path)).text } catch {
            throw .malformed(line: nil, "the file of --config cannot be read: \(error)")
        }
        try given.add(file: text)
    }

    static func addCovers(_ arguments: Arguments, to given: inout GivenSettings) throws(SettingError) {
        given.add(environment: SystemProcess.environment)
        for override in arguments.all("override") { try given.add(override: override) }
    }

    static func settings(_ arguments: Arguments) throws(SettingError) -> NodeSettings {
        var given = GivenSettings()
        try addFile(arguments, to: &given)
        try addCovers(arguments, to: &given)
        return try NodeSettings(given.layers())
    }
}
