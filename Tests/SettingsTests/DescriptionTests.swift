import Settings
import Testing

@Suite struct DescriptionTests {
    private let layers = BrokerLayers(
        fixed: ["compression.type": "lz4", "foo.bar": "x", "ssl.keystore.password": "secret"],
        dynamicDefault: ["compression.type": "gzip"], dynamicBroker: ["log.retention.ms": "5"])

    @Test func `a topic's setting shows its own value, then the broker's layers`() throws {
        let own = layers.describeTopic(overrides: ["compression.type": "zstd"], only: ["compression.type", "nonsense"])
        #expect(own.count == 1 && own[0].value == "zstd" && own[0].source == .topic && own[0].typeCode == 2)
        #expect(own[0].synonyms.map(\.value) == ["zstd", "gzip", "lz4", "producer"])
        #expect(own[0].synonyms.map(\.source) == [.topic, .dynamicDefaultBroker, .staticBroker, .defaultValue])
        let retention = layers.describeTopic(overrides: [:], only: ["retention.ms"])
        #expect(retention[0].value == "5" && retention[0].source == .dynamicBroker)
    }

    @Test func `no names and an empty list both mean all, sorted and without internal ones`() {
        let all = layers.describeTopic(overrides: [:], only: [])
        #expect(all == layers.describeTopic(overrides: [:]) && all.count == 33)
        #expect(all.map(\.name) == all.map(\.name).sorted())
    }

    @Test func `secrets and unknown names show no value`() {
        let shown = layers.describeBroker(only: ["foo.bar", "ssl.keystore.password"])
        #expect(shown.map(\.value) == [nil, nil] && shown.allSatisfy(\.isSensitive))
        #expect(shown.map(\.typeCode) == [0, 9])
        #expect(shown.allSatisfy { $0.synonyms.allSatisfy { $0.value == nil } })
    }

    @Test func `the cluster's defaults are only what is set`() {
        #expect(layers.describeBrokerDefaults().map(\.name) == ["compression.type"])
    }

    @Test func `a group's setting shows its own value, then the broker's, then the default`() throws {
        let name = "consumer.session.timeout.ms"
        let layers = BrokerLayers(fixed: ["group.consumer.session.timeout.ms": "50000"])
        let inherited = layers.describeGroup(overrides: [:], only: [name])
        #expect(inherited.map(\.value) == ["50000"] && inherited.map(\.source) == [.staticBroker])
        let own = layers.describeGroup(overrides: [name: "51000"], only: [name])
        #expect(
            own.map(\.value) == ["51000"] && own[0].synonyms.map(\.source) == [.group, .staticBroker, .defaultValue])
        #expect(own[0].synonyms.map(\.name) == [name] + Array(repeating: "group." + name, count: 2))
        // The broker has no such setting.
        let reset = layers.describeGroup(overrides: [:], only: ["share.auto.offset.reset"])
        #expect(reset.map(\.value) == ["latest"] && reset.map(\.source) == [.defaultValue])
        #expect(layers.describeGroup(overrides: [:]).count == SettingCatalog.group.settings.count)
    }

    @Test func `a subscription's setting shows its own value, then the default`() {
        let shown = BrokerLayers.describeClientMetrics(overrides: ["interval.ms": "1000"])
        #expect(shown.map(\.name) == ["interval.ms", "match", "metrics"])
        #expect(shown.map(\.value) == ["1000", "", ""])
        #expect(shown.map(\.source) == [.clientMetrics, .defaultValue, .defaultValue])
    }

    @Test func `lists grow and shrink, other types do not`() throws {
        let topic = ConfigResource.topic
        #expect(
            try topic.apply(.append, "compact", to: "cleanup.policy", current: nil, inherited: "delete")
                == "delete,compact")
        #expect(
            try topic.apply(.subtract, "delete", to: "cleanup.policy", current: "delete,compact", inherited: "delete")
                == "compact")
        #expect(throws: SettingError.self) {
            try topic.apply(.append, "1", to: "retention.ms", current: nil, inherited: nil)
        }
    }

    @Test func `unknown, read-only and out-of-bounds settings are refused`() {
        #expect(throws: SettingError.self) { try ConfigResource.topic.check(["nonsense": "1"]) }
        #expect(throws: SettingError.self) { try ConfigResource.topic.check(["segment.bytes": "1048575"]) }
        #expect(throws: Never.self) { try ConfigResource.topic.check(["segment.bytes": "1048576"]) }
        #expect(throws: SettingError.self) { try ConfigResource.broker.check(["num.partitions": "2"]) }
        #expect(throws: SettingError.self) { try ConfigResource.brokerDefault.check(["listeners": "PLAINTEXT://:1"]) }
    }
}
