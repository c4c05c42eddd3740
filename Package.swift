// swift-tools-version: 6.3
import PackageDescription

// The house settings, the same for every target.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// A target of the house: its band is its folder. Tests/TidyTests holds the walls between the bands.
func target(_ band: String, _ name: String, _ uses: [String] = [], linker: [LinkerSetting] = []) -> Target {
    .target(
        name: name, dependencies: uses.map { .byName(name: $0) }, path: "Sources/\(band)/\(name)",
        exclude: [], swiftSettings: house, linkerSettings: linker)
}

func tests(_ name: String, _ uses: [String]) -> Target {
    .testTarget(
        name: name, dependencies: uses.map { .byName(name: $0) }, path: "Tests/\(name)", swiftSettings: house)
}

/// A C library of the system, found by pkg-config; wrapped by exactly one Swift target.
func library(_ name: String, _ pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "apus",
    targets: [
        // C libraries of the system.
        library("CISAL", "libisal", apt: "libisal-dev"),
        library("CIGZip", "libisal", apt: "libisal-dev"),
        library("CZlib", "zlib", apt: "zlib1g-dev"),
        library("CSnappy", "snappy", apt: "libsnappy-dev"),
        library("CLZ4", "liblz4", apt: "liblz4-dev"),
        library("CZstd", "libzstd", apt: "libzstd-dev"),

        library("CLinux", nil, apt: "libc6-dev"),

        // Ground: words, bytes, seams. No system calls.
        target("Ground", "Vocabulary"),
        target("Ground", "Bytes"),
        target("Ground", "Checksums", ["CISAL"]),
        target("Ground", "Seams", ["Vocabulary", "Bytes"]),
        target("Ground", "Settings", ["Vocabulary"]),
        target("Ground", "Telemetry", ["Vocabulary"]),
        target("Ground", "Arguments", ["Vocabulary"]),

        // Formats: bytes and what they mean.
        target("Formats", "Compression", ["CIGZip", "CZlib", "CSnappy", "CLZ4", "CZstd"]),
        target("Formats", "RecordFormat", ["Vocabulary", "Bytes", "Checksums", "Compression"]),

        target("Formats", "WireProtocol", ["Vocabulary", "Bytes"]),
        target("Formats", "InternalRecords", ["Vocabulary", "Bytes", "WireProtocol"]),

        // Machines: pure values, events in, effects out.
        target("Machines", "FetchSessions", ["Vocabulary"]),
        target("Machines", "ReplicaRules", ["Vocabulary", "Bytes", "RecordFormat"]),
        target("Machines", "ClusterImage", ["Vocabulary", "Bytes", "InternalRecords"]),
        target(
            "Machines", "ControllerRules",
            ["Vocabulary", "Bytes", "WireProtocol", "InternalRecords", "ClusterImage", "Settings"]),
        target("Machines", "Quorum", ["Vocabulary", "InternalRecords"]),
        target("Machines", "Coordination", ["Vocabulary", "Bytes", "WireProtocol", "InternalRecords"]),

        // Engines: input and output, through the seams.
        target("Engines", "Reactor", ["CLinux", "Vocabulary", "Bytes", "Seams"]),
        target(
            "Engines", "LogStore",
            ["Vocabulary", "Bytes", "Checksums", "Seams", "Settings", "Compression", "RecordFormat", "ReplicaRules"]),
        target(
            "Engines", "QuorumNode",
            [
                "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "Compression", "RecordFormat", "WireProtocol",
                "InternalRecords", "ReplicaRules", "Quorum", "ClusterImage", "ControllerRules", "LogStore",
            ]),
        target(
            "Engines", "Replication",
            [
                "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "RecordFormat", "ReplicaRules",
                "ClusterImage", "LogStore",
            ]),
        target(
            "Engines", "CoordinatorHost",
            [
                "Vocabulary", "Bytes", "Seams", "Telemetry", "Compression", "RecordFormat", "WireProtocol",
                "ReplicaRules", "ClusterImage", "Coordination", "LogStore", "Replication",
            ]),
        target("Engines", "Transport", ["Vocabulary", "Bytes", "Seams"]),

        // Server: composition.
        target(
            "Server", "Listener",
            ["Vocabulary", "Bytes", "Seams", "Telemetry", "WireProtocol", "ClusterImage", "Transport"]),
        target(
            "Server", "BrokerAPI",
            [
                "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "RecordFormat", "WireProtocol",
                "InternalRecords", "ReplicaRules", "FetchSessions", "ClusterImage", "ControllerRules", "Coordination",
                "Quorum", "LogStore", "Transport", "QuorumNode", "Replication", "CoordinatorHost", "Listener",
            ]),
        target(
            "Server", "Node",
            [
                "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "WireProtocol", "ClusterImage",
                "ControllerRules", "LogStore", "Transport", "QuorumNode", "Replication", "CoordinatorHost", "Listener",
                "BrokerAPI",
            ]),

        // Apps: one multi-call binary, and what its commands do that is worth a test of its own.
        target(
            "Apps", "Inspection",
            [
                "Vocabulary", "Bytes", "Checksums", "Seams", "RecordFormat", "WireProtocol", "InternalRecords",
                "LogStore", "QuorumNode",
            ]),
        .executableTarget(
            name: "apus",
            dependencies: [
                "Arguments", "Bytes", "ClusterImage", "Inspection", "InternalRecords", "LogStore", "Node", "QuorumNode",
                "Reactor",
                "RecordFormat", "Seams", "Settings", "Telemetry", "Vocabulary", "BrokerAPI",
            ],
            path: "Sources/Apps/apus", swiftSettings: house),

        // Tools
        .executableTarget(
            name: "ProtocolGenerator", path: "Tools/ProtocolGenerator", swiftSettings: house),

        // Proof
        target("Proof", "ApusTesting", ["Vocabulary", "Bytes", "Seams"]),
        .target(
            name: "GoldenSupport", dependencies: ["Compression"], path: "Tests/GoldenSupport", swiftSettings: house),
        tests("TidyTests", []),
        tests("VocabularyTests", ["Vocabulary"]),
        tests("BytesTests", ["Bytes"]),
        tests("ArgumentsTests", ["Arguments"]),
        tests("TelemetryTests", ["Telemetry", "Vocabulary"]),
        tests("SettingsTests", ["GoldenSupport", "ApusTesting", "Settings", "Seams", "Vocabulary"]),
        tests(
            "RecordFormatTests",
            [
                "GoldenSupport", "ApusTesting", "RecordFormat", "Compression", "Checksums", "Seams", "Bytes",
                "Vocabulary",
            ]),
        tests(
            "WireGoldenTests",
            [
                "ProtocolGenerator", "GoldenSupport", "ApusTesting", "Seams", "WireProtocol", "InternalRecords",
                "RecordFormat", "Quorum", "Checksums", "Bytes", "Vocabulary",
            ]),
        tests(
            "ClusterImageTests",
            ["GoldenSupport", "ClusterImage", "InternalRecords", "RecordFormat", "Bytes", "Vocabulary"]),
        tests(
            "ControllerRulesTests",
            [
                "GoldenSupport", "ControllerRules", "ClusterImage", "InternalRecords", "WireProtocol", "RecordFormat",
                "Settings", "Bytes", "Vocabulary",
            ]),
        tests("ReplicaRulesTests", ["ReplicaRules", "RecordFormat", "Bytes", "Vocabulary"]),
        tests(
            "LogStoreTests",
            [
                "GoldenSupport", "ApusTesting", "LogStore", "Reactor", "ReplicaRules", "RecordFormat", "Compression",
                "Settings", "Seams", "Bytes", "Vocabulary",
            ]),
        tests(
            "InspectionTests",
            [
                "GoldenSupport", "ApusTesting", "Inspection", "QuorumNode", "Quorum", "InternalRecords", "LogStore",
                "Settings", "ClusterImage", "Seams", "Bytes", "Vocabulary",
            ]),
        tests(
            "BrokerAPITests",
            [
                "GoldenSupport", "ApusTesting", "BrokerAPI", "Coordination", "LogStore", "ReplicaRules", "RecordFormat",
                "Compression", "WireProtocol", "Settings", "Bytes", "Vocabulary",
            ]),
        tests(
            "ReplicationTests",
            [
                "ApusTesting", "Replication", "QuorumNode", "LogStore", "ClusterImage", "InternalRecords",
                "RecordFormat", "Settings", "Telemetry", "Seams", "Bytes", "Vocabulary",
            ]),
        tests("QuorumTests", ["Quorum", "Vocabulary"]),
        tests(
            "QuorumNodeTests",
            [
                "QuorumNode", "ControllerRules", "ClusterImage", "InternalRecords", "LogStore", "Settings", "Telemetry",
                "ApusTesting", "GoldenSupport", "Seams", "Bytes", "Vocabulary",
            ]),
        tests("FetchSessionsTests", ["FetchSessions", "Vocabulary"]),
        tests("CoordinationTests", ["Coordination", "Vocabulary", "Bytes"]),
        tests("ReactorTests", ["Reactor", "Bytes", "Seams", "Vocabulary"]),
        tests("TransportTests", ["Transport", "ApusTesting", "Bytes", "Seams"]),
        tests("ApusTestingTests", ["ApusTesting", "Vocabulary", "Bytes", "Seams"]),
        tests(
            "SimulationTests",
            [
                "GoldenSupport", "ApusTesting", "Node", "BrokerAPI", "Listener", "Transport", "Replication",
                "QuorumNode", "LogStore",
                "WireProtocol", "RecordFormat", "Compression", "Settings", "Telemetry", "Seams", "Bytes", "Vocabulary",
            ]),
    ]
)
