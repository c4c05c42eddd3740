/// The strangers that a node deals with, in one bundle: real ones from `Reactor`, simulated ones from `ApusTesting`.
package struct World: Sendable {
    package let clock: any Clock
    package let chance: any Chance
    package let disk: any Disk
    package let diskPool: any DiskPool
    package let network: any Network
    /// One or more; connections are dealt over all of them, single-owner work (controller, coordinators) runs on the first.
    package let loops: [any EventLoop]

    package init(
        clock: any Clock, chance: any Chance, disk: any Disk, diskPool: any DiskPool, network: any Network,
        loops: [any EventLoop]
    ) {
        precondition(!loops.isEmpty)
        self.clock = clock
        self.chance = chance
        self.disk = disk
        self.diskPool = diskPool
        self.network = network
        self.loops = loops
    }
}
