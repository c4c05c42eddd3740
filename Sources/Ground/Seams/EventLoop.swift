/// One thread that runs what is handed to it, in order: sockets' events, timers, messages from other threads, and — as an
/// executor — actors and tasks that prefer it.
///
/// State that belongs to a loop is a plain, not `Sendable` class that is made and used on that loop only. What crosses
/// loops is a `Sendable` message in a closure given to `post`. In simulation every loop is a queue of the one thread.
package protocol EventLoop: AnyObject, Sendable, SerialExecutor, TaskExecutor {
    /// True on the loop's own thread (in simulation: while the loop has its turn).
    var isCurrent: Bool { get }

    /// The clocks that the loop's timers go by.
    var clock: any Clock { get }

    /// Runs `work` on the loop, soon. From any thread; order is kept between calls of one thread.
    func post(_ work: @escaping @Sendable () -> Void)

    /// Calls `target.timerFired(token)` on the loop at `deadline`, or as soon after as it can. On the loop only.
    @discardableResult
    func schedule(at deadline: Instant, _ target: any TimerTarget, token: UInt64) -> TimerID

    /// Forgets a timer. One that has fired or was cancelled is ignored. On the loop only.
    func cancel(_ timer: TimerID)

    /// Calls `target.turnEnded()` once when this turn of the loop ends, before it waits for events: the place to flush what
    /// several requests of one turn have queued. On the loop only; a target registers again for each turn.
    func atEndOfTurn(_ target: any TurnTarget)
}

/// A scheduled timer, unique in its loop for ever.
package struct TimerID: Sendable, Hashable {
    package let number: UInt64
    package init(number: UInt64) { self.number = number }
}

/// Who is told that a timer is due. Held by the loop until then.
package protocol TimerTarget: AnyObject {
    func timerFired(_ token: UInt64)
}

/// Who is told that the loop's turn ends. Held by the loop until then.
package protocol TurnTarget: AnyObject {
    func turnEnded()
}

extension EventLoop {
    /// Calls `action` on the loop at `deadline`. For what is rare: it allocates. On the loop only.
    @discardableResult
    package func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
        schedule(at: deadline, ClosureTimer(action), token: 0)
    }

    @discardableResult
    package func schedule(after delay: Nanoseconds, _ action: @escaping () -> Void) -> TimerID {
        schedule(at: clock.now + delay, action)
    }

    /// Traps unless called on the loop: the door of loop-confined state.
    package func assertCurrent() { precondition(isCurrent, "called off its event loop") }

    /// Starts a task whose every step runs on this loop: the only place where an unstructured task is born (a tidy test
    /// holds that), so that in simulation no code escapes to other threads. From any thread.
    @discardableResult
    package func spawn(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self) { await work() }
    }

    /// Suspends the calling task until `deadline`. Never ends early.
    package func sleep(until deadline: Instant) async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            post { self.schedule(at: deadline) { continuation.resume() } }
        }
    }

    package func sleep(for delay: Nanoseconds) async { await sleep(until: clock.now + delay) }
}

private final class ClosureTimer: TimerTarget {
    private let action: () -> Void
    init(_ action: @escaping () -> Void) { self.action = action }
    func timerFired(_ token: UInt64) { action() }
}

/// Carries a reference to loop-confined state through code that wants `Sendable`, and checks at the door that it is
/// opened on the right loop only. The one such box.
package struct LoopBound<Value>: @unchecked Sendable {
    private let value: Value
    package let loop: any EventLoop

    package init(_ value: Value, to loop: any EventLoop) {
        self.value = value
        self.loop = loop
    }

    /// The value. Traps off the loop.
    package var unwrapped: Value {
        loop.assertCurrent()
        return value
    }
}

extension EventLoop {
    /// Does `work` on this loop and gives the caller, wherever it runs, what came of it. Costs a task: for what is not on the
    /// hot paths.
    package func call<Result: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let outcome: Swift.Result<Result, Failure> = await withUnsafeContinuation { continuation in
            spawn {
                do throws(Failure) {
                    continuation.resume(returning: .success(try await work()))
                } catch { continuation.resume(returning: .failure(error)) }
            }
        }
        return try outcome.get()
    }
}
