import ClusterImage
import Coordination
import CoordinatorHost
import Listener
import Vocabulary
import WireProtocol

extension Broker {
    func offsetDelete(_ request: OffsetDeleteRequest, _ context: RequestContext) async -> OffsetDeleteResponse {
        var response = OffsetDeleteResponse()
        let image = image
        let known = request.topics.filter { image.topicIDs[$0.name] != nil }
        let delete = OffsetsDelete(
            groupID: request.groupId,
            topics: known.map { topic in
                OfTopic(topic: topic.name, partitions: topic.partitions.map { PartitionIndex($0.partitionIndex) })
            })
        let result = await groups.call(request.groupId) { machine, token, now in
            machine.deleteOffsets(delete, token, now: now)
        }
        switch result {
        case .success(.offsetsDeleted(let answer)):
            response.errorCode = answer.error.code
            guard answer.error == .none else { return response }
            var rest = answer.topics[...]
            response.topics = request.topics.map { topic in
                let found = image.topicIDs[topic.name] == nil ? nil : rest.popFirst()
                var entry = OffsetDeleteResponse.OffsetDeleteResponseTopic()
                entry.name = topic.name
                entry.partitions = topic.partitions.enumerated().map { index, asked in
                    var partition = OffsetDeleteResponse.OffsetDeleteResponsePartition()
                    partition.partitionIndex = asked.partitionIndex
                    partition.errorCode =
                        found.map { $0.partitions[index].error.code } ?? ErrorCode.unknownTopicOrPartition.rawValue
                    return partition
                }
                return entry
            }
        case .failure(let error): response.errorCode = error.code
        default: response.errorCode = ErrorCode.unknownServerError.rawValue
        }
        return response
    }
}
