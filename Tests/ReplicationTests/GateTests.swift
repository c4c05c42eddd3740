import Testing

@testable import Replication

struct GateTests {
    @Test func `who passes the gate does what others hand in meanwhile, in order, and hands over when there is no end`()
    {
        let bench = GateBench(more: 100)
        bench.enter(0)
        // Its own, and as many of others as one caller does.
        #expect(bench.done == Array(0...32))
        #expect(bench.handedOver == 1)
        // Whoever comes meanwhile waits behind.
        bench.enter(1_000)
        #expect(bench.done.count == 33)
        while bench.resumes() {}
        #expect(bench.done == Array(0...100) + [1_000])
        #expect(bench.handedOver == 3)
        bench.enter(2_000)
        #expect(bench.done.last == 2_000 && bench.handedOver == 3)
    }
}

/// A gate at which the first work hands in others while it is done.
private final class GateBench {
    private let gate = Gate<Int>()
    private let more: Int
    private(set) var done: [Int] = []
    private(set) var handedOver = 0
    private var isToResume = false

    init(more: Int) { self.more = more }

    func enter(_ work: Int) { gate.enter(work, perform: perform, handOver: handOver) }

    func resumes() -> Bool {
        guard isToResume else { return false }
        isToResume = false
        gate.resume(perform: perform, handOver: handOver)
        return true
    }

    private func perform(_ work: Int) {
        done.append(work)
        if work == 0 { for other in 1...more { enter(other) } }
    }

    private func handOver() {
        handedOver += 1
        isToResume = true
    }
}
