import ClusterImage
import Settings
import Vocabulary

/// An image, and the settings that hold at it.
struct ClusterView {
    let image: ClusterImage
    let layers: BrokerLayers

    /// A cluster has a version from its first records on; what is asked before that gets the least.
    var version: MetadataVersion { image.metadataVersion ?? .minimum }

    private func topicSetting(_ name: String, of topic: String) -> String? {
        image.config(.topic(topic))[name] ?? layers.inherited(byTopic: name)?.text
    }

    /// How many in-sync replicas a topic's partitions need; never more than they have replicas.
    func effectiveMinISR(of topic: TopicImage) -> Int {
        let wanted = topicSetting("min.insync.replicas", of: topic.name).flatMap { Int($0) } ?? 1
        return min(wanted, topic.partitions.first?.replicas.count ?? wanted)
    }

    func allowsUncleanElection(in topic: TopicImage) -> Bool {
        topicSetting("unclean.leader.election.enable", of: topic.name)?.lowercased() == "true"
    }

    /// Where a new replica on a broker goes: into its only directory, or the broker is to choose.
    func defaultDirectory(on broker: BrokerID) -> UUID128 {
        guard let registration = image.brokers[broker] else { return DirectoryID.unassigned }
        switch registration.directories.count {
        case 0: return DirectoryID.migrating
        case 1: return registration.directories[0]
        default: return DirectoryID.unassigned
        }
    }
}
