/// One partition of one topic, by name.
package struct TopicPartition: Sendable, Hashable, CustomStringConvertible {
    package let topic: String
    package let partition: PartitionIndex

    package init(_ topic: String, _ partition: PartitionIndex) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic-0`, as Kafka names a partition in logs and its directory on disk.
    package var description: String { "\(topic)-\(partition)" }
}

extension TopicPartition: Comparable {
    package static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        left.topic != right.topic ? left.topic < right.topic : left.partition < right.partition
    }
}

/// One partition of one topic, by the topic's id: what newer requests name.
package struct TopicIDPartition: Sendable, Hashable {
    package let topicID: TopicID
    package let partition: PartitionIndex

    package init(_ topicID: TopicID, _ partition: PartitionIndex) {
        self.topicID = topicID
        self.partition = partition
    }
}
