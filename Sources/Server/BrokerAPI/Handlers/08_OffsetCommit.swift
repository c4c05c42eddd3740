import ClusterImage
import Coordination
import CoordinatorHost
import Listener
import Vocabulary
import WireProtocol

extension Broker {
    /// Commits offsets. Topics that the cluster does not know are refused one by one; the answer names all, in the order of
    /// the request.
    func offsetCommit(_ request: OffsetCommitRequest, _ context: RequestContext) async -> OffsetCommitResponse {
        let image = image
        let usesIDs = context.version >= 10
        var known: [OfTopic<OffsetToCommit>] = []
        var places: [Int] = []
        var response = OffsetCommitResponse()
        for (place, topic) in request.topics.enumerated() {
            let found = usesIDs ? image.topics[topic.topicId] : image.topic(named: topic.name)
            let unknown: ErrorCode = usesIDs ? .unknownTopicId : .unknownTopicOrPartition
            response.topics.append(Self.entry(topic, error: found == nil ? unknown.rawValue : 0))
            guard let found else { continue }
            places.append(place)
            known.append(
                OfTopic(
                    topic: found.name, topicID: found.id,
                    partitions: topic.partitions.map {
                        OffsetToCommit(
                            partition: PartitionIndex($0.partitionIndex), offset: Offset($0.committedOffset),
                            leaderEpoch: LeaderEpoch($0.committedLeaderEpoch), metadata: $0.committedMetadata)
                    }))
        }
        guard !known.isEmpty || request.topics.isEmpty else { return response }
        let commit = OffsetsCommit(
            groupID: request.groupId, generation: request.generationIdOrMemberEpoch, memberID: request.memberId,
            instanceID: request.groupInstanceId, retentionTime: request.retentionTimeMs, topics: known)
        let client = GroupClient(context)
        switch await groups.call(
            request.groupId,
            { machine, token, now in
                machine.commitOffsets(commit, from: client, token, now: now)
            })
        {
        case .success(.offsetsCommitted(let topics)):
            for (place, topic) in zip(places, topics) {
                response.topics[place].partitions = topic.partitions.map {
                    Self.entry($0.partition.rawValue, error: $0.error.code)
                }
            }
        case .failure(let error): fail(&response, places, error)
        default: fail(&response, places, .unknownServerError)
        }
        return response
    }

    private func fail(_ response: inout OffsetCommitResponse, _ places: [Int], _ error: GroupError) {
        for place in places {
            for index in response.topics[place].partitions.indices {
                response.topics[place].partitions[index].errorCode = error.code
            }
        }
    }

    private static func entry(
        _ topic: OffsetCommitRequest.OffsetCommitRequestTopic, error: Int16
    ) -> OffsetCommitResponse.OffsetCommitResponseTopic {
        var entry = OffsetCommitResponse.OffsetCommitResponseTopic()
        (entry.name, entry.topicId) = (topic.name, topic.topicId)
        entry.partitions = topic.partitions.map { Self.entry($0.partitionIndex, error: error) }
        return entry
    }

    private static func entry(_ index: Int32, error: Int16) -> OffsetCommitResponse.OffsetCommitResponsePartition {
        var entry = OffsetCommitResponse.OffsetCommitResponsePartition()
        (entry.partitionIndex, entry.errorCode) = (index, error)
        return entry
    }
}
