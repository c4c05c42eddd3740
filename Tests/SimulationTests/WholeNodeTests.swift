import Testing

/// The whole node in simulation, with clients, crashes and a bad network. A seed that fails says how it replays.
struct WholeNodeTests {
    @Test(arguments: Seeds.all)
    func `clients find what they were promised, whatever happens to the node`(_ seed: UInt64) throws {
        let workload = try Workload(seed: seed)
        _ = try workload.run()
        let report = workload.ledger.violations.prefix(5).joined(separator: "\n")
        #expect(workload.ledger.violations.isEmpty, "\(Seeds.howToReplay(seed))\n\(report)")
    }

    @Test(arguments: [Seeds.first, Seeds.first &+ 1, Seeds.first &+ 2])
    func `the same seed gives the same run, to the last event`(_ seed: UInt64) throws {
        let first = try Workload(seed: seed).run()
        let second = try Workload(seed: seed).run()
        #expect(first == second, "\(Seeds.howToReplay(seed))")
    }

    @Test func `everything that the workload is made of happens`() throws {
        var counts: [String: Int] = [:]
        for seed in 1...6 as ClosedRange<UInt64> {
            let workload = try Workload(seed: seed)
            _ = try workload.run()
            counts.merge(workload.ledger.counts) { $0 + $1 }
        }
        for what in [
            "Produce idempotent", "Produce acks=1", "Produce acks=0", "Fetch", "ListOffsets", "Metadata",
            "CreateTopics",
            "DeleteRecords", "InitProducerId", "FindCoordinator", "JoinGroup", "SyncGroup", "Heartbeat", "OffsetCommit",
            "OffsetFetch", "ApiVersions", "crash: process", "crash: power", "crash while starting", "stop",
            "log: segments were taken off by retention", "log: a torn tail was cut off",
            "acknowledged and lost with the power",
        ] { #expect(counts[what, default: 0] > 0, "\(what)") }
    }
}
