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

let package = Package(
    name: "apus",
    targets: [
        // Ground: words, bytes, seams. No system calls.
        target("Ground", "Vocabulary"),
        target("Ground", "Bytes"),
        target("Ground", "Seams", ["Vocabulary", "Bytes"]),

        // Machines: pure values, events in, effects out.
        target("Machines", "FetchSessions", ["Vocabulary"]),
        target("Machines", "ClusterImage", ["Vocabulary", "Bytes"]),

        // Proof
        target("Proof", "ApusTesting", ["Vocabulary", "Bytes", "Seams"]),
        tests("VocabularyTests", ["Vocabulary"]),
        tests("BytesTests", ["Bytes"]),
        tests("FetchSessionsTests", ["FetchSessions", "Vocabulary"]),
        tests("ApusTestingTests", ["ApusTesting", "Vocabulary", "Bytes", "Seams"]),
    ]
)
