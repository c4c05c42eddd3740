import Reactor
import Seams
import Synchronization
import Testing

private final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

private actor OnLoop {
    let loop: any EventLoop
    init(_ loop: any EventLoop) { self.loop = loop }
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    func isHome() -> Bool { loop.isCurrent }
}

/// Is due again whenever it has fired, until it is told to stop.
private final class Restless: TimerTarget, @unchecked Sendable {
    let loop: any EventLoop
    var isStopped = false
    init(_ loop: any EventLoop) { self.loop = loop }
    func timerFired(_ token: UInt64) {
        if !isStopped { loop.schedule(at: Instant(nanoseconds: 0), self, token: token) }
    }
}

@Suite(.serialized) struct LoopTests {
    private let real = RealWorld(loops: 2)
    private var loop: any EventLoop { real.world.loops[0] }

    /// Runs `body` as a task of the loop and waits for it.
    private func onLoop<R: Sendable>(_ body: @escaping @Sendable (any EventLoop) async -> R) async -> R {
        let loop = self.loop
        return await withUnsafeContinuation { continuation in
            loop.spawn { continuation.resume(returning: await body(loop)) }
        }
    }

    @Test func `what one thread posts runs in order`() async {
        let notes = Notes()
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            for index in 0..<1_000 { loop.post { notes.add("\(index)") } }
            loop.post { continuation.resume() }
        }
        #expect(notes.all == (0..<1_000).map(String.init))
        real.stop()
    }

    @Test func `timers fire in the order of their deadlines, cancelled ones never`() async {
        let notes = Notes()
        await onLoop { loop in
            let now = loop.clock.now
            loop.schedule(at: now + .milliseconds(30)) { notes.add("third") }
            loop.schedule(at: now + .milliseconds(10)) { notes.add("first") }
            let cancelled = loop.schedule(at: now + .milliseconds(15)) { notes.add("never") }
            loop.schedule(at: now + .milliseconds(20)) { notes.add("second") }
            loop.cancel(cancelled)
            await loop.sleep(until: now + .milliseconds(40))
        }
        #expect(notes.all == ["first", "second", "third"])
        real.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `a timer that is due as soon as it is made does not keep the loop from other work`() async {
        let loop = self.loop
        let restless = Restless(loop)
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            loop.post {
                loop.schedule(at: loop.clock.now, restless, token: 0)
                loop.post { loop.post { continuation.resume() } }
            }
        }
        loop.post { restless.isStopped = true }
        real.stop()
    }

    @Test func `a sleep never ends early`() async {
        let slept = await onLoop { loop in
            let start = loop.clock.now
            await loop.sleep(for: .microseconds(1_700))
            return loop.clock.now - start
        }
        #expect(slept >= .microseconds(1_700))
        real.stop()
    }

    @Test func `a kernel that counts in milliseconds ends no sleep early either`() async {
        let old = EpollLoop(clock: SystemClock(), countsNanoseconds: false)
        old.start(name: "old")
        let slept: Nanoseconds = await withUnsafeContinuation { continuation in
            old.spawn {
                let start = old.clock.now
                await old.sleep(for: .microseconds(1_700))
                continuation.resume(returning: old.clock.now - start)
            }
        }
        #expect(slept >= .microseconds(1_700))
        old.stop()
        real.stop()
    }

    @Test func `tasks, their children and actors stay on their loop`() async {
        let other = OnLoop(real.world.loops[1])
        let places = await onLoop { loop in
            async let child = loop.isCurrent
            let there = await other.isHome()
            return [loop.isCurrent, await child, there, loop.isCurrent]
        }
        #expect(places == [true, true, true, true])
        real.stop()
    }

    @Test func `work of the disk pool comes back to the loop that waits`() async {
        let pool = real.world.diskPool
        let isHome = await onLoop { loop in
            let wasHome = await pool.perform { loop.isCurrent }
            return (wasHome, loop.isCurrent)
        }
        #expect(isHome == (false, true))
        real.stop()
    }
}
