import ClusterImage
import Coordination
import CoordinatorHost
import Listener
import Vocabulary
import WireProtocol

extension Broker {
    /// Committed offsets: of one group up to version 7, of several since (KIP-709), by topic ids from version 10 on.
    func offsetFetch(_ request: OffsetFetchRequest, _ context: RequestContext) async -> OffsetFetchResponse {
        var response = OffsetFetchResponse()
        guard context.version >= 8 else {
            let asked = request.topics.map { $0.map { AskedTopic($0.name, .zero, $0.partitionIndexes) } }
            // Version 0 and 1 cannot say "all": there an empty list is empty.
            let (error, topics) = await fetch(request.groupId, asked, request.requireStable, context)
            response.errorCode = context.version >= 2 ? error.code : 0
            response.topics = topics.map { topic in
                var entry = OffsetFetchResponse.OffsetFetchResponseTopic()
                entry.name = topic.topic
                entry.partitions = topic.partitions.map { Self.plain($0, groupError: error, context.version) }
                return entry
            }
            return response
        }
        for group in request.groups {
            var entry = OffsetFetchResponse.OffsetFetchResponseGroup()
            entry.groupId = group.groupId
            let asked = group.topics.map { $0.map { AskedTopic($0.name, $0.topicId, $0.partitionIndexes) } }
            let (error, topics) = await fetch(group.groupId, asked, request.requireStable, context)
            entry.errorCode = error.code
            if error == .none { entry.topics = topics.map { Self.entry($0) } }
            response.groups.append(entry)
        }
        return response
    }

    private struct AskedTopic: Sendable {
        let name: String
        let id: TopicID
        let partitions: [PartitionIndex]

        init(_ name: String, _ id: TopicID, _ partitions: [Int32]) {
            (self.name, self.id) = (name, id)
            self.partitions = partitions.map { PartitionIndex($0) }
        }
    }

    private func fetch(
        _ group: String, _ asked: [AskedTopic]?, _ requireStable: Bool, _ context: RequestContext
    ) async -> (GroupError, [OfTopic<FetchedOffset>]) {
        let image = image
        let usesIDs = context.version >= 10
        let topics = asked.map { topics in
            topics.map { topic in
                let name = usesIDs ? image.topics[topic.id]?.name ?? "" : topic.name
                let id = usesIDs ? topic.id : image.topicIDs[topic.name] ?? .zero
                return OfTopic(topic: name, topicID: id, partitions: topic.partitions)
            }
        }
        let known = topics?.filter { !$0.topic.isEmpty }
        let fetch = OffsetsFetch(groupID: group, topics: known, requireStable: requireStable && context.version >= 7)
        let result = await groups.call(group) { machine, token, now in machine.fetchOffsets(fetch, token, now: now) }
        let none = { (error: GroupError) in (topics ?? []).map { Self.empty($0, error) } }
        switch result {
        case .success(.offsetsFetched(let answer)):
            guard answer.error == .none else { return (answer.error, none(answer.error)) }
            guard let topics else { return (.none, withIDs(answer.topics, image, usesIDs)) }
            // In the order of the request, with those whose id is not known.
            var rest = answer.topics[...]
            return (
                .none,
                topics.map { topic in
                    topic.topic.isEmpty
                        ? Self.empty(topic, .unknownTopicID) : rest.popFirst() ?? Self.empty(topic, .none)
                }
            )
        case .failure(let error): return (error, none(error))
        default: return (.unknownServerError, none(.unknownServerError))
        }
    }

    /// All offsets of a group: those of topics that are gone have no id to be named by.
    private func withIDs(
        _ topics: [OfTopic<FetchedOffset>], _ image: ClusterImage, _ usesIDs: Bool
    ) -> [OfTopic<FetchedOffset>] {
        guard usesIDs else { return topics }
        return topics.compactMap { topic in
            image.topicIDs[topic.topic].map { OfTopic(topic: topic.topic, topicID: $0, partitions: topic.partitions) }
        }
    }

    private static func empty(_ topic: OfTopic<PartitionIndex>, _ error: GroupError) -> OfTopic<FetchedOffset> {
        OfTopic(
            topic: topic.topic, topicID: topic.topicID,
            partitions: topic.partitions.map { FetchedOffset($0, error) })
    }

    /// Before version 2 there is no error of the group: each partition says it.
    private static func plain(
        _ offset: FetchedOffset, groupError: GroupError, _ version: Int16
    ) -> OffsetFetchResponse.OffsetFetchResponsePartition {
        var entry = OffsetFetchResponse.OffsetFetchResponsePartition()
        entry.partitionIndex = offset.partition.rawValue
        entry.committedOffset = offset.offset.rawValue
        entry.committedLeaderEpoch = offset.leaderEpoch.rawValue
        entry.metadata = offset.metadata
        entry.errorCode = groupError == .none ? offset.error.code : groupError.code
        return entry
    }

    private static func entry(_ topic: OfTopic<FetchedOffset>) -> OffsetFetchResponse.OffsetFetchResponseTopics {
        var entry = OffsetFetchResponse.OffsetFetchResponseTopics()
        (entry.name, entry.topicId) = (topic.topic, topic.topicID)
        entry.partitions = topic.partitions.map { offset in
            var partition = OffsetFetchResponse.OffsetFetchResponsePartitions()
            partition.partitionIndex = offset.partition.rawValue
            partition.committedOffset = offset.offset.rawValue
            partition.committedLeaderEpoch = offset.leaderEpoch.rawValue
            partition.metadata = offset.metadata
            partition.errorCode = offset.error.code
            return partition
        }
        return entry
    }
}
