import ClusterImage
import InternalRecords
import Settings
import Vocabulary

/// The rules of an active controller: a request and the newest image go in, records and an answer come out. Nothing is
/// changed here; the records change the image when they are replayed. The next decision must be made with an image that
/// has the records of the last one.
package struct ControllerRules: Sendable {
    package let clusterID: String
    package let nodeID: BrokerID
    /// The settings this controller was started with; topics inherit from them.
    package let layers: BrokerLayers
    /// For topics that are created with -1.
    package let defaultPartitions: Int32
    package let defaultReplicationFactor: Int16
    package let isTopicDeletionEnabled: Bool

    package init(
        clusterID: String, nodeID: BrokerID, layers: BrokerLayers, defaultPartitions: Int32 = 1,
        defaultReplicationFactor: Int16 = 1, isTopicDeletionEnabled: Bool = true
    ) {
        self.clusterID = clusterID
        self.nodeID = nodeID
        self.layers = layers
        self.defaultPartitions = defaultPartitions
        self.defaultReplicationFactor = defaultReplicationFactor
        self.isTopicDeletionEnabled = isTopicDeletionEnabled
    }

    package init(clusterID: String, settings: NodeSettings) {
        // Kafka's types of the two settings are int and short, which was checked when they were read.
        self.init(
            clusterID: clusterID, nodeID: settings.nodeID, layers: settings.layers,
            defaultPartitions: Int32(clamping: settings.topics.partitions),
            defaultReplicationFactor: Int16(clamping: settings.topics.replicationFactor),
            isTopicDeletionEnabled: settings.topics.deleteEnable)
    }

    /// The most records that one request of a user may lead to, and the most partitions that it may create.
    package static let maxRecordsPerRequest = 10_000

    /// What this controller was started with, for a cluster that has not said.
    var defaultMinISR: String { layers.text("min.insync.replicas") ?? "1" }

    /// The image and what is derived from it for one decision.
    func view(_ image: ClusterImage) -> ClusterView {
        let dynamic = layers.replacing(
            dynamicDefault: image.config(.brokers), dynamicBroker: image.config(.broker(nodeID)))
        return ClusterView(image: image, nodeID: nodeID, layers: dynamic.layers)
    }
}
