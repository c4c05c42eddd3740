/// One partition of one topic, by name.
public struct TopicPartition: Sendable, Hashable, CustomStringConvertible {
    public let topic: String
    public let partition: PartitionIndex

    public init(_ topic: String, _ partition: PartitionIndex) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic-0`, as Kafka names a partition in logs and its directory on disk.
    public var description: String { "\(topic)-\(partition)" }
}

extension TopicPartition: Comparable {
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        left.topic != right.topic ? left.topic < right.topic : left.partition < right.partition
    }
}

/// One partition of one topic, by the topic's id: what newer requests name.
public struct TopicIDPartition: Sendable, Hashable {
    public let topicID: TopicID
    public let partition: PartitionIndex

    public init(_ topicID: TopicID, _ partition: PartitionIndex) {
        self.topicID = topicID
        self.partition = partition
    }
}
