import ClusterImage
import Listener
import Settings
import Vocabulary
import WireProtocol

extension Broker {
    /// Partitions page by page (KIP-966): at most `max.request.partition.size.limit` an answer, and a cursor to go on from.
    func describeTopicPartitions(
        _ request: DescribeTopicPartitionsRequest, _ context: RequestContext
    ) -> DescribeTopicPartitionsResponse {
        let image = image
        var left = max(1, min(Int(request.responsePartitionLimit), settings.fetch.maxRequestPartitions))
        let isAll = request.topics.isEmpty
        var names = isAll ? image.topicIDs.keys.sorted() : Set(request.topics.map(\.name)).sorted()
        let cursor = request.cursor
        if let cursor { names = names.filter { $0 >= cursor.topicName } }
        var response = DescribeTopicPartitionsResponse()
        for name in names {
            let first = cursor?.topicName == name ? Int(max(0, cursor?.partitionIndex ?? 0)) : 0
            guard left > 0 else {
                response.nextCursor = Self.cursor(name, 0)
                break
            }
            guard let topic = image.topic(named: name) else {
                response.topics.append(Self.missing(name))
                continue
            }
            let end = min(topic.partitions.count, first + left)
            response.topics.append(entry(topic, first..<max(first, end), image, context))
            left -= max(0, end - first)
            if end < topic.partitions.count {
                response.nextCursor = Self.cursor(name, Int32(truncatingIfNeeded: end))
                break
            }
        }
        return response
    }

    private static func cursor(_ name: String, _ index: Int32) -> DescribeTopicPartitionsResponse.Cursor {
        var cursor = DescribeTopicPartitionsResponse.Cursor()
        (cursor.topicName, cursor.partitionIndex) = (name, index)
        return cursor
    }

    private static func missing(_ name: String) -> DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
    {
        var entry = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
        entry.name = name
        let code: ErrorCode = TopicName.isValid(name) ? .unknownTopicOrPartition : .invalidTopicException
        entry.errorCode = code.rawValue
        entry.isInternal = internalTopics.contains(name)
        entry.topicAuthorizedOperations = AuthorizedOperations.topic
        return entry
    }

    private func entry(
        _ topic: TopicImage, _ range: Range<Int>, _ image: ClusterImage, _ context: RequestContext
    ) -> DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic {
        var entry = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
        (entry.name, entry.topicId) = (topic.name, topic.id)
        entry.isInternal = Self.internalTopics.contains(topic.name)
        entry.topicAuthorizedOperations = AuthorizedOperations.topic
        entry.partitions = range.map { index in
            let state = topic.partitions[index]
            let plain = partition(Int32(truncatingIfNeeded: index), state, image, context)
            var partition = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition()
            (partition.errorCode, partition.partitionIndex) = (plain.errorCode, plain.partitionIndex)
            (partition.leaderId, partition.leaderEpoch) = (plain.leaderId, plain.leaderEpoch)
            (partition.replicaNodes, partition.isrNodes) = (plain.replicaNodes, plain.isrNodes)
            partition.offlineReplicas = plain.offlineReplicas
            partition.eligibleLeaderReplicas = state.eligibleLeaderReplicas.map(\.rawValue)
            partition.lastKnownElr = state.lastKnownELR.map(\.rawValue)
            return partition
        }
        return entry
    }
}
