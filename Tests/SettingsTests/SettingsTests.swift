import Settings
import Testing
import Vocabulary

/// The least that a combined node must be told.
let least = [
    "node.id": "1", "process.roles": "broker,controller", "controller.listener.names": "CONTROLLER",
    "controller.quorum.voters": "1@127.0.0.1:9093",
    "listeners": "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
]

private func node(_ more: [String: String]) throws(SettingError) -> NodeSettings {
    try NodeSettings(BrokerLayers(fixed: least.merging(more) { _, new in new }))
}

@Suite struct SettingsTests {
    @Test func `a property file is read by Java's rules`() throws {
        let text = "# comment\n! too\na=1\n b : 2 \nc\\=d e\\\n   f\ng=\\u0041\\t\r\na=3\nempty\n"
        #expect(try Properties(text).values == ["a": "3", "b": "2 ", "c=d": "ef", "g": "A\t", "empty": ""])
        #expect(throws: SettingError.self) { try Properties("a=\\u12") }
    }

    @Test func `environment variables name settings as in the container image`() {
        #expect(GivenSettings.settingName(ofVariable: "KAFKA_NODE_ID") == "node.id")
        #expect(GivenSettings.settingName(ofVariable: "KAFKA_A__B") == "a_b")
        #expect(GivenSettings.settingName(ofVariable: "KAFKA_A___B") == "a-b")
        #expect(GivenSettings.settingName(ofVariable: "KAFKA_A____B") == "a-.b")
        #expect(GivenSettings.settingName(ofVariable: "KAFKA_HEAP_OPTS") == nil)
        #expect(GivenSettings.settingName(ofVariable: "HOME") == nil)
    }

    @Test func `an unknown name is met with the nearest known one`() throws {
        var given = GivenSettings()
        try given.add(file: "log.retention.hour=1\nlistener.name.x.anything=1")
        #expect(given.unknown == [.unknown(name: "log.retention.hour", nearest: "log.retention.hours")])
        #expect(throws: SettingError.self) { try given.layers(strict: true) }
        try given.add(override: "log.retention.hour=2")
        #expect(throws: SettingError.self) { try given.add(override: "nothing") }
    }

    @Test func `what is not given has Kafka's default`() throws {
        let settings = try node([:])
        #expect(settings.nodeID == 1 && settings.isBroker && settings.isController)
        #expect(settings.sockets.requestMaxBytes == 104_857_600)
        #expect(settings.logs.directories == ["/tmp/kafka-logs"])
        #expect(settings.groups.offsetsTopicPartitions == 50)
        #expect(settings.topicDefaults.retentionMs == 604_800_000)
        #expect(settings.topicDefaults.flushMs == .max)
        #expect(settings.listeners.advertised.map(\.description) == ["PLAINTEXT://127.0.0.1:9092"])
    }

    @Test func `a topic takes its own value, then the dynamic one, then the file's`() throws {
        let fixed = least.merging(["log.retention.hours": "1"]) { _, new in new }
        #expect(try TopicSettings(inheriting: BrokerLayers(fixed: fixed)).retentionMs == 3_600_000)
        let dynamic = BrokerLayers(fixed: fixed, dynamicDefault: ["log.retention.ms": "5"])
        #expect(try TopicSettings(inheriting: dynamic).retentionMs == 5)
        let nearer = BrokerLayers(
            fixed: fixed, dynamicDefault: ["log.retention.ms": "5"], dynamicBroker: ["log.retention.ms": "6"])
        #expect(try TopicSettings(inheriting: nearer).retentionMs == 6)
        #expect(try TopicSettings(overrides: ["retention.ms": "7"], inheriting: nearer).retentionMs == 7)
    }

    @Test func `a retention below zero is without limit, in any unit, and none at all is refused`() throws {
        for (name, unlimited) in [
            ("log.retention.ms", "-5"), ("log.retention.minutes", "-2"), ("log.retention.hours", "-1"),
        ] {
            #expect(try node([name: unlimited]).topicDefaults.retentionMs == -1)
            let error = #expect(throws: SettingError.self) { try node([name: "0"]) }
            #expect(
                error?.description == "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
                "\(name)")
        }
        #expect(try node(["log.retention.ms": " 7 "]).topicDefaults.retentionMs == 7)
        #expect(try TopicSettings(overrides: ["retention.ms": "0"], inheriting: node([:]).layers).retentionMs == 0)
    }

    @Test func `a dynamic setting that contradicts the others is left out, and the others are followed`() throws {
        let start = try node([:])
        let (settings, problems) = start.replacing(
            dynamicDefault: ["max.connections.per.ip": "0", "log.retention.ms": "5"],
            dynamicBroker: ["log.roll.ms": "0", "listeners": "PLAINTEXT://127.0.0.1:9092", "fetch.max.bytes": "4096"])
        #expect(problems.count == 3)
        #expect(settings.topicDefaults.retentionMs == 5 && settings.fetch.maxBytes == 4096)
        #expect(settings.sockets.maxConnectionsPerIP == start.sockets.maxConnectionsPerIP)
        #expect(settings.topicDefaults.segmentMs == start.topicDefaults.segmentMs)
        #expect(settings.listeners == start.listeners)
        let together = start.replacing(
            dynamicDefault: ["max.connections.per.ip": "0", "log.roll.ms": "0"],
            dynamicBroker: ["max.connections.per.ip.overrides": "10.0.0.1:5"])
        #expect(together.problems.count == 1 && together.settings.sockets.maxConnectionsPerIP == 0)
    }

    @Test func `a bad override is left out and reported`() throws {
        let made = try TopicSettings.lenient(
            overrides: ["segment.bytes": "14", "nonsense": "1", "retention.ms": "9"],
            inheriting: BrokerLayers(fixed: least))
        #expect(made.settings.segmentBytes == 1_073_741_824 && made.settings.retentionMs == 9)
        #expect(made.problems.count == 2)
    }

    @Test(arguments: [
        ("num.partitions", "0", "Invalid value 0 for configuration num.partitions: Value must be at least 1"),
        ("num.partitions", "x", "Invalid value x for configuration num.partitions: Not a number of type INT"),
    ])
    func `a value that cannot be is refused in Kafka's words`(name: String, value: String, message: String) {
        let error = #expect(throws: SettingError.self) { try node([name: value]) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        ["listener.security.protocol.map": "PLAINTEXT:SSL,CONTROLLER:PLAINTEXT"],
        ["advertised.listeners": "PLAINTEXT://0.0.0.0:9092"], ["advertised.listeners": "OTHER://h:1"],
        ["controller.quorum.voters": "2@127.0.0.1:9093"], ["broker.id": "2"], ["process.roles": "king"],
        ["listeners": "PLAINTEXT://:9092"], ["max.connections.per.ip": "0"], ["log.dirs": ""],
        ["listener.name.plaintext.max.connections": "-1"],
    ])
    func `settings that do not go together are refused`(more: [String: String]) {
        #expect(throws: SettingError.self) { try node(more) }
    }

    @Test func `a listener's prefix is for settings that listeners may have of their own`() throws {
        let own = try node([
            "listener.name.plaintext.max.connections": "7", "listener.name.other.max.connections": "8",
            "listener.name.plaintext.log.retention.ms": "no number",
        ])
        #expect(own.sockets.maxConnectionsByListener == ["PLAINTEXT": 7, "OTHER": 8])
    }

    @Test func `every default satisfies its own rule`() {
        for catalog in [SettingCatalog.broker, .topic, .group, .clientMetrics] {
            for setting in catalog.settings where setting.name != "remote.log.metadata.manager.listener.name" {
                guard let text = setting.defaultValue.text else { continue }
                #expect(throws: Never.self) { try setting.read(text) }
            }
        }
    }

    @Test func `numbers are shown as Java shows them`() {
        #expect(javaText(0.9) == "0.9" && javaText(.greatestFiniteMagnitude) == "1.7976931348623157E308")
        #expect(javaText(1e7) == "1.0E7" && javaText(1234567) == "1234567.0" && javaText(0.00001) == "1.0E-5")
    }
}
