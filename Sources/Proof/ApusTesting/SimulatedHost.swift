import Seams

/// A machine: an address, a disk, and the loops of the process that runs on it.
///
/// **Owner**: the simulation. `crash` ends the process: its loops drop everything for ever, its streams are cut, its open
/// files and locks are dead. `restart` makes a new process, with new loops, on what the disk still has.
package final class SimulatedHost: @unchecked Sendable {
    package enum Crash: Sendable {
        /// `kill -9`: the kernel lives on, so all that was written is there.
        case process
        /// The power fails: of what was not synced, chance decides.
        case power
    }

    package let simulation: Simulation
    package let address: String
    package let loopCount: Int
    package private(set) var isUp = true
    /// How many times it was started again.
    package private(set) var incarnation = 0
    package private(set) var loops: [SimulatedLoop]
    package private(set) var disk: SimulatedDisk
    package private(set) var network: SimulatedNetwork
    private var pool: SimulatedDiskPool
    private var chance: SimulatedChance

    init(_ simulation: Simulation, address: String, loopCount: Int) {
        precondition(loopCount > 0)
        self.simulation = simulation
        self.address = address
        self.loopCount = loopCount
        loops = (0..<loopCount).map { _ in simulation.makeLoop() }
        disk = SimulatedDisk(clock: simulation.clock, chance: SimulatedChance(seed: simulation.chance.next()))
        pool = SimulatedDiskPool(simulation, disk)
        chance = SimulatedChance(seed: simulation.chance.next())
        network = SimulatedNetwork(simulation.fabric, address: address)
        network.host = self
    }

    package var world: World {
        World(
            clock: simulation.clock, chance: chance, disk: disk, diskPool: pool, network: network, loops: loops)
    }

    package func crash(_ kind: Crash = .power) {
        guard isUp else { return }
        isUp = false
        simulation.kill(loops)
        simulation.fabric.hostCrashed(network)
        disk = disk.crash(losingPower: kind == .power)
    }

    package func restart() {
        guard !isUp else { return }
        isUp = true
        incarnation += 1
        loops = (0..<loopCount).map { _ in simulation.makeLoop() }
        pool = SimulatedDiskPool(simulation, disk)
        chance = SimulatedChance(seed: simulation.chance.next())
        network = SimulatedNetwork(simulation.fabric, address: address)
        network.host = self
    }
}
