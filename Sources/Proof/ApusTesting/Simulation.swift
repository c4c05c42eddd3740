import Glibc
import Seams
import Synchronization
import Vocabulary

/// Why a simulation could not go on.
package enum SimulationFailure: Error, Sendable, Hashable {
    /// The awaited work is not done, and nothing is left that could ever run.
    case deadlock(at: Instant, steps: Int)
    /// More steps than `Simulation.Limits.steps`: something goes round in circles without letting time pass.
    case runaway(at: Instant, steps: Int)
    /// The awaited work is not done after `Simulation.Limits.time` of virtual time.
    case outOfTime(at: Instant, steps: Int)
    /// Something was handed to a loop from another thread: a task had left the simulation for the global executor.
    case escaped(at: Instant, steps: Int)
}

/// A world in one thread: virtual time, random numbers from a seed, and simulated loops, disks and networks.
///
/// Nothing happens but in `run…`, on the calling thread. The seed decides which loop has its turn, how long things
/// take and what is lost in a crash, so the same seed gives the same run; `trace` is a fingerprint of it. Code under test
/// must not depend on the order of a `Set` or `Dictionary`; where that is not sure, run the process with
/// `SWIFT_DETERMINISTIC_HASHING=1`, or the runs differ.
///
/// **Owner**: the thread that calls `run…`; one at a time. That makes it and all that it owns `Sendable`.
package final class Simulation: @unchecked Sendable {
    package struct Limits: Sendable {
        /// Steps (events and turns of loops) in one call of `run…`.
        package var steps = 20_000_000
        /// Virtual time in one call of `run`.
        package var time: Nanoseconds = .seconds(24 * 3600)
        /// What one turn of a loop takes.
        package var turn: ClosedRange<Nanoseconds> = .microseconds(1)...(.microseconds(20))
        package init() {}
    }

    package let seed: UInt64
    package var limits: Limits
    package let clock: SimulatedClock
    /// Decides in the simulation itself; each host has its own, drawn from this.
    package let chance: SimulatedChance
    /// The cables between the hosts.
    package let fabric: SimulatedFabric
    /// A loop of no host, that never crashes: where `run` runs its body.
    package private(set) var driver: SimulatedLoop!  // Set at the end of init; a loop needs its simulation.
    /// A fingerprint of all that happened so far, in order.
    package private(set) var trace: UInt64 = 0
    package private(set) var steps = 0
    package private(set) var hosts: [SimulatedHost] = []

    /// The loop that has its turn.
    private(set) var current: SimulatedLoop?
    private var loops: [SimulatedLoop] = []
    private var loopsBorn = 0
    private var events = EventQueue()
    /// The thread in `run…`, 0 outside.
    private let home = Atomic<UInt>(0)
    private let hasEscaped = Atomic<Bool>(false)

    package init(seed: UInt64, limits: Limits = Limits()) {
        self.seed = seed
        self.limits = limits
        clock = SimulatedClock()
        chance = SimulatedChance(seed: SimulatedChance.mix(seed &+ 1))
        fabric = SimulatedFabric()
        fabric.simulation = self
        driver = makeLoop()
    }

    // MARK: Hosts

    /// Adds a machine with an address, a disk and loops.
    package func host(_ address: String, loops: Int = 1) -> SimulatedHost {
        let made = SimulatedHost(self, address: address, loopCount: loops)
        hosts.append(made)
        return made
    }

    /// The world as a process on `host` sees it, until the host crashes.
    package func world(host: SimulatedHost) -> World { host.world }

    func makeLoop() -> SimulatedLoop {
        let loop = SimulatedLoop(self, number: loopsBorn)
        loopsBorn += 1
        loops.append(loop)
        return loop
    }

    func kill(_ dead: [SimulatedLoop]) {
        for loop in dead { loop.die() }
        loops.removeAll { $0.isDead }
    }

    // MARK: Time and events

    /// Does `action` at `time`, on no loop. For faults and for what the simulated things do themselves.
    package func schedule(at time: Instant, _ action: @escaping () -> Void) { events.add(at: time, action) }

    package func schedule(after delay: Nanoseconds, _ action: @escaping () -> Void) {
        events.add(at: clock.now + delay, action)
    }

    /// Mixes something that a test saw into the trace.
    package func note(_ value: UInt64) { trace = SimulatedChance.mix(trace ^ value &+ 0x9e37_79b9_7f4a_7c15) }

    /// Lets go of everything: hosts and loops refer to their simulation and it to them, so without this they stay in
    /// memory. For tests that make many large simulations.
    package func end() {
        for host in hosts { host.crash(.process) }
        hosts = []
        kill(loops)
        events = EventQueue()
    }

    // MARK: Running

    /// Runs `body` on `loop` (the driver's if none is named) and everything else until the body is done. Its result; its
    /// error, or a `SimulationFailure`.
    package func run<Value: Sendable>(
        on loop: SimulatedLoop? = nil, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let box = Outcome<Value>()
        (loop ?? driver).spawn {
            do { box.result = .success(try await body()) } catch { box.result = .failure(error) }
        }
        try drive(until: clock.now + limits.time) { box.result != nil }
        guard let result = box.result else {
            let isStuck = events.isEmpty && !loops.contains(where: \.hasWork)
            throw isStuck
                ? SimulationFailure.deadlock(at: clock.now, steps: steps)
                : SimulationFailure.outOfTime(at: clock.now, steps: steps)
        }
        return try result.get()
    }

    /// Runs everything due up to `time`; then it is that time.
    package func run(until time: Instant) throws(SimulationFailure) {
        try drive(until: time) { false }
        clock.advance(to: time)
    }

    package func run(for time: Nanoseconds) throws(SimulationFailure) { try run(until: clock.now + time) }

    /// Runs until nothing is queued, scheduled or under way. A node with a periodic timer is never idle.
    package func runUntilIdle() throws(SimulationFailure) { try drive(until: .distantFuture) { false } }

    /// Steps until `isDone`, nothing is left, or the next thing lies after `end`.
    private func drive(until end: Instant, _ isDone: () -> Bool) throws(SimulationFailure) {
        precondition(home.load(ordering: .relaxed) == 0, "a simulation is already running")
        home.store(UInt(pthread_self()), ordering: .relaxed)
        defer { home.store(0, ordering: .relaxed) }
        let first = steps
        while !isDone(), step(until: end) {
            if hasEscaped.load(ordering: .relaxed) { throw .escaped(at: clock.now, steps: steps) }
            if steps - first > limits.steps { throw .runaway(at: clock.now, steps: steps) }
        }
        if hasEscaped.load(ordering: .relaxed) { throw .escaped(at: clock.now, steps: steps) }
    }

    private func step(until end: Instant) -> Bool {
        var ready: [SimulatedLoop] = []
        for loop in loops where loop.hasWork { ready.append(loop) }
        if let due = events.earliest, due <= clock.now || ready.isEmpty {
            guard due <= end, let event = events.takeEarliest() else { return false }
            clock.advance(to: event.time)
            steps += 1
            note(event.sequence << 1)
            event.action()
            return true
        }
        guard !ready.isEmpty, clock.now <= end else { return false }
        steps += 1
        let chosen = ready.count == 1 ? ready[0] : ready[chance.below(ready.count)]
        current = chosen
        let ran = chosen.takeTurn()
        current = nil
        clock.advance(to: clock.now + chance.delay(limits.turn))
        note(UInt64(chosen.number) << 33 | UInt64(ran) << 1 | 1)
        note(UInt64(bitPattern: clock.now.nanoseconds))
        return true
    }

    /// True on the simulation's own thread, and on any while it rests.
    var isHome: Bool {
        let thread = home.load(ordering: .relaxed)
        return thread == 0 || thread == UInt(pthread_self())
    }

    func noteEscape() { hasEscaped.store(true, ordering: .relaxed) }
}

/// Where `run` gets its body's result. Written and read on the simulation's one thread.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
    var result: Result<Value, any Error>?
}

/// Virtual time: it passes only when the simulation says so.
package final class SimulatedClock: Clock, @unchecked Sendable {
    package private(set) var now = Instant(nanoseconds: 1_000_000_000)
    /// 2026-01-01T00:00:00Z at the start of the simulation; a test may set it back or forth, as an operator may.
    package var wallClockOffset: Int64 = 1_767_225_600_000 - 1_000

    package var wallClock: Timestamp { Timestamp(now.nanoseconds / 1_000_000 &+ wallClockOffset) }

    func advance(to time: Instant) { if time > now { now = time } }
}
