import ClusterImage
import ControllerRules
import Quorum
import Settings
import Vocabulary

/// What the one who formats a node's directories asks for, in the words of `kafka-storage format`; with the node's settings
/// it becomes a `DirectoryFormat`, or is refused in Kafka's words.
package struct FormatRequest: Sendable {
    /// Who the first voters are, when `controller.quorum.voters` does not say.
    package enum Controllers: Sendable, Hashable {
        case unsaid
        /// `--standalone`: this node alone.
        case standalone
        /// `--no-initial-controllers`: a quorum that is there already.
        case none
        /// `--initial-controllers`: `ID@HOST:PORT:DIRECTORY,…`.
        case initial(String)
    }

    package var clusterID: String
    /// `--release-version`.
    package var release: String?
    /// `NAME=LEVEL`, each.
    package var features: [String] = []
    package var controllers = Controllers.unsaid
    package var ignoresFormatted = false

    package init(clusterID: String) { self.clusterID = clusterID }

    /// The format that this leads to. `hostName` is what a listener without a host is reached by, `directoryID` a fresh id
    /// for the metadata's directory.
    package func plan(
        _ settings: NodeSettings, hostName: String, directoryID: UUID128
    ) throws(FormatRefusal) -> DirectoryFormat {
        let levels = try FeatureLevels(release: release, features: features)
        let quorum = try quorum(settings, hostName, directoryID)
        try levels.checkQuorum(isDynamic: quorum != .fixed)
        var format = DirectoryFormat(
            clusterID: clusterID, nodeID: settings.nodeID, directories: settings.logs.directories,
            metadataDirectory: settings.metadataLog.directory, version: levels.version, features: levels.others,
            quorum: quorum)
        if case .dynamic(let voters) = quorum {
            format.metadataDirectoryID = voters.first { $0.id == settings.nodeID }?.directoryID
        }
        format.ignoresFormatted = ignoresFormatted
        return format
    }

    private func quorum(
        _ settings: NodeSettings, _ hostName: String, _ directoryID: UUID128
    ) throws(FormatRefusal) -> DirectoryFormat.Quorum {
        let isFixed = !settings.quorum.voters.isEmpty
        switch controllers {
        case .standalone, .initial:
            if isFixed { throw .votersAreSet }
        case .unsaid:
            if !isFixed && settings.isController { throw .controllersUnsaid }
            return .fixed
        case .none: return isFixed ? .fixed : .joining
        }
        if case .initial(let text) = controllers {
            return .dynamic(try InitialControllers(text, settings.listeners.controllerNames.first ?? "").voters)
        }
        guard settings.isController else { throw .standaloneWithoutController }
        let endpoints = settings.listeners.advertisedControllers.map { listener in
            Voter.Endpoint(
                name: listener.name, host: listener.host.isEmpty ? hostName : listener.host,
                port: UInt16(clamping: listener.port))
        }
        return .dynamic([Voter(id: settings.nodeID, directoryID: directoryID, endpoints: endpoints)])
    }
}

/// Feature levels as asked for at formatting: those of a release, and others by name.
package struct FeatureLevels: Sendable {
    package private(set) var version = MetadataVersion.latest
    /// Levels of the features beside metadata.version and kraft.version, those of level 0 left out.
    package private(set) var others: [String: Int16]
    private var kraft: Int16?

    package init(release: String?, features: [String]) throws(FormatRefusal) {
        var asked: [String: Int16] = [:]
        for text in features {
            let (name, level) = try Self.nameAndLevel(text)
            asked[name] = level
        }
        if let release {
            version = try Self.version(ofRelease: release)
            if asked[Feature.metadataVersion.rawValue] != nil { throw .versionTwice }
        } else if let level = asked[Feature.metadataVersion.rawValue] {
            guard Feature.metadataVersion.supported.contains(level) else { throw .unknownLevel(level) }
            version = MetadataVersion(level: level)
        }
        asked[Feature.metadataVersion.rawValue] = nil
        others = ControllerRules.defaultLevels(at: version)
        for (name, level) in asked.sorted(by: { $0.key < $1.key }) {
            guard let feature = Feature(rawValue: name) else { throw .unknownFeature(name) }
            guard feature.supported.contains(level) else { throw .unsupportedLevel(name, level) }
            if feature == .kraftVersion { kraft = level } else { others[name] = level == 0 ? nil : level }
        }
        try checkDependencies()
    }

    /// The version that a release, or one of its steps such as `4.0-IV1`, stands for.
    package static func version(ofRelease name: String) throws(FormatRefusal) -> MetadataVersion {
        guard let version = MetadataVersion(named: name) else { throw .unknownRelease(name) }
        return version
    }

    private static func nameAndLevel(_ text: String) throws(FormatRefusal) -> (String, Int16) {
        guard let equals = text.firstIndex(of: "=") else {
            throw .malformedFeature(text, "equals sign not found.")
        }
        let level = text[text.index(after: equals)...].filter { $0 != " " }
        guard let number = Int16(level) else {
            throw .malformedFeature(text, "unable to parse \(level) as a short.")
        }
        return (String(text[..<equals]), number)
    }

    private func checkDependencies() throws(FormatRefusal) {
        var all = others
        all[Feature.metadataVersion.rawValue] = version.level
        for (name, level) in others.sorted(by: { $0.key < $1.key }) {
            for needed in Feature(rawValue: name)?.dependencies(at: level) ?? []
            where all[needed.feature.rawValue] ?? 0 < needed.level {
                throw .dependency(name, level, on: needed.feature.rawValue, needed.level)
            }
        }
    }

    /// kraft.version is chosen by how the quorum is made, and may only be told if it is told right.
    func checkQuorum(isDynamic: Bool) throws(FormatRefusal) {
        guard let kraft, (kraft > 0) != isDynamic else { return }
        throw isDynamic ? .kraftVersionZero : .kraftVersionOne
    }
}
