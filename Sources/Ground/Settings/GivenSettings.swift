/// What a node was told at its start, gathered from its file, the environment and `--override`, each covering the one
/// before it.
package struct GivenSettings: Sendable, Hashable {
    package private(set) var values: [String: String] = [:]

    package init() {}

    /// The text of a `server.properties`.
    package mutating func add(file text: String) throws(SettingError) {
        values.merge(try Properties(text).values) { _, new in new }
    }

    /// Environment variables as the official container image reads them: of `KAFKA_A_B__C___D` the name is `a.b_c-d`.
    package mutating func add(environment: [String: String]) {
        for (variable, value) in environment {
            if let name = Self.settingName(ofVariable: variable) { values[name] = value }
        }
    }

    /// `KEY=VALUE`.
    package mutating func add(override text: String) throws(SettingError) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw .malformed(line: nil, "--override wants KEY=VALUE, not '\(text)'")
        }
        values[String(text[..<equals]).trimmingSpace()] = String(text[text.index(after: equals)...])
    }

    package mutating func set(_ name: String, _ value: String) { values[name] = value }

    /// Names that Kafka does not know, which it passes over in silence: to be warned about, or refused if strict.
    package var unknown: [SettingError] {
        values.keys.sorted().filter { SettingCatalog.broker[$0] == nil && !hasKnownPrefix($0) }
            .map { .unknown(name: $0, nearest: SettingCatalog.broker.nearest(to: $0)) }
    }

    /// The layers of a node at its start. Throws the first unknown name if `strict`.
    package func layers(strict: Bool = false) throws(SettingError) -> BrokerLayers {
        if strict, let first = unknown.first { throw first }
        return BrokerLayers(fixed: values)
    }

    /// Prefixes under which a file may have names of its own.
    private func hasKnownPrefix(_ name: String) -> Bool {
        var prefixes = ["listener.name.", "config.providers.", "rsm.config.", "rlmm.config."]
        for setting in ["remote.log.storage.manager.impl.prefix", "remote.log.metadata.manager.impl.prefix"] {
            if let prefix = values[setting], !prefix.isEmpty { prefixes.append(prefix) }
        }
        return prefixes.contains { name.hasPrefix($0) }
    }

    /// The setting that an environment variable stands for; nil if it is none. In the image's order: cut `KAFKA_`, lower
    /// the case, `_` to `.`, then `...` to `-`, then `..` to `_`.
    package static func settingName(ofVariable variable: String) -> String? {
        guard variable.hasPrefix("KAFKA_"), variable.count > 6, !notSettings.contains(variable) else { return nil }
        let bytes = Array(variable.dropFirst(6).lowercased().utf8).map { $0 == 0x5f ? UInt8(ascii: ".") : $0 }
        return String(
            decoding: replacing(replacing(bytes, dots: 3, with: "-"), dots: 2, with: "_"), as: UTF8.self)
    }

    /// Replaces each run of `dots` dots, from the left.
    private static func replacing(_ bytes: [UInt8], dots: Int, with new: Unicode.Scalar) -> [UInt8] {
        var made: [UInt8] = []
        var run = 0
        for byte in bytes {
            made.append(byte)
            run = byte == UInt8(ascii: ".") ? run + 1 : 0
            if run == dots {
                made.removeLast(dots)
                made.append(UInt8(ascii: new))
                run = 0
            }
        }
        return made
    }

    /// What the image, and whoever has an Apache Kafka at hand, uses for itself.
    private static let notSettings: Set<String> = [
        "KAFKA_GC_LOG_OPTS", "KAFKA_HOME", "KAFKA_HEAP_OPTS", "KAFKA_JMX_HOSTNAME", "KAFKA_JMX_OPTS",
        "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_LOG4J_LOGGERS", "KAFKA_LOG4J_OPTS", "KAFKA_LOG4J_ROOT_LOGLEVEL", "KAFKA_OPTS",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_VERSION",
    ]
}
