import ClusterImage
import LogStore
import Seams
import Settings
import Synchronization
import Telemetry
import Vocabulary

/// The replicas of this broker, and how changes of the cluster's image reach them.
package final class Replicas: Sendable {
    package let localID: BrokerID
    package let directories: LogDirectories
    private let world: World
    private let logger: Logger
    private let table: Mutex<PartitionTable>
    private let layers: Mutex<BrokerLayers>
    /// Deleted, but not yet through their gates: until then their directories have the names that others may get.
    private let leaving = Mutex<[TopicPartition: Partition]>([:])

    package init(
        localID: BrokerID, directories: LogDirectories, layers: BrokerLayers, world: World, logger: Logger
    ) {
        (self.localID, self.directories, self.world, self.logger) = (localID, directories, world, logger)
        table = Mutex(PartitionTable())
        self.layers = Mutex(layers)
    }

    /// The partitions as of now, by pointer.
    package var partitions: PartitionTable { table.withLock { $0 } }

    package func partition(_ topic: TopicID, _ index: PartitionIndex) -> Partition? {
        partitions.partition(topic, index)
    }
    package func partition(_ name: TopicPartition) -> Partition? { partitions.partition(name.topic, name.partition) }

    // MARK: Changes

    /// Opens what the directories hold of the topics in `image`. Blocks; once, at start.
    package func load(_ image: ClusterImage) throws(DirectoryError) {
        let layers = layers.withLock { $0 }
        let (found, strays) = try directories.load { partition, id in
            guard let topic = image.topics[id], topic.name == partition.topic,
                topic.partition(partition.partition)?.replicas.contains(localID) == true
            else { return nil }
            return settings(of: partition.topic, image, layers)
        }
        for stray in strays {
            logger.log(.warn, "a partition that the cluster does not know is set aside", [LogField("directory", stray)])
        }
        for one in found { report(one) }
    }

    private func report(_ found: LogDirectories.Found) {
        for cut in found.notes.cut {
            logger.log(
                .warn, "a torn tail was cut off",
                [
                    LogField("partition", found.log.partition), LogField("offset", cut.offset),
                    LogField("bytes", cut.bytes),
                ])
        }
        if !found.notes.droppedSegments.isEmpty {
            logger.log(
                .warn, "segments behind a damaged one were dropped",
                [LogField("partition", found.log.partition), LogField("segments", found.notes.droppedSegments.count)])
        }
    }

    /// What holds for a topic; values that cannot be read are left out and reported.
    private func settings(of topic: String, _ image: ClusterImage, _ layers: BrokerLayers) -> TopicSettings? {
        let overrides = image.config(ConfigResource(.topic, topic))
        do throws(SettingError) {
            let (settings, problems) = try TopicSettings.lenient(overrides: overrides, inheriting: layers)
            for problem in problems {
                logger.log(
                    .warn, "a topic's setting is passed over",
                    [LogField("topic", topic), LogField("why", "\(problem)")])
            }
            return settings
        } catch {
            logger.log(
                .error, "a topic's settings cannot be read", [LogField("topic", topic), LogField("why", "\(error)")])
            return nil
        }
    }

    /// Brings the replicas to `image`. Blocks while logs are made; one change at a time, in the order of the log.
    package func apply(_ delta: ClusterDelta, to image: ClusterImage) {
        let changes = LocalChanges(of: localID, in: delta, to: image)
        let layers = layers.withLock { $0 }
        for gone in changes.deleted { delete(gone) }
        let replicas = changes.leaders + changes.followers
        let made = replicas.compactMap { replica -> Partition? in
            let name = TopicPartition(replica.topic, replica.partition)
            guard let old = leaving.withLock({ $0[name] }) else { return place(replica, image, layers) }
            old.pass { [self] _ in
                guard let made = place(replica, image, layers) else { return }
                table.withLock { $0 = $0.adding([made]) }
            }
            return nil
        }
        if !made.isEmpty { table.withLock { $0 = $0.adding(made) } }
        for resource in delta.changedConfigs where resource.kind == .topic {
            applySettings(of: resource.name, image, layers)
        }
    }

    /// The broker's own settings have changed: every topic that inherits from them is looked at again.
    package func apply(_ layers: BrokerLayers, _ image: ClusterImage) {
        self.layers.withLock { $0 = layers }
        for topic in partitions.topics { applySettings(of: topic, image, layers) }
    }

    /// Waits until everything that was handed in at the partitions' gates is done: logs are closed next, and their writers
    /// may not be at them.
    package func settle() async {
        for partition in partitions.all {
            await withUnsafeContinuation { continuation in partition.pass { _ in continuation.resume() } }
        }
    }

    private func applySettings(of topic: String, _ image: ClusterImage, _ layers: BrokerLayers) {
        guard let settings = settings(of: topic, image, layers) else { return }
        for partition in partitions.partitions(of: topic) { partition.pass { $0.log.apply(settings) } }
    }

    /// Hands the state to the replica; gives a new one when there was none.
    private func place(_ replica: LocalChanges.Replica, _ image: ClusterImage, _ layers: BrokerLayers) -> Partition? {
        if let known = partition(replica.topicID, replica.partition) {
            known.adopt(replica.state)
            return nil
        }
        guard let settings = settings(of: replica.topic, image, layers) else { return nil }
        let name = TopicPartition(replica.topic, replica.partition)
        do throws(LogError) {
            let log = try directories.open(
                name, topicID: replica.topicID, wanted: replica.state.directory(of: localID), settings: settings)
            let made = Partition(
                name, topicID: replica.topicID, log: log, state: replica.state, localID: localID, pool: world.diskPool)
            made.adopt(replica.state)
            return made
        } catch {
            logger.log(.error, "a log could not be made", [LogField("partition", name), LogField("why", "\(error)")])
            return nil
        }
    }

    private func delete(_ gone: LocalChanges.Deletion) {
        guard let partition = partition(gone.topicID, gone.partition) else { return }
        table.withLock { $0 = $0.removing(partition) }
        partition.retire()
        leaving.withLock { $0[partition.name] = partition }
        let (directories, world, logger) = (directories, world, logger)
        let delay = Nanoseconds.milliseconds(partition.log.settings.fileDeleteDelayMs)
        // Behind whatever is being appended.
        partition.pass { [self] partition in
            defer { leaving.withLock { $0[partition.name] = nil } }
            do throws(LogError) {
                guard let path = try directories.beginDeletion(of: partition.log) else { return }
                world.loops[0].spawn {
                    await world.loops[0].sleep(for: delay)
                    try? await world.diskPool.perform { () throws(LogError) in try directories.remove(path) }
                }
            } catch {
                logger.log(
                    .error, "a log could not be deleted",
                    [LogField("partition", partition.name), LogField("why", "\(error)")])
            }
        }
    }
}

/// The partitions of a broker at one moment: an immutable value behind a pointer, so that a request looks at one state of
/// things and no lock is held while it does.
package final class PartitionTable: Sendable {
    private let byID: [TopicID: [Partition?]]
    private let idsByName: [String: TopicID]

    init(byID: [TopicID: [Partition?]] = [:], idsByName: [String: TopicID] = [:]) {
        (self.byID, self.idsByName) = (byID, idsByName)
    }

    package func partition(_ topic: TopicID, _ index: PartitionIndex) -> Partition? {
        guard let partitions = byID[topic], partitions.indices.contains(Int(index.rawValue)) else { return nil }
        return partitions[Int(index.rawValue)]
    }

    package func partition(_ topic: String, _ index: PartitionIndex) -> Partition? {
        idsByName[topic].flatMap { partition($0, index) }
    }

    package var topics: [String] { Array(idsByName.keys) }
    package func partitions(of topic: String) -> [Partition] {
        (idsByName[topic].flatMap { byID[$0] } ?? []).compactMap(\.self)
    }

    package var all: [Partition] { byID.values.flatMap { $0.compactMap(\.self) } }

    func adding(_ added: [Partition]) -> PartitionTable {
        var (byID, idsByName) = (byID, idsByName)
        for partition in added {
            let index = Int(partition.name.partition.rawValue)
            var partitions = byID.removeValue(forKey: partition.topicID) ?? []
            while partitions.count <= index { partitions.append(nil) }
            partitions[index] = partition
            byID[partition.topicID] = partitions
            idsByName[partition.name.topic] = partition.topicID
        }
        return PartitionTable(byID: byID, idsByName: idsByName)
    }

    func removing(_ partition: Partition) -> PartitionTable {
        var (byID, idsByName) = (byID, idsByName)
        byID[partition.topicID]?[Int(partition.name.partition.rawValue)] = nil
        if byID[partition.topicID]?.allSatisfy({ $0 == nil }) ?? true {
            byID[partition.topicID] = nil
            if idsByName[partition.name.topic] == partition.topicID { idsByName[partition.name.topic] = nil }
        }
        return PartitionTable(byID: byID, idsByName: idsByName)
    }
}
