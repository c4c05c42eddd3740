import Bytes
import ClusterImage
import Coordination
import LogStore
import Replication
import Seams
import Synchronization
import Telemetry
import Vocabulary

/// Runs the group coordinators of this broker: one for each partition of `__consumer_offsets` that it leads, loaded when its
/// leadership begins and dropped when it ends.
///
/// Owner of all shards: the first loop. Calls come from any loop and are answered there.
package final class GroupHost: Sendable {
    package static let topic = "__consumer_offsets"

    private let world: World
    private let settings: GroupSettings
    private let recordCodec: Int
    private let expiryInterval: Int64
    private let logger: Logger
    private let home: LoopBound<Shards>

    /// `recordCodec` is Kafka's number of the codec for offset records; `expiryInterval` is in milliseconds.
    package init(settings: GroupSettings, recordCodec: Int, expiryInterval: Int64, world: World, logger: Logger) {
        (self.settings, self.recordCodec, self.expiryInterval) = (settings, recordCodec, expiryInterval)
        (self.world, self.logger) = (world, logger)
        home = LoopBound(Shards(), to: world.loops[0])
    }

    private var loop: any EventLoop { world.loops[0] }

    /// On the loop only.
    private final class Shards {
        var byPartition: [PartitionIndex: GroupShard] = [:]
        /// As many as the topic has partitions; 0 while there is no such topic.
        var partitionCount: Int32 = 0
        var isStopped = false
    }

    // MARK: Following the metadata

    /// Loads and drops shards as the image says. Replicas have followed it already.
    package func follow(_ image: ClusterImage, _ delta: ClusterDelta, replicas: Replicas) async {
        let deleted = delta.deletedTopics.sorted().compactMap { id in
            delta.previous.topics[id].map { (name: $0.name, id: id) }
        }
        await loop.call { [self] in
            let shards = home.unwrapped
            let topic = image.topic(named: Self.topic)
            shards.partitionCount = Int32(topic?.partitions.count ?? 0)
            for (index, shard) in shards.byPartition where !isLed(index, shard, topic, replicas) {
                shards.byPartition[index] = nil
                shard.unload()
            }
            for (number, state) in (topic?.partitions ?? []).enumerated() where state.leader == replicas.localID {
                let index = PartitionIndex(Int32(number))
                guard shards.byPartition[index] == nil,
                    let partition = replicas.partition(TopicPartition(Self.topic, index))
                else { continue }
                load(index, partition, state.leaderEpoch, shards)
            }
            if !deleted.isEmpty { for shard in shards.byPartition.values { shard.topicsDeleted(deleted) } }
        }
    }

    private func isLed(_ index: PartitionIndex, _ shard: GroupShard, _ topic: TopicImage?, _ replicas: Replicas) -> Bool
    {
        guard let topic, topic.id == shard.partition.topicID, let state = topic.partition(index) else { return false }
        return state.leader == replicas.localID && state.leaderEpoch == shard.epoch
    }

    private func load(_ index: PartitionIndex, _ partition: Partition, _ epoch: LeaderEpoch, _ shards: Shards) {
        let shard = GroupShard(
            partition, epoch: epoch, settings: settings, recordCodec: recordCodec, loop: loop, logger: logger)
        shards.byPartition[index] = shard
        let bound = LoopBound(shard, to: loop)
        let (settings, log, world, logger) = (settings, partition.log, world, logger)
        // Nothing to read is the rule in a new cluster; then the shard is there at once.
        guard log.end > log.start else { return shard.loaded(.success(GroupCoordinator(settings: settings))) }
        loop.spawn {
            let result: Result<GroupCoordinator, GroupLoadError>
            do throws(GroupLoadError) {
                result = .success(
                    try await world.diskPool.perform { () throws(GroupLoadError) in
                        try GroupLoading.load(log, settings: settings)
                    })
            } catch {
                logger.log(
                    .error, "the groups of a partition cannot be loaded and stay unavailable",
                    [LogField("partition", partition.name), LogField("why", "\(error)")])
                result = .failure(error)
            }
            bound.unwrapped.loaded(result)
        }
    }

    /// Expires offsets from time to time, until `stop`.
    package func start() {
        let pause = Nanoseconds.milliseconds(max(1, expiryInterval))
        loop.spawn { [self] in
            while true {
                await loop.sleep(for: pause)
                let shards = home.unwrapped
                if shards.isStopped { return }
                for index in shards.byPartition.keys.sorted() { shards.byPartition[index]?.expireOffsets() }
            }
        }
    }

    package func stop() async {
        await loop.call { [self] in
            let shards = home.unwrapped
            shards.isStopped = true
            for shard in shards.byPartition.values { shard.unload() }
            shards.byPartition = [:]
        }
    }

    // MARK: Calls

    /// Starts a call of `group` that is answered under its token, now or later.
    package func call(
        _ group: String, _ start: @escaping @Sendable (inout GroupCoordinator, RequestToken, Timestamp) -> Void
    ) async -> Result<GroupAnswer, GroupError> {
        await withUnsafeContinuation { continuation in
            onLoop { [self] in
                switch shard(of: group) {
                case .success(let shard): shard.call(start) { continuation.resume(returning: $0) }
                case .failure(let error): continuation.resume(returning: .failure(error))
                }
            }
        }
    }

    /// A call that is answered at once.
    package func ask<Answer: Sendable>(
        _ group: String, _ question: @escaping @Sendable (inout GroupCoordinator, Timestamp) -> Answer
    ) async -> Result<Answer, GroupError> {
        await withUnsafeContinuation { continuation in
            onLoop { [self] in
                switch shard(of: group) {
                case .success(let shard): shard.ask(question) { continuation.resume(returning: $0) }
                case .failure(let error): continuation.resume(returning: .failure(error))
                }
            }
        }
    }

    /// Asks every shard; fails as soon as one is not loaded yet.
    package func askAll<Answer: Sendable>(
        _ question: @escaping @Sendable (GroupCoordinator) -> [Answer]
    ) async -> Result<[Answer], GroupError> {
        await loop.call { [self] in
            let shards = home.unwrapped
            var all: [Answer] = []
            for index in shards.byPartition.keys.sorted() {
                switch shards.byPartition[index]?.look(question) {
                case .success(let some): all += some
                case .failure(let error): return .failure(error)
                case nil: continue
                }
            }
            return .success(all)
        }
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) {
        if loop.isCurrent { work() } else { loop.post(work) }
    }

    private func shard(of group: String) -> Result<GroupShard, GroupError> {
        let shards = home.unwrapped
        if shards.isStopped { return .failure(.notCoordinator) }
        guard shards.partitionCount > 0 else { return .failure(.coordinatorNotAvailable) }
        let index = coordinatorPartition(of: group, partitionCount: shards.partitionCount)
        guard let shard = shards.byPartition[index] else { return .failure(.notCoordinator) }
        return .success(shard)
    }
}
