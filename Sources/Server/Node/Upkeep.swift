import BrokerAPI
import LogStore
import Replication
import Seams
import Settings
import Synchronization
import Telemetry
import Vocabulary

/// What happens to the logs by the clock: retention, flushes, checkpoints, producers that have fallen silent.
final class Upkeep: Sendable {
    private let broker: Broker
    private let logs: LogDirectories
    private let settings: NodeSettings
    private let logger: Logger
    private let state = Mutex(State())

    private struct State: Sendable {
        var isStopped = false
        /// Rounds that are under way.
        var running = 0
    }

    init(_ broker: Broker, _ logs: LogDirectories, settings: NodeSettings, logger: Logger) {
        (self.broker, self.logs, self.settings, self.logger) = (broker, logs, settings, logger)
    }

    func start() {
        let logSettings = settings.logs
        every(logSettings.retentionCheckIntervalMs) { await $0.retain() }
        every(logSettings.flushSchedulerIntervalMs) { await $0.flush() }
        every(min(logSettings.highWatermarkCheckpointIntervalMs, logSettings.flushOffsetCheckpointIntervalMs)) {
            await $0.checkpoint()
        }
        every(Int64(settings.producers.idExpirationCheckIntervalMs)) { $0.expireProducers() }
    }

    /// Begins nothing more, and waits for what is under way: logs are closed next, and nobody else may be at them.
    func stop() async {
        state.withLock { $0.isStopped = true }
        let loop = broker.world.loops[0]
        while state.withLock({ $0.running }) > 0 { await loop.sleep(for: .milliseconds(1)) }
    }

    /// True if a round may begin; `end` must follow.
    private func begin() -> Bool {
        state.withLock { state in
            if !state.isStopped { state.running += 1 }
            return !state.isStopped
        }
    }

    private func end() { state.withLock { $0.running -= 1 } }

    private func every(_ milliseconds: Int64, _ work: @escaping @Sendable (Upkeep) async -> Void) {
        // The flush scheduler's default is the largest long: never.
        guard milliseconds > 0, milliseconds < Int64(Int32.max) * 1_000 else { return }
        let loop = broker.world.loops[0]
        let first = Nanoseconds.milliseconds(settings.logs.initialTaskDelayMs)
        loop.spawn { [self] in
            await loop.sleep(for: first)
            while begin() {
                await work(self)
                end()
                await loop.sleep(for: .milliseconds(milliseconds))
            }
        }
    }

    /// On the disk pool, since it syncs; appends that come meanwhile are done there too, behind it.
    private func eachPartition(_ work: @escaping @Sendable (Partition) -> Void) async {
        for partition in broker.replicas.partitions.all {
            await broker.world.diskPool.perform { partition.pass(work) }
        }
    }

    private func retain() async {
        let (world, logger) = (broker.world, logger)
        await eachPartition { partition in
            do throws(LogError) {
                let gone = try partition.log.retain(now: world.clock.wallClock)
                guard !gone.isEmpty else { return }
                logger.log(
                    .info, "segments were taken off by retention",
                    [LogField("partition", partition.name), LogField("segments", gone.count)])
                let delay = Nanoseconds.milliseconds(partition.log.settings.fileDeleteDelayMs)
                world.loops[0].spawn {
                    await world.loops[0].sleep(for: delay)
                    await world.diskPool.perform { for segment in gone { segment.remove() } }
                }
            } catch {
                logger.log(
                    .error, "retention failed", [LogField("partition", partition.name), LogField("why", "\(error)")])
            }
        }
    }

    private func flush() async {
        let clock = broker.world.clock
        await eachPartition { partition in
            if partition.log.isFlushDue(clock.wallClock) { try? partition.log.flush(clock.wallClock) }
        }
    }

    private func checkpoint() async {
        let (logs, logger) = (logs, logger)
        do throws(LogError) {
            try await broker.world.diskPool.perform { () throws(LogError) in try logs.checkpoint() }
        } catch { logger.log(.error, "checkpoints could not be written", [LogField("why", "\(error)")]) }
    }

    private func expireProducers() {
        let (now, expiration) = (broker.world.clock.wallClock, Int64(broker.settings.producers.idExpirationMs))
        for partition in broker.replicas.partitions.all {
            partition.pass { $0.log.expireProducers(now: now, after: expiration) }
        }
    }
}
