import FoundationEssentials
import Settings
import Testing

/// Listings of `kafka-configs --describe --all` of a running Apache Kafka 4.3.1, and the properties that it ran with.
@Suite struct ApacheListingTests {
    private func lines(_ name: String) throws -> [Substring] {
        var path = #filePath.split(separator: "/").dropLast(2).map(String.init)
        path += ["Fixtures", "settings", name]
        return try String(contentsOfFile: "/" + path.joined(separator: "/"), encoding: .utf8).split(separator: "\n")
    }

    private func layers() throws -> BrokerLayers {
        var given = GivenSettings()
        try given.add(file: lines("server.properties").joined(separator: "\n"))
        #expect(given.unknown.isEmpty)
        _ = try NodeSettings(given.layers())
        // Formatting with eligible leader replicas (the default of 4.3) writes this one as the cluster's default.
        return BrokerLayers(fixed: given.values, dynamicDefault: ["min.insync.replicas": "1"])
    }

    /// As the tool prints an entry.
    private func shown(_ entry: DescribedSetting) -> String {
        let synonyms = entry.synonyms.map { synonym in
            let source =
                switch synonym.source {
                case .topic: "DYNAMIC_TOPIC_CONFIG"
                case .dynamicBroker: "DYNAMIC_BROKER_CONFIG"
                case .dynamicDefaultBroker: "DYNAMIC_DEFAULT_BROKER_CONFIG"
                case .staticBroker: "STATIC_BROKER_CONFIG"
                case .defaultValue: "DEFAULT_CONFIG"
                case .clientMetrics: "DYNAMIC_CLIENT_METRICS_CONFIG"
                case .group: "DYNAMIC_GROUP_CONFIG"
                }
            return "\(source):\(synonym.name)=\(synonym.value ?? "null")"
        }
        return "  \(entry.name)=\(entry.value ?? "null") sensitive=\(entry.isSensitive) "
            + "synonyms={\(synonyms.joined(separator: ", "))}"
    }

    private func compare(_ ours: [DescribedSetting], _ theirs: [Substring]) {
        let (us, them) = (Set(ours.map(shown)), Set(theirs.filter { $0.hasPrefix("  ") }.map(String.init)))
        #expect(us.subtracting(them).sorted() == [])
        #expect(them.subtracting(us).sorted() == [])
    }

    @Test func `a topic is described as Apache Kafka describes it`() throws {
        compare(try layers().describeTopic(overrides: ["retention.bytes": "5"]), try lines("topic.txt"))
    }

    @Test func `a broker is described as Apache Kafka describes it`() throws {
        compare(try layers().describeBroker(), try lines("broker.txt"))
    }
}
