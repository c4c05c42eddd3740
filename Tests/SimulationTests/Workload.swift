import ApusTesting
import Seams
import Testing
import Vocabulary

/// One node, its clients, and what happens to them, from a seed.
///
/// Owner: the thread that calls `run`.
final class Workload: @unchecked Sendable {
    let seed: UInt64
    let simulation: Simulation
    let ledger: Ledger
    let chance: SimulatedChance
    let clientHost: SimulatedHost
    private let process: NodeProcess
    private var clients: [Client] = []
    private var sessions = 0

    init(seed: UInt64) throws {
        self.seed = seed
        simulation = Simulation(seed: seed)
        simulation.limits.steps = 3_000_000
        simulation.limits.time = .seconds(600)
        simulation.fabric.connectTimeout = .milliseconds(500)
        ledger = Ledger(seed: seed, clock: simulation.clock)
        chance = SimulatedChance(seed: seed &* 0x9e37_79b9 &+ 77)
        clientHost = simulation.host("10.0.0.2")
        process = try NodeProcess(simulation, ledger, chance)
    }

    deinit { simulation.end() }

    func topic(of partition: PartitionFacts) -> TopicFacts? { ledger.topics.first { $0.name == partition.topic } }

    func nextSession() -> Int {
        sessions += 1
        return sessions
    }

    /// The simulation's fingerprint, when nothing was violated.
    func run() throws -> UInt64 {
        makeClients()
        do {
            try simulation.run { [self] in await drive() }
        } catch {
            let stuck = clients.filter { !$0.isDone }.map { "\($0.name) (\($0.doing))" }
            ledger.violate("\(error); not done: \(stuck.joined(separator: ", "))")
        }
        ledger.tell(
            "\(simulation.steps) steps, \(ledger.batches.count) batches, \(ledger.counts.sorted { $0.key < $1.key })")
        return simulation.trace
    }

    private func makeClients() {
        for number in 0..<1 + chance.below(3) { clients.append(Producer("producer\(number)", self, acks: -1)) }
        clients.append(Producer("acks1", self, acks: 1))
        clients.append(Producer("acks0", self, acks: 0))
        for number in 0..<1 + chance.below(2) { clients.append(Reader("reader\(number)", self)) }
        let group = ledger.group("group")
        for number in 0..<1 + chance.below(3) { clients.append(Member("member\(number)", self, group: group)) }
        clients.append(Keeper("keeper", self))
        clients.append(Administrator("administrator", self))
    }

    // MARK: The course of things

    private var loop: SimulatedLoop { simulation.driver }

    private func drive() async {
        let inspector = Inspector("inspector", self)
        for client in clients { client.start() }
        var hasLostPower = false
        process.start()
        for life in 0..<2 + chance.below(4) where !ledger.isOver {
            if life > 0 { hasLostPower = await startAgain(hasLostPower) }
            await untilServing()
            if hasLostPower { await inspector.inspect(powerFailed: true) }
            ledger.isOpen = true
            if !hasLostPower, life > 0 { await inspector.inspect(powerFailed: false) }
            hasLostPower = false
            await live()
            if ledger.isOver { break }
            hasLostPower = await endLife()
        }
        await finish(inspector, hasLostPower)
    }

    /// Restarts the node; now and then it crashes while it starts.
    private func startAgain(_ hadLostPower: Bool) async -> Bool {
        var hasLostPower = hadLostPower
        await sleep(0...800)
        while chance.happens(percent: 25), !ledger.isOver {
            let kind = chance.happens(percent: 50) ? SimulatedHost.Crash.process : .power
            process.start()
            process.crash(kind, afterDiskOperations: chance.below(80))
            await sleep(0...200)
            process.crash(kind)
            if kind == .power { hasLostPower = true }
            await sleep(0...300)
        }
        process.start()
        // A killed process leaves everything there: clients need not wait.
        if !hasLostPower { ledger.isOpen = true }
        return hasLostPower
    }

    private func untilServing() async {
        let deadline = ledger.now + .seconds(20)
        while !process.isServing, !ledger.isOver, ledger.now < deadline { await loop.sleep(for: .milliseconds(2)) }
        if !process.isServing, !ledger.isOver { ledger.violate("the node does not serve after 20 s") }
    }

    /// Some time in which the network and the clock have their moods.
    private func live() async {
        for _ in 0..<1 + chance.below(3) where !ledger.isOver {
            await sleep(50...400)
            switch chance.below(10) {
            case 0, 1:
                ledger.tell("connections are cut")
                simulation.fabric.cutStreams(percent: 20 + chance.below(80))
            case 2:
                ledger.tell("the network is cut")
                disturb(.seconds(5))
                simulation.fabric.partition(process.host, clientHost)
                await sleep(50...1_000)
                simulation.fabric.heal(process.host, clientHost)
            case 3:
                ledger.tell("the network is slow")
                let usual = simulation.fabric.latency
                disturb(.seconds(8))
                simulation.fabric.latency = .microseconds(100)...(.milliseconds(40))
                await sleep(100...600)
                simulation.fabric.latency = usual
            case 4..<7:
                let jump = Int64(1_000 + chance.below(60_000))
                ledger.tell("the clock is set forward by \(jump) ms")
                simulation.clock.wallClockOffset += jump
            default: break
            }
        }
    }

    private func disturb(_ time: Nanoseconds) { ledger.disturbedUntil = ledger.now + time }

    /// Ends the node's life in one of three ways; true if the power has failed.
    private func endLife() async -> Bool {
        let kind: SimulatedHost.Crash = chance.happens(percent: 50) ? .process : .power
        switch chance.below(10) {
        case 0..<2:
            await process.stop(within: .seconds(12), on: loop)
            return false
        case 2..<6:
            process.crash(kind, afterDiskOperations: chance.below(300))
            let deadline = ledger.now + .milliseconds(500)
            while process.host.isUp, ledger.now < deadline { await loop.sleep(for: .milliseconds(2)) }
            process.crash(kind)
        default: process.crash(kind)
        }
        return kind == .power
    }

    /// After the last start everything works again, every client comes to its end, and everything is there.
    private func finish(_ inspector: Inspector, _ hadLostPower: Bool) async {
        guard ledger.violations.isEmpty else { return }
        let hasLostPower = await startAgain(hadLostPower)
        await untilServing()
        if hasLostPower { await inspector.inspect(powerFailed: true) }
        ledger.isOpen = true
        await sleep(150...400)
        ledger.isOver = true
        let deadline = ledger.now + .seconds(30)
        while clients.contains(where: { !$0.isDone }), ledger.now < deadline {
            await loop.sleep(for: .milliseconds(10))
        }
        for client in clients where !client.isDone { ledger.violate("\(client.name) hangs: \(client.doing)") }
        await inspector.inspect(powerFailed: false)
        await process.stop(within: .seconds(12), on: loop)
    }

    private func sleep(_ milliseconds: ClosedRange<Int64>) async {
        await loop.sleep(
            for: chance.delay(.milliseconds(milliseconds.lowerBound)...(.milliseconds(milliseconds.upperBound))))
    }
}
