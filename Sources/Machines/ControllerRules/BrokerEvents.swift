import ClusterImage
import InternalRecords
import Vocabulary

/// What happens to partitions when a broker comes, goes or loses a directory. Each function gives the records in the order
/// in which they must be written; partitions follow each other by topic id and number.
extension ClusterView {
    /// The partitions for which `isAffected` holds, with the change that `target` asks for, if it leads to one.
    func changes(
        where isAffected: (PartitionState) -> Bool, isActive: @escaping (BrokerID) -> Bool,
        _ target: (inout PartitionChange) -> Void
    ) -> [VersionedRecord] {
        var affected: [TopicImage] = []
        for topic in image.topics.values where topic.partitions.contains(where: isAffected) { affected.append(topic) }
        affected.sort { $0.id < $1.id }
        var records: [VersionedRecord] = []
        for topic in affected {
            let leadership = leadership(of: topic)
            for (index, state) in topic.partitions.enumerated() where isAffected(state) {
                var change = PartitionChange(state, leadership, Int32(clamping: index), self, isActive: isActive)
                target(&change)
                if let record = change.record() { records.append(record) }
            }
        }
        return records
    }

    /// Takes a broker out of all in-sync sets, and out of leadership.
    private func removals(of broker: BrokerID, where isAffected: (PartitionState) -> Bool) -> [VersionedRecord] {
        let image = image
        return changes(where: isAffected, isActive: { $0 != broker && image.isActive($0) }) { change in
            change.isr.removeAll { $0 == broker }
        }
    }

    func fencing(_ broker: BrokerRegistration) -> [VersionedRecord] {
        removals(of: broker.id) { $0.isr.contains(broker.id) } + [broker.change { $0.fenced = 1 }]
    }

    /// Partitions without a leader get one if the broker may lead them. One that has said that it goes may not, until it is
    /// started anew.
    func unfencing(_ broker: BrokerRegistration) -> [VersionedRecord] {
        let image = image
        let elections = changes(
            where: { !$0.hasLeader },
            isActive: { $0 == broker.id ? !broker.isInControlledShutdown : image.isActive($0) }, { _ in })
        return [broker.change { $0.fenced = -1 }] + elections
    }

    func controlledShutdown(_ broker: BrokerRegistration) -> [VersionedRecord] {
        let begins =
            broker.isInControlledShutdown ? [] : [broker.change(version: 1) { $0.inControlledShutdown = 1 }]
        return begins + removals(of: broker.id) { $0.isr.contains(broker.id) }
    }

    /// A new incarnation registers. After a clean stop it has all that the old one had; else, with eligible leader
    /// replicas, it may have lost what made it eligible.
    func restart(of broker: BrokerID, isClean: Bool) -> [VersionedRecord] {
        guard image.isELREnabled && !isClean else { return removals(of: broker) { $0.isr.contains(broker) } }
        let image = image
        return changes(
            where: { $0.isr.contains(broker) || $0.eligibleLeaderReplicas.contains(broker) },
            isActive: { $0 != broker && image.isActive($0) }
        ) { change in
            change.isr.removeAll { $0 == broker }
            change.uncleanlyRestarted = [broker]
        }
    }

    func unregistration(of broker: BrokerRegistration) -> [VersionedRecord] {
        var record = UnregisterBrokerRecord()
        record.brokerId = broker.id.rawValue
        record.brokerEpoch = broker.epoch
        return removals(of: broker.id) {
            $0.isr.contains(broker.id) || $0.eligibleLeaderReplicas.contains(broker.id)
        } + [VersionedRecord(.unregisterBroker(record))]
    }

    /// Directories that were online until now and are not any more.
    func directoriesOffline(_ offline: [UUID128], of broker: BrokerRegistration) -> [VersionedRecord] {
        let lost = Set(broker.directories.filter(offline.contains))
        if lost.isEmpty { return [] }
        let online = broker.directories.filter { !lost.contains($0) }
        let changes = removals(of: broker.id) { state in
            state.replicas.contains(broker.id) && lost.contains(state.directory(of: broker.id))
        }
        return changes + [broker.change(version: 2) { $0.logDirs = online }]
    }
}

extension ClusterView {
    /// Replicas of a broker that are in directories that are not online.
    func replicasOffline(_ places: Set<TopicIDPartition>, on broker: BrokerID) -> [VersionedRecord] {
        let image = image
        return places.sorted { ($0.topicID, $0.partition) < ($1.topicID, $1.partition) }.compactMap { place in
            guard let topic = image.topics[place.topicID], let state = topic.partition(place.partition) else {
                return nil
            }
            var change = PartitionChange(state, leadership(of: topic), place.partition.rawValue, self) {
                $0 != broker && image.isActive($0)
            }
            change.isr.removeAll { $0 == broker }
            return change.record()
        }
    }
}

extension ClusterImage {
    func leadsAny(_ broker: BrokerID) -> Bool {
        topics.values.contains { topic in topic.partitions.contains { $0.leader == broker } }
    }
}

extension BrokerRegistration {
    /// A record that amends the registration.
    func change(
        version: Int16 = 0, _ set: (inout BrokerRegistrationChangeRecord) -> Void
    ) -> VersionedRecord {
        var record = BrokerRegistrationChangeRecord()
        record.brokerId = id.rawValue
        record.brokerEpoch = epoch
        set(&record)
        return VersionedRecord(.brokerRegistrationChange(record), version: version)
    }

    /// nil: the broker has not said. The first time that it does is written down, even if it names none.
    func cordoning(_ directories: [UUID128]?) -> [VersionedRecord] {
        guard let directories, cordonedDirectories.map(Set.init) != Set(directories) else { return [] }
        return [change(version: 3) { $0.cordonedLogDirs = directories }]
    }
}
