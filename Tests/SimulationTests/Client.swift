import ApusTesting
import Bytes
import Seams
import Vocabulary
import WireProtocol

/// What all clients of the workload have in common: a connection, chance of their own, and the question what the node may
/// answer at the moment.
class Client: @unchecked Sendable {
    let name: String
    let workload: Workload
    let chance: SimulatedChance
    let wire: WireClient
    /// What it is at, for the report when it hangs.
    var doing = "starting"
    private(set) var isDone = false

    var ledger: Ledger { workload.ledger }
    var loop: any EventLoop { wire.loop }

    init(_ name: String, _ workload: Workload) {
        (self.name, self.workload) = (name, workload)
        chance = SimulatedChance(seed: workload.chance.next())
        wire = WireClient(
            name, workload.ledger, on: workload.clientHost.world, loop: workload.clientHost.loops[0],
            to: NodeProcess.address)
    }

    /// Works until the work is over.
    final func start() {
        loop.spawn { [self] in
            while !ledger.isOver {
                await gate()
                if ledger.isOver { break }
                do throws(CallFailure) { try await work() } catch {
                    ledger.tell("\(name): \(error) while \(doing)")
                    await pause(5...60)
                }
            }
            isDone = true
            wire.disconnect()
        }
    }

    /// One piece of work.
    func work() async throws(CallFailure) {}

    /// Who looks before the others may send passes the gate.
    var isGated: Bool { true }

    final func gate() async {
        while isGated, !ledger.isOpen, !ledger.isOver { await loop.sleep(for: .milliseconds(10)) }
    }

    final func pause(_ milliseconds: ClosedRange<Int64>) async {
        await loop.sleep(
            for: chance.delay(.milliseconds(milliseconds.lowerBound)...(.milliseconds(milliseconds.upperBound))))
    }

    final func version(_ range: ClosedRange<Int16>) -> Int16 {
        Int16(chance.between(Int64(range.lowerBound)...Int64(range.upperBound)))
    }

    /// A call that waits until clients may send.
    final func ask<R: WireRequest>(_ request: R, _ version: Int16) async throws(CallFailure) -> R.Response {
        await gate()
        doing = "waiting for \(R.apiKey.name) \(version)"
        let answer = try await wire.call(request, version)
        ledger.count(R.apiKey.name)
        return answer
    }

    /// Whether the node was up and serving all the time since `moment`, so that it has no excuse.
    final func moment() -> Moment { Moment(run: ledger.run, isServing: ledger.phase == .serving) }
    final func servedSince(_ moment: Moment) -> Bool {
        moment.isServing && ledger.phase == .serving && moment.run == ledger.run
    }

    struct Moment {
        let run: Int
        let isServing: Bool
    }

    /// An error that only a node that starts or stops may answer.
    final func passing(_ code: Int16, since moment: Moment, _ what: String) {
        let error = ErrorCode(rawValue: code)
        let isKnown: Bool
        switch error {
        case .notLeaderOrFollower, .leaderNotAvailable, .coordinatorNotAvailable, .notCoordinator,
            .coordinatorLoadInProgress, .requestTimedOut, .offsetNotAvailable:
            isKnown = true
        default: isKnown = ledger.phase == .stopping
        }
        if !isKnown || (servedSince(moment) && error != .coordinatorLoadInProgress) {
            ledger.violate("\(name): \(what) is answered \(error.map { "\($0)" } ?? "\(code)") (node: \(ledger.phase))")
        }
    }
}
