import ClusterImage
import Coordination
import CoordinatorHost
import Listener
import Vocabulary
import WireProtocol

extension Broker {
    /// Commits offsets. Topics and partitions that the cluster does not know are refused one by one; the answer names all, in
    /// the order of the request.
    func offsetCommit(_ request: OffsetCommitRequest, _ context: RequestContext) async -> OffsetCommitResponse {
        let image = image
        let usesIDs = context.version >= 10
        var known: [OfTopic<OffsetToCommit>] = []
        var places: [(topic: Int, partitions: [Int])] = []
        var response = OffsetCommitResponse()
        for (place, topic) in request.topics.enumerated() {
            let found = usesIDs ? image.topics[topic.topicId] : image.topic(named: topic.name)
            let unknown: ErrorCode = usesIDs && found == nil ? .unknownTopicId : .unknownTopicOrPartition
            response.topics.append(Self.entry(topic, error: unknown.rawValue))
            let there = topic.partitions.indices.filter { found?.has(topic.partitions[$0].partitionIndex) == true }
            guard let found, !there.isEmpty else { continue }
            places.append((place, there))
            known.append(
                OfTopic(
                    topic: found.name, topicID: found.id,
                    partitions: there.map { Self.offset(topic.partitions[$0]) }))
        }
        guard !known.isEmpty else { return response }
        let errors = await commit(known, of: request, GroupClient(context))
        for (place, errors) in zip(places, errors) {
            for (index, error) in zip(place.partitions, errors) {
                response.topics[place.topic].partitions[index].errorCode = error.code
            }
        }
        return response
    }

    /// What came of each partition.
    private func commit(
        _ topics: [OfTopic<OffsetToCommit>], of request: OffsetCommitRequest, _ client: GroupClient
    ) async -> [[GroupError]] {
        let commit = OffsetsCommit(
            groupID: request.groupId, generation: request.generationIdOrMemberEpoch, memberID: request.memberId,
            instanceID: request.groupInstanceId, retentionTime: request.retentionTimeMs, topics: topics)
        let result = await groups.call(request.groupId) { machine, token, now in
            machine.commitOffsets(commit, from: client, token, now: now)
        }
        let failure: GroupError
        switch result {
        case .success(.offsetsCommitted(let topics)): return topics.map { $0.partitions.map(\.error) }
        case .failure(let error): failure = error
        default: failure = .unknownServerError
        }
        return topics.map { $0.partitions.map { _ in failure } }
    }

    private static func offset(_ partition: OffsetCommitRequest.OffsetCommitRequestPartition) -> OffsetToCommit {
        OffsetToCommit(
            partition: PartitionIndex(partition.partitionIndex), offset: Offset(partition.committedOffset),
            leaderEpoch: LeaderEpoch(partition.committedLeaderEpoch), metadata: partition.committedMetadata)
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
