import Arguments
import Bytes
import ClusterImage
import QuorumNode
import Reactor

/// `apus storage version-mapping` and `feature-dependencies`: what the features of a release are, and what they need.
enum StorageFeatures {
    private static let json = Option("json", .flag, "One JSON object instead of text.")

    static let mapping = Command(
        "version-mapping", "Tells which feature levels a release stands for.",
        options: [
            Option(
                "release-version", .value("RELEASE"),
                "From 3.3-IV3 on. The default is the newest, \(MetadataVersion.latest.name).", letter: "r"),
            json,
        ], examples: ["apus storage version-mapping -r 4.0"])

    static let dependencies = Command(
        "feature-dependencies", "Tells which other features a feature's level needs.",
        options: [
            Option("feature", .repeated("NAME=LEVEL"), "The feature.", letter: "f", isRequired: true), json,
        ], examples: ["apus storage feature-dependencies -f eligible.leader.replicas.version=1"])

    static func map(_ arguments: Arguments) -> Int32 {
        let release = arguments["release-version"] ?? MetadataVersion.latest.name
        let version: MetadataVersion
        do throws(FormatRefusal) { version = try FeatureLevels.version(ofRelease: release) } catch {
            return Storage.failed("\(error)")
        }
        let levels = Feature.allCases.map { ($0, $0.mappedLevel(at: version)) }
        if arguments.has("json") {
            SystemProcess.say(
                JSONWriter.text { json in
                    json.object { json in
                        json.member("release", release)
                        for (feature, level) in levels { json.member(feature.rawValue, level) }
                    }
                })
            return 0
        }
        for (feature, level) in levels {
            SystemProcess.say("\(feature.rawValue)=\(level)\(feature == .metadataVersion ? " (\(release))" : "")")
        }
        return 0
    }

    static func depend(_ arguments: Arguments) -> Int32 {
        var found: [(feature: Feature, level: Int16)] = []
        for text in arguments.all("feature") {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                return Storage.failed(
                    "Invalid feature format: \(text). Expected format: 'feature=version' (e.g. 'group.version=1')")
            }
            guard let level = Int16(parts[1]) else {
                return Storage.failed("Invalid version format: \(parts[1]) for feature \(parts[0])")
            }
            guard let feature = Feature(rawValue: String(parts[0])) else {
                return Storage.failed("Unknown feature: \(parts[0])")
            }
            guard feature.supported.contains(level) else {
                return Storage.failed(
                    feature == .metadataVersion
                        ? "Unknown metadata.version \(level)"
                        : "Feature level \(level) is not supported for feature \(feature.rawValue)")
            }
            found.append((feature, level))
        }
        SystemProcess.say(arguments.has("json") ? json(found) : text(found))
        return 0
    }

    private static func text(_ found: [(feature: Feature, level: Int16)]) -> String {
        found.map { feature, level in
            let needed = feature.dependencies(at: level)
            let head = name(feature, level)
            if needed.isEmpty { return head + " has no dependencies." }
            return head + " requires:" + needed.map { "\n    " + name($0.feature, $0.level) }.joined()
        }.joined(separator: "\n")
    }

    private static func name(_ feature: Feature, _ level: Int16) -> String {
        let release = feature == .metadataVersion ? " (\(MetadataVersion(level: level).name))" : ""
        return "\(feature.rawValue)=\(level)\(release)"
    }

    private static func json(_ found: [(feature: Feature, level: Int16)]) -> String {
        JSONWriter.text { json in
            json.object { json in
                for (feature, level) in found {
                    json.key("\(feature.rawValue)=\(level)")
                    json.object { json in
                        for needed in feature.dependencies(at: level) {
                            json.member(needed.feature.rawValue, needed.level)
                        }
                    }
                }
            }
        }
    }
}
