import ClusterImage
import Listener
import LogStore
import Seams
import Settings
import Vocabulary
import WireProtocol

extension Broker {
    /// Brokers, and the topics that are asked for: null is all of them, and in version 0 an empty list is, too. What is
    /// unknown is listed with its error; names that may be made are made on the way, and found by the client's next try.
    func metadata(_ request: MetadataRequest, _ context: RequestContext) async -> MetadataResponse {
        if let refused = Self.refused(request, version: context.version) { return refused }
        let image = image
        var response = MetadataResponse()
        response.clusterId = identity.clusterID
        let alive = image.aliveBrokers
        response.brokers = alive.compactMap { broker in
            guard let endpoint = broker.endpoint(on: context.listener.name) else { return nil }
            var entry = MetadataResponse.MetadataResponseBroker()
            (entry.nodeId, entry.host, entry.port) = (broker.id.rawValue, endpoint.host, Int32(endpoint.port))
            entry.rack = broker.rack
            return entry
        }
        // Clients are not told who the controller is: any broker forwards for them.
        response.controllerId = alive.isEmpty ? -1 : alive[world.chance.below(alive.count)].id.rawValue
        let isAll = request.topics.map { context.version == 0 && $0.isEmpty } ?? true
        if isAll {
            response.topics = image.topics.values.sorted { $0.name < $1.name }.map { entry($0, image, context) }
        } else {
            let asked = Self.once(request.topics ?? [])
            let missing = asked.compactMap { topic in
                topic.topicId == .zero ? topic.name.flatMap { image.topicIDs[$0] == nil ? $0 : nil } : nil
            }
            let mayMake = request.allowAutoTopicCreation || context.version < 4
            if !missing.isEmpty, mayMake, settings.topics.autoCreate { await makeTopics(missing, context) }
            response.topics = asked.map { entry($0, image, context, mayMake: mayMake) }
        }
        Self.fillOperations(of: &response, request, version: context.version)
        return response
    }

    /// Versions 10 and 11 have ids and null names in their form, but no broker takes them: everything is refused.
    static func refused(_ request: MetadataRequest, version: Int16) -> MetadataResponse? {
        guard version < 12, let topics = request.topics,
            topics.contains(where: { $0.name == nil || $0.topicId != .zero })
        else { return nil }
        var response = MetadataResponse()
        response.topics = topics.map { topic in
            var entry = MetadataResponse.MetadataResponseTopic()
            (entry.name, entry.topicId) = (topic.name ?? "", topic.topicId)
            entry.errorCode = ErrorCode.invalidRequest.rawValue
            return entry
        }
        return response
    }

    /// Each topic once, where it is mentioned first: a request of a megabyte could else ask for gigabytes. Beside ids
    /// names do not count, as in Kafka.
    static func once(_ topics: [MetadataRequest.MetadataRequestTopic]) -> [MetadataRequest.MetadataRequestTopic] {
        var ids: Set<UUID128> = []
        var names: Set<String?> = []
        let byID = topics.filter { $0.topicId != .zero && ids.insert($0.topicId).inserted }
        return byID.isEmpty ? topics.filter { names.insert($0.name).inserted } : byID
    }

    /// From version 11 on, those of the cluster are DescribeCluster's. An id that nobody knows has none.
    static func fillOperations(of response: inout MetadataResponse, _ request: MetadataRequest, version: Int16) {
        if (8...10).contains(version), request.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AuthorizedOperations.cluster
        }
        guard version >= 8, request.includeTopicAuthorizedOperations else { return }
        for index in response.topics.indices
        where response.topics[index].errorCode != ErrorCode.unknownTopicId.rawValue {
            response.topics[index].topicAuthorizedOperations = AuthorizedOperations.topic
        }
    }

    private func entry(
        _ asked: MetadataRequest.MetadataRequestTopic, _ image: ClusterImage, _ context: RequestContext, mayMake: Bool
    ) -> MetadataResponse.MetadataResponseTopic {
        let isByID = asked.topicId != .zero
        if let topic = isByID ? image.topics[asked.topicId] : asked.name.flatMap({ image.topic(named: $0) }) {
            return entry(topic, image, context)
        }
        var entry = MetadataResponse.MetadataResponseTopic()
        entry.topicId = asked.topicId
        // From version 12 on a name may be null, which is right for an id that nobody knows.
        entry.name = isByID && context.version >= 12 ? nil : asked.name ?? ""
        entry.errorCode =
            isByID ? ErrorCode.unknownTopicId.rawValue : code(ofMissing: asked.name ?? "", mayMake).rawValue
        entry.isInternal = asked.name.map(Self.internalTopics.contains) ?? false
        return entry
    }

    private func code(ofMissing name: String, _ mayMake: Bool) -> ErrorCode {
        TopicName.isValid(name) ? .unknownTopicOrPartition : .invalidTopicException
    }

    private func entry(
        _ topic: TopicImage, _ image: ClusterImage, _ context: RequestContext
    ) -> MetadataResponse.MetadataResponseTopic {
        var entry = MetadataResponse.MetadataResponseTopic()
        (entry.name, entry.topicId) = (topic.name, topic.id)
        entry.isInternal = Self.internalTopics.contains(topic.name)
        entry.partitions = topic.partitions.enumerated().map { index, state in
            partition(Int32(truncatingIfNeeded: index), state, image, context)
        }
        return entry
    }

    func partition(
        _ index: Int32, _ state: PartitionState, _ image: ClusterImage, _ context: RequestContext
    ) -> MetadataResponse.MetadataResponsePartition {
        var entry = MetadataResponse.MetadataResponsePartition()
        entry.partitionIndex = index
        entry.leaderEpoch = state.leaderEpoch.rawValue
        entry.replicaNodes = state.replicas.map(\.rawValue)
        entry.isrNodes = state.isr.map(\.rawValue)
        entry.offlineReplicas = state.replicas.filter { id in
            guard let broker = image.brokers[id], !broker.isFenced else { return true }
            return !broker.isOnline(state.directory(of: id))
        }.map(\.rawValue)
        let leader = state.hasLeader ? image.brokers[state.leader] : nil
        if leader?.isFenced != false {
            entry.errorCode = ErrorCode.leaderNotAvailable.rawValue
            entry.leaderId = -1
        } else if leader?.endpoint(on: context.listener.name) == nil {
            entry.errorCode = (context.version >= 6 ? ErrorCode.listenerNotFound : .leaderNotAvailable).rawValue
            entry.leaderId = -1
        } else {
            entry.leaderId = state.leader.rawValue
        }
        return entry
    }
}

/// Kafka's rule for topic names.
enum TopicName {
    static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= 249, name != ".", name != ".." else { return false }
        return bytes.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 46
                || byte == 95 || byte == 45
        }
    }
}
