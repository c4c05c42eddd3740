import ClusterImage
import Settings
import Vocabulary

/// An image, and the settings that hold at it.
struct ClusterView {
    let image: ClusterImage
    /// The node that decides.
    let nodeID: BrokerID
    let layers: BrokerLayers
    /// What topics have that say nothing themselves.
    private let inheritedMinISR: Int
    private let inheritsUncleanElection: Bool

    init(image: ClusterImage, nodeID: BrokerID, layers: BrokerLayers) {
        self.image = image
        self.nodeID = nodeID
        self.layers = layers
        inheritedMinISR = Self.minISR(layers.inherited(byTopic: Self.minISRName)?.text) ?? 1
        inheritsUncleanElection = Self.isTrue(layers.inherited(byTopic: Self.uncleanName)?.text)
    }

    private static let minISRName = "min.insync.replicas"
    private static let uncleanName = "unclean.leader.election.enable"
    private static func minISR(_ text: String?) -> Int? { text.flatMap { Int($0) } }
    private static func isTrue(_ text: String?) -> Bool { text?.lowercased() == "true" }

    /// A cluster has a version from its first records on; what is asked before that gets the least.
    var version: MetadataVersion { image.metadataVersion ?? .minimum }

    func leadership(of topic: TopicImage) -> TopicLeadership {
        let own = image.configs[.topic(topic.name)]
        let wanted = Self.minISR(own?[Self.minISRName]) ?? inheritedMinISR
        return TopicLeadership(
            id: topic.id, minISR: min(wanted, topic.partitions.first?.replicas.count ?? wanted),
            allowsUncleanElection: own?[Self.uncleanName].map(Self.isTrue) ?? inheritsUncleanElection)
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

/// What a topic's settings say about who leads its partitions.
struct TopicLeadership {
    let id: TopicID
    /// How many in-sync replicas its partitions need; never more than they have replicas.
    let minISR: Int
    let allowsUncleanElection: Bool
}
