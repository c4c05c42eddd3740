import Bytes
import ClusterImage
import InternalRecords
import LogStore
import Quorum
import QuorumNode
import Seams
import Settings
import Testing
import Vocabulary

/// Formatting as `kafka-storage format` does it. The interop tests hold the words and records against Apache's tool.
struct FormatTests {
    private let bench = DumpBench()
    private let drawn = UUID128(high: 7, low: 9)

    private func settings(_ more: [String: String]) throws -> NodeSettings {
        var given = GivenSettings()
        for (name, value) in [
            ("node.id", "1"), ("process.roles", "broker,controller"), ("controller.listener.names", "CONTROLLER"),
            ("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://:9093"), ("log.dirs", "/data/a,/data/b"),
        ] { given.set(name, value) }
        for (name, value) in more { given.set(name, value) }
        return try NodeSettings(given.layers())
    }

    private func plan(
        _ settings: NodeSettings, _ change: (inout FormatRequest) -> Void = { _ in }
    ) throws -> DirectoryFormat {
        var request = FormatRequest(clusterID: "15NlWEbAQ7K6MJC1DpKhqA")
        change(&request)
        return try request.plan(settings, hostName: "here", directoryID: drawn)
    }

    private let fixed = ["controller.quorum.voters": "1@127.0.0.1:9093"]
    private let dynamic = ["controller.quorum.bootstrap.servers": "127.0.0.1:9093"]

    private func run(_ format: DirectoryFormat) throws -> [String] {
        try format.run(bench.disk, bench.chance, now: 1_000)
    }

    @Test func `standalone makes the node the only voter, with its directory's id and its controller's address`() throws
    {
        let format = try plan(settings(dynamic)) { $0.controllers = .standalone }
        #expect(try run(format) == ["/data/a", "/data/b"])
        let id = try MetaProperties.read(in: "/data/a", bench.disk)?.directoryID
        #expect(id == drawn)
        #expect(try MetaProperties.read(in: "/data/b", bench.disk)?.directoryID != drawn)
        let snapshot = try SnapshotFile.read(
            "/data/a/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint", bench.disk)
        let endpoint = Voter.Endpoint(name: "CONTROLLER", host: "here", port: 9093)
        #expect(snapshot.kraftVersion == 1)
        #expect(snapshot.voters == VoterSet([Voter(id: 1, directoryID: drawn, endpoints: [endpoint])]))
        #expect(!bench.disk.exists("/data/b/__cluster_metadata-0"))
    }

    @Test func `the bootstrap snapshot has the features that were asked for`() throws {
        let format = try plan(settings(fixed)) { request in
            request.release = "4.0"
            request.features = ["eligible.leader.replicas.version=1", "group.version=0"]
        }
        _ = try run(format)
        let records = try SnapshotFile.read("/data/a/bootstrap.checkpoint", bench.disk).records
        let levels = records.map { record in
            if case .featureLevel(let feature) = record.record { "\(feature.name)=\(feature.featureLevel)" } else { "" }
        }
        #expect(
            levels == ["metadata.version=25", "eligible.leader.replicas.version=1", "transaction.version=2"])
    }

    @Test func `what is formatted is refused, or left alone and the rest formatted`() throws {
        var format = try plan(settings(fixed))
        _ = try run(format)
        #expect(throws: DirectoryFormat.Failure.alreadyFormatted("/data/a")) { try run(format) }
        try bench.disk.remove("/data/b/meta.properties")
        format.ignoresFormatted = true
        #expect(try run(format) == ["/data/b"])
        #expect(try run(format).isEmpty)
        format.clusterID = "another"
        #expect(
            throws: DirectoryFormat.Failure.otherCluster(
                "/data/a", wanted: "another", found: "15NlWEbAQ7K6MJC1DpKhqA")
        ) { try run(format) }
        format.clusterID = "15NlWEbAQ7K6MJC1DpKhqA"
        format.nodeID = 2
        #expect(throws: DirectoryFormat.Failure.otherNode("/data/a", wanted: 2, found: 1)) { try run(format) }
    }

    @Test func `initial controllers are read with names, addresses and directories`() throws {
        let text = "1@[::1]:9093:JEXY6aqzQY-32P5TStzaFg,2@host:1:15NlWEbAQ7K6MJC1DpKhqA"
        let format = try plan(settings(dynamic)) { $0.controllers = .initial(text) }
        guard case .dynamic(let voters) = format.quorum else {
            Issue.record("\(format.quorum)")
            return
        }
        #expect(voters.map(\.id) == [1, 2] && voters.map(\.endpoints[0].host) == ["::1", "host"])
        #expect(format.metadataDirectoryID == UUID128("JEXY6aqzQY-32P5TStzaFg"))
        #expect(format.kind(of: "/data/a") == "dynamic metadata voter directory")
        #expect(format.kind(of: "/data/b") == "data directory")
    }

    @Test(arguments: [
        "1@[::1:9:x", "1@[::1]9:x", "1@:9:JEXY6aqzQY-32P5TStzaFg", "-1@h:9:JEXY6aqzQY-32P5TStzaFg", "1@h",
        "1@h:70000:JEXY6aqzQY-32P5TStzaFg", ",",
    ])
    func `malformed initial controllers are refused`(text: String) throws {
        #expect(throws: FormatRefusal.self) { try plan(settings(dynamic)) { $0.controllers = .initial(text) } }
    }
}
