import Bytes
import CLinux
import Glibc
import Seams
import Synchronization

/// An event loop of Linux: one thread, level-triggered `epoll`, an `eventfd` for what other threads send.
///
/// A turn: events of sockets, then what was posted and the jobs of tasks, then due timers, then the hooks at its end.
/// What the loop's own thread posts costs no system call and no lock; what others post costs a lock, and one write to the
/// `eventfd` if the loop may be asleep.
///
/// Owner: all `private var`s belong to the loop's thread, but for the inbox; that makes the class `Sendable`.
package final class EpollLoop: EventLoop, @unchecked Sendable {
    private enum Item {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    private struct Inbox {
        var items: [Item] = []
        var isAwake = false
        var isStopping = false
    }

    private struct DueTimer: Comparable {
        let deadline: Instant
        let number: UInt64
        static func < (left: DueTimer, right: DueTimer) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.number < right.number
        }
    }

    package let clock: any Clock
    private let epoll: Int32
    private let wakeup: Int32
    private let inbox = Mutex(Inbox())
    private let threadID = Atomic<UInt>(0)
    private let thread = Mutex<pthread_t?>(nil)

    private var local: [Item] = []
    private var heap = Heap<DueTimer>()
    private var timers: [UInt64: (target: any TimerTarget, token: UInt64)] = [:]
    private var nextTimer: UInt64 = 1
    /// The timers of this turn; empty between turns.
    private var due: [UInt64] = []
    private var turnTargets: [any TurnTarget] = []
    private var sources: [Int32: (source: any EpollSource, generation: UInt32)] = [:]
    private var generation: UInt32 = 0
    private var countsNanoseconds: Bool

    /// Makes a loop; it does nothing until `start`. Without `countsNanoseconds` it sleeps as on an old kernel.
    package init(clock: any Clock, countsNanoseconds: Bool = true) {
        (self.clock, self.countsNanoseconds) = (clock, countsNanoseconds)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(epoll >= 0 && wakeup >= 0, "no descriptor left for an event loop")
        var event = epoll_event()
        apus_epoll_set(&event, EPOLLIN.rawValue, UInt64(UInt32(bitPattern: wakeup)))
        epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, &event)
    }

    deinit {
        Glibc.close(epoll)
        Glibc.close(wakeup)
    }

    /// Starts the loop's thread.
    package func start(name: String) {
        startThread(name: name, into: thread) { [self] in run() }
    }

    /// Ends the loop after the turn that it is in, and waits for its thread. Not on the loop.
    package func stop() {
        inbox.withLock { $0.isStopping = true }
        wake()
        if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) }
        thread.withLock { $0 = nil }
    }

    package var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    package func post(_ work: @escaping @Sendable () -> Void) { add(.work(work)) }
    package func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }
    package func checkIsolated() { precondition(isCurrent, "called off its event loop") }
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    private func add(_ item: Item) {
        if isCurrent { return local.append(item) }
        let mustWake = inbox.withLock { inbox in
            inbox.items.append(item)
            return !exchange(&inbox.isAwake, with: true)
        }
        if mustWake { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeup, &one, 8)
    }

    @discardableResult
    package func schedule(at deadline: Instant, _ target: any TimerTarget, token: UInt64) -> TimerID {
        assertCurrent()
        let number = nextTimer
        nextTimer += 1
        timers[number] = (target, token)
        heap.insert(DueTimer(deadline: deadline, number: number))
        return TimerID(number: number)
    }

    /// A cancelled timer leaves its place in the heap behind until it would be due, or until such places are most of it.
    package func cancel(_ timer: TimerID) {
        timers[timer.number] = nil
        guard heap.count > 64, heap.count > 2 * timers.count else { return }
        var kept = Heap<DueTimer>()
        while let next = heap.removeFirst() { if timers[next.number] != nil { kept.insert(next) } }
        heap = kept
    }

    package func atEndOfTurn(_ target: any TurnTarget) { turnTargets.append(target) }
}

// MARK: - The turn

extension EpollLoop {
    private func run() {
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        var isStopping = false
        while !isStopping {
            let count = wait(&events)
            for index in 0..<count { dispatch(events[index]) }
            isStopping = runPosted()
            fireTimers()
            endTurn()
        }
        local = []
        turnTargets = []
        timers = [:]
        sources = [:]
    }

    /// Sleeps until an event, a message or the next timer; not at all when there is work left.
    private func wait(_ events: inout [epoll_event]) -> Int {
        let hasMail = inbox.withLock { inbox in
            if inbox.items.isEmpty && local.isEmpty && !inbox.isStopping { inbox.isAwake = false }
            return inbox.isAwake || !local.isEmpty || inbox.isStopping
        }
        if hasMail { return awaitEvents(&events, 0) }
        // At most an hour, for a clock that jumps.
        let hour: Int64 = 3_600_000_000_000
        return awaitEvents(&events, heap.first.map { max(0, min(($0.deadline - clock.now).count, hour)) } ?? hour)
    }

    /// In nanoseconds, so that a timer is never early and hardly late. Kernels before 5.11 and some sandboxes do not have
    /// that, or forbid it: there the loop wakes up to a millisecond late.
    private func awaitEvents(_ events: inout [epoll_event], _ nanoseconds: Int64) -> Int {
        let most = Int32(events.count)
        if countsNanoseconds {
            var pause = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            let count = epoll_pwait2(epoll, &events, most, &pause, nil)
            if count >= 0 || errno == EINTR { return max(0, Int(count)) }
            countsNanoseconds = false
        }
        return max(0, Int(epoll_wait(epoll, &events, most, Int32((nanoseconds + 999_999) / 1_000_000))))
    }

    private func dispatch(_ event: epoll_event) {
        var event = event
        let token = apus_epoll_token(&event)
        let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: token))
        if descriptor == wakeup {
            var count: UInt64 = 0
            _ = Glibc.read(wakeup, &count, 8)
        } else if let known = sources[descriptor], known.generation == UInt32(token >> 32) {
            // A source that an earlier event of this turn removed, or whose number was taken anew, is not told.
            known.source.ready(event.events)
        }
    }

    /// Runs what was there when the turn began; what that posts waits for the next turn, so sockets are not starved.
    private func runPosted() -> Bool {
        var mail: [Item] = []
        let isStopping = inbox.withLock { inbox in
            swap(&mail, &inbox.items)
            inbox.isAwake = true
            return inbox.isStopping
        }
        let own = exchange(&local, with: [])
        for item in mail { run(item) }
        for item in own { run(item) }
        return isStopping
    }

    private func run(_ item: Item) {
        switch item {
        case .job(let job):
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        case .work(let work): work()
        }
    }

    /// Fires what is due when this begins: a timer that is due as soon as it is made waits for the next turn.
    private func fireTimers() {
        guard !heap.isEmpty else { return }
        let now = clock.now
        while let next = heap.first, next.deadline <= now {
            _ = heap.removeFirst()
            due.append(next.number)
        }
        // One that was cancelled, maybe by another of this turn, is not there any more.
        for number in due {
            if let timer = timers.removeValue(forKey: number) { timer.target.timerFired(timer.token) }
        }
        due.removeAll(keepingCapacity: true)
    }

    private func endTurn() {
        while !turnTargets.isEmpty {
            for target in exchange(&turnTargets, with: []) { target.turnEnded() }
        }
    }
}

// MARK: - Descriptors

/// Who is told of a descriptor's events, on its loop.
protocol EpollSource: AnyObject {
    func ready(_ events: UInt32)
}

extension EpollLoop {
    /// Watches a descriptor for `events`. On the loop.
    func watch(_ descriptor: Int32, _ events: UInt32, _ source: any EpollSource) {
        assertCurrent()
        generation &+= 1
        sources[descriptor] = (source, generation)
        control(EPOLL_CTL_ADD, descriptor, events, generation)
    }

    func change(_ descriptor: Int32, _ events: UInt32) {
        guard let known = sources[descriptor] else { return }
        control(EPOLL_CTL_MOD, descriptor, events, known.generation)
    }

    /// Forgets a descriptor; to be called before it is closed.
    func forget(_ descriptor: Int32) {
        guard sources.removeValue(forKey: descriptor) != nil else { return }
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32, _ generation: UInt32) {
        var event = epoll_event()
        apus_epoll_set(&event, events, UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor)))
        epoll_ctl(epoll, operation, descriptor, &event)
    }
}
