import ClusterImage

/// Why directories are not formatted as was asked, in the words of Kafka's tool where it has some.
package enum FormatRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    case votersAreSet
    case controllersUnsaid
    case standaloneWithoutController
    /// What is wrong with `--initial-controllers`.
    case initialControllers(String)
    case unknownRelease(String)
    case unknownLevel(Int16)
    case versionTwice
    case malformedFeature(String, String)
    case unknownFeature(String)
    case unsupportedLevel(String, Int16)
    case dependency(String, Int16, on: String, Int16)
    case kraftVersionZero
    case kraftVersionOne

    package var description: String {
        switch self {
        case .votersAreSet:
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. "
                + "If you want to use dynamic quorum, please remove controller.quorum.voters and specify "
                + "controller.quorum.bootstrap.servers instead."
        case .controllersUnsaid:
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: "
                + "--standalone, --initial-controllers, or --no-initial-controllers."
        case .standaloneWithoutController: "You can only use --standalone on a controller."
        case .initialControllers(let what): "--initial-controllers: \(what) Each is ID@HOST:PORT:DIRECTORY-ID."
        case .unknownRelease(let name):
            "Unknown metadata.version '\(name)'. Supported metadata.version are: "
                + MetadataVersion.all.map(\.name).joined(separator: ", ")
        case .unknownLevel(let level):
            "No MetadataVersion with feature level \(level). Valid feature levels are from "
                + "\(Feature.metadataVersion.supported.min) to \(Feature.metadataVersion.supported.max)."
        case .versionTwice: "Use --release-version instead of --feature metadata.version=X to avoid ambiguity."
        case .malformedFeature(let text, let what): "Can't parse feature=level string \(text): \(what)"
        case .unknownFeature(let name):
            "Unsupported feature: \(name). Supported features are: "
                + Feature.allCases.filter { $0 != .metadataVersion }.map(\.rawValue).sorted().joined(separator: ", ")
        case .unsupportedLevel(let name, let level): "No feature:\(name) with feature level \(level)"
        case .dependency(let name, let level, let other, let needed):
            "\(name) could not be set to \(level) because it depends on \(other) level \(needed)"
        case .kraftVersionZero:
            "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, "
                + "--initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try "
                + "removing the --feature flag for kraft.version."
        case .kraftVersionOne:
            "Cannot set kraft.version to 1 unless controller.quorum.voters is empty and one of the flags --standalone, "
                + "--initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try using "
                + "one of --standalone, --initial-controllers, or --no-initial-controllers and removing "
                + "controller.quorum.voters."
        }
    }
}
