import ApusTesting
import Seams
import Testing
import Vocabulary

/// What tests collect from simulated loops; a simulation has one thread.
final class Notes: @unchecked Sendable {
    var lines: [String] = []
    var bytes: [UInt8] = []
    var queued: (() -> Int)?
    func add(_ line: String) { lines.append(line) }
}

private actor Counter {
    let loop: SimulatedLoop
    var count = 0
    init(_ loop: SimulatedLoop) { self.loop = loop }
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    func add() -> Bool {
        count += 1
        return loop.isCurrent
    }
}

private actor PlainActor {
    var seen = 0
    func add() { seen += 1 }
}

struct SimulationTests {
    /// Several loops that send each other messages and sleep.
    private func chatter(seed: UInt64) throws -> (trace: UInt64, order: [String]) {
        let simulation = Simulation(seed: seed)
        let notes = Notes()
        let hosts = ["a", "b", "c"].map { simulation.host($0, loops: 2) }
        for host in hosts {
            for loop in host.loops {
                loop.spawn {
                    for round in 0..<5 {
                        await loop.sleep(for: .microseconds(10))
                        notes.add("\(loop.number):\(round)")
                    }
                }
            }
        }
        try simulation.runUntilIdle()
        return (simulation.trace, notes.lines)
    }

    @Test func `the same seed gives the same trace`() throws {
        let (one, other) = (try chatter(seed: 7), try chatter(seed: 7))
        #expect(one.trace == other.trace)
        #expect(one.order == other.order)
        #expect(one.order.count == 30)
    }

    @Test func `another seed gives another order`() throws {
        let orders = try Set((1...10).map { try chatter(seed: $0).order })
        #expect(orders.count > 5)
    }

    @Test func `time is virtual and a sleep never ends early`() throws {
        let simulation = Simulation(seed: 1)
        let loop = simulation.host("a").loops[0]
        let started = loop.clock.now
        let woke = try simulation.run { () -> Instant in
            await loop.sleep(for: .seconds(3600))
            return loop.clock.now
        }
        #expect(woke - started >= .seconds(3600))
        #expect(woke - started < .seconds(3601))
    }

    @Test func `timers fire in the order of their deadlines and a cancelled one never`() throws {
        let simulation = Simulation(seed: 3)
        let loop = simulation.host("a").loops[0]
        let notes = Notes()
        loop.post {
            loop.schedule(after: .milliseconds(3)) { notes.add("3") }
            loop.schedule(after: .milliseconds(1)) { notes.add("1") }
            let dropped = loop.schedule(after: .milliseconds(2)) { notes.add("2") }
            loop.cancel(dropped)
        }
        try simulation.runUntilIdle()
        #expect(notes.lines == ["1", "3"])
    }

    @Test func `actors, task groups and child tasks stay on the loops`() throws {
        let simulation = Simulation(seed: 5)
        let (one, other) = (simulation.host("a").loops[0], simulation.host("b").loops[0])
        let counter = Counter(other)
        let plain = PlainActor()
        let alwaysThere = try simulation.run(on: one) { () -> Bool in
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await one.sleep(for: .milliseconds(1))
                        await plain.add()
                        let isHere = one.isCurrent
                        let isThere = await counter.add()
                        return isHere && isThere && one.isCurrent
                    }
                }
                return await group.allSatisfy { $0 }
            }
        }
        #expect(alwaysThere)
        #expect(try simulation.run { await counter.count } == 20)
        #expect(try simulation.run { await plain.seen } == 20)
    }

    @Test func `work on the disk pool is done later, on no loop, and comes back to its loop`() throws {
        let simulation = Simulation(seed: 5)
        let host = simulation.host("a")
        let (loop, world) = (host.loops[0], host.world)
        let started = loop.clock.now
        let result = try simulation.run(on: loop) { () -> (Bool, Bool) in
            let wasOnLoop = await world.diskPool.perform { loop.isCurrent }
            return (wasOnLoop, loop.isCurrent)
        }
        #expect(result == (false, true))
        #expect(loop.clock.now > started)
    }

    @Test func `a body that waits for nothing is a deadlock`() {
        let simulation = Simulation(seed: 1)
        #expect {
            try simulation.run { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
        } throws: { error in
            if case SimulationFailure.deadlock = error { true } else { false }
        }
    }

    @Test func `work that goes round in circles is a runaway`() {
        var limits = Simulation.Limits()
        limits.steps = 1000
        let simulation = Simulation(seed: 1, limits: limits)
        let loop = simulation.driver!
        @Sendable func again() { loop.post { again() } }
        again()
        #expect {
            try simulation.runUntilIdle()
        } throws: { error in
            if case SimulationFailure.runaway = error { true } else { false }
        }
    }

    @Test func `a body that takes too much virtual time is out of time`() {
        var limits = Simulation.Limits()
        limits.time = .seconds(10)
        let simulation = Simulation(seed: 1, limits: limits)
        let loop = simulation.driver!
        #expect {
            try simulation.run { while true { await loop.sleep(for: .seconds(1)) } }
        } throws: { error in
            if case SimulationFailure.outOfTime = error { true } else { false }
        }
    }

    @Test func `nothing of a crashed host runs again`() throws {
        let simulation = Simulation(seed: 9)
        let host = simulation.host("a")
        let loop = host.loops[0]
        let notes = Notes()
        loop.spawn {
            while true {
                await loop.sleep(for: .milliseconds(1))
                notes.add("old")
            }
        }
        try simulation.run(for: .milliseconds(10))
        let before = notes.lines.count
        #expect(before > 5)
        host.crash()
        loop.post { notes.add("posted to the dead") }
        host.restart()
        #expect(host.loops[0] !== loop)
        let fresh = host.loops[0]
        fresh.spawn {
            await fresh.sleep(for: .milliseconds(1))
            notes.add("new")
        }
        try simulation.runUntilIdle()
        #expect(notes.lines.count == before + 1)
        #expect(notes.lines.last == "new")
    }

    @Test func `hooks at the end of a turn run once, after the work of that turn`() throws {
        final class Hook: TurnTarget {
            let notes: Notes
            init(_ notes: Notes) { self.notes = notes }
            func turnEnded() { notes.add("end") }
        }
        let simulation = Simulation(seed: 2)
        let loop = simulation.host("a").loops[0]
        let notes = Notes()
        loop.post {
            loop.atEndOfTurn(Hook(notes))
            notes.add("one")
        }
        loop.post { notes.add("two") }
        try simulation.runUntilIdle()
        #expect(notes.lines == ["one", "two", "end"])
    }
}
