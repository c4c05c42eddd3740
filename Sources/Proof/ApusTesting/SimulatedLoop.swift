import Seams

/// An event loop that is a queue of the simulation's one thread.
///
/// **Owner**: its simulation, which gives it turns. A turn runs what was queued when it began, then the hooks at its end.
/// The loop of a crashed host is dead: it drops what it holds and whatever comes later, so nothing of a crashed host
/// ever runs again (tasks that waited are never resumed, and their memory stays with them).
package final class SimulatedLoop: EventLoop, @unchecked Sendable {
    enum Item {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
        case timer(TimerID)
    }

    let simulation: Simulation
    /// Its place among all loops of the simulation, in order of birth.
    package let number: Int
    private(set) var isDead = false

    private var queue: [Item] = []
    private var timers: [TimerID: (target: any TimerTarget, token: UInt64)] = [:]
    private var nextTimer: UInt64 = 1
    private var turnTargets: [any TurnTarget] = []

    init(_ simulation: Simulation, number: Int) {
        self.simulation = simulation
        self.number = number
    }

    package var isCurrent: Bool { simulation.current === self }
    package var clock: any Clock { simulation.clock }
    var hasWork: Bool { !queue.isEmpty }

    package func post(_ work: @escaping @Sendable () -> Void) { add(.work(work)) }

    package func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    package func checkIsolated() { precondition(isCurrent, "not isolated to simulated loop \(number)") }
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    @discardableResult
    package func schedule(at deadline: Instant, _ target: any TimerTarget, token: UInt64) -> TimerID {
        let id = TimerID(number: nextTimer)
        nextTimer += 1
        guard !isDead else { return id }
        timers[id] = (target, token)
        simulation.schedule(at: deadline) { [self] in
            if timers[id] != nil { add(.timer(id)) }
        }
        return id
    }

    package func cancel(_ timer: TimerID) { timers[timer] = nil }

    package func atEndOfTurn(_ target: any TurnTarget) {
        if isDead { return }
        // Code between turns (a test's own thread) has no turn that would end: give it one.
        if !isCurrent && queue.isEmpty { add(.work {}) }
        turnTargets.append(target)
    }

    private func add(_ item: Item) {
        guard simulation.isHome else { return simulation.noteEscape() }
        if !isDead { queue.append(item) }
    }

    func die() {
        isDead = true
        queue = []
        timers = [:]
        turnTargets = []
    }

    /// One turn: what is queued now, then the hooks. Returns how many things were run.
    func takeTurn() -> Int {
        let items = queue
        queue = []
        for item in items {
            if isDead { return items.count }
            run(item)
        }
        while !turnTargets.isEmpty {
            let targets = turnTargets
            turnTargets = []
            for target in targets { target.turnEnded() }
        }
        return items.count
    }

    private func run(_ item: Item) {
        switch item {
        case .job(let job):
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        case .work(let work): work()
        case .timer(let id):
            guard let timer = timers.removeValue(forKey: id) else { return }
            timer.target.timerFired(timer.token)
        }
    }
}
