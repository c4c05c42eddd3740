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
}
