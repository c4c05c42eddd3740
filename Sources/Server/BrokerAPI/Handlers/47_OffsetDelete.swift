import ClusterImage
import Coordination
import CoordinatorHost
import Listener
import Vocabulary
import WireProtocol

extension Broker {
    /// Partitions that the cluster does not know are refused one by one; the answer names all, in the order of the request.
    func offsetDelete(_ request: OffsetDeleteRequest, _ context: RequestContext) async -> OffsetDeleteResponse {
        let image = image
        let known = request.topics.compactMap { topic -> OfTopic<PartitionIndex>? in
            guard let found = image.topic(named: topic.name) else { return nil }
            let there = topic.partitions.map(\.partitionIndex).filter { found.has($0) }
            return there.isEmpty ? nil : OfTopic(topic: topic.name, partitions: there.map { PartitionIndex($0) })
        }
        // Also with nothing left: whether there is such a group is told first.
        let delete = OffsetsDelete(groupID: request.groupId, topics: known)
        let result = await groups.call(request.groupId) { machine, token, now in
            machine.deleteOffsets(delete, token, now: now)
        }
        var response = OffsetDeleteResponse()
        switch result {
        case .success(.offsetsDeleted(let answer)):
            guard answer.error == .none else {
                response.errorCode = answer.error.code
                return response
            }
            let errors = answer.topics.flatMap { topic in
                topic.partitions.map { (TopicPartition(topic.topic, $0.partition), $0.error) }
            }
            return Self.answer(request, Dictionary(errors, uniquingKeysWith: { first, _ in first }))
        case .failure(let error): response.errorCode = error.code
        default: response.errorCode = ErrorCode.unknownServerError.rawValue
        }
        return response
    }

    private static func answer(
        _ request: OffsetDeleteRequest, _ errors: [TopicPartition: GroupError]
    ) -> OffsetDeleteResponse {
        var response = OffsetDeleteResponse()
        response.topics = request.topics.map { topic in
            var entry = OffsetDeleteResponse.OffsetDeleteResponseTopic()
            entry.name = topic.name
            entry.partitions = topic.partitions.map { asked in
                var partition = OffsetDeleteResponse.OffsetDeleteResponsePartition()
                partition.partitionIndex = asked.partitionIndex
                let place = TopicPartition(topic.name, PartitionIndex(asked.partitionIndex))
                partition.errorCode = errors[place]?.code ?? ErrorCode.unknownTopicOrPartition.rawValue
                return partition
            }
            return entry
        }
        return response
    }
}
