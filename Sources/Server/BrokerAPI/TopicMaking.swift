import ClusterImage
import ControllerRules
import Listener
import QuorumNode
import Settings
import Synchronization
import Vocabulary
import WireProtocol

/// Topics that come into being because somebody uses them.
extension Broker {
    /// Asks the controller for the topics; those that are being made already are not asked for again.
    func makeTopics(_ names: [String], _ context: RequestContext) async {
        let wanted = topicsInMaking.withLock { making in
            let fresh = Set(names).subtracting(making).filter(TopicName.isValid)
            making.formUnion(fresh)
            return fresh.sorted()
        }
        guard !wanted.isEmpty else { return }
        defer { topicsInMaking.withLock { $0.subtract(wanted) } }
        var request = CreateTopicsRequest()
        request.topics = wanted.map { topic(named: $0) }
        let asked = request
        _ = try? await controller.decide { turn in
            var random = turn.random
            return turn.rules.createTopics(asked, image: turn.image, using: &random)
        }
    }

    /// The offsets topic has settings of its own; all others have the broker's defaults.
    private func topic(named name: String) -> CreateTopicsRequest.CreatableTopic {
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = name
        (topic.numPartitions, topic.replicationFactor) = (-1, -1)
        guard name == "__consumer_offsets" else { return topic }
        let groups = settings.groups
        topic.numPartitions = Int32(groups.offsetsTopicPartitions)
        topic.replicationFactor = Int16(groups.offsetsTopicReplicationFactor)
        topic.configs = [
            ("cleanup.policy", "compact"), ("compression.type", "producer"),
            ("segment.bytes", String(groups.offsetsTopicSegmentBytes)),
        ].map { name, value in
            var config = CreateTopicsRequest.CreatableTopicConfig()
            (config.name, config.value) = (name, value)
            return config
        }
        return topic
    }
}
