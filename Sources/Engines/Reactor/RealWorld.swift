import CLinux
import Glibc
import Seams

/// The real strangers, composed: started loops, a disk pool, the machine's disk, network, clock and chance.
package final class RealWorld: Sendable {
    package let world: World
    private let loops: [EpollLoop]
    private let pool: ThreadPool

    package init(loops count: Int, diskThreads: Int = 2) {
        // A peer that has gone is an error code of the write, not a signal that ends the process.
        signal(SIGPIPE, SIG_IGN)
        let clock = SystemClock()
        loops = (0..<count).map { _ in EpollLoop(clock: clock) }
        pool = ThreadPool(threads: diskThreads)
        world = World(
            clock: clock, chance: SystemChance(), disk: SystemDisk(), diskPool: pool,
            network: SystemNetwork(pool: pool), loops: loops)
        for (index, loop) in loops.enumerated() { loop.start(name: "loop-\(index)") }
    }

    /// Ends the pool after what it has to do, then the loops. Not on one of them.
    package func stop() {
        pool.stop()
        for loop in loops { loop.stop() }
    }
}
