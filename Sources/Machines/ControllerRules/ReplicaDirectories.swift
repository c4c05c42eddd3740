import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Answers AssignReplicasToDirs: a broker tells in which of its directories replicas are.
    package func assignReplicasToDirs(
        _ request: AssignReplicasToDirsRequest, image: ClusterImage
    ) -> Decision<AssignReplicasToDirsResponse> {
        var response = AssignReplicasToDirsResponse()
        guard image.hasDirectoryAssignment else {
            response.errorCode = ErrorCode.unsupportedVersion.rawValue
            return Decision(response)
        }
        guard let broker = image.brokers[BrokerID(request.brokerId)], broker.epoch == request.brokerEpoch else {
            response.errorCode = ErrorCode.staleBrokerEpoch.rawValue
            return Decision(response)
        }
        let view = view(image)
        var records: [VersionedRecord] = []
        var offline: Set<TopicIDPartition> = []
        response.directories = request.directories.map { directory in
            let isOnline = broker.isOnline(directory.id)
            var answer = AssignReplicasToDirsResponse.DirectoryData()
            answer.id = directory.id
            answer.topics = directory.topics.map { topic in
                var topicAnswer = AssignReplicasToDirsResponse.TopicData()
                topicAnswer.topicId = topic.topicId
                topicAnswer.partitions = topic.partitions.map { partition in
                    let place = TopicIDPartition(topic.topicId, PartitionIndex(partition.partitionIndex))
                    var result = AssignReplicasToDirsResponse.PartitionData()
                    result.partitionIndex = partition.partitionIndex
                    do throws(Refusal) {
                        if let record = try assign(place, directory.id, broker.id, view) { records.append(record) }
                        if !isOnline { offline.insert(place) }
                    } catch { result.errorCode = error.code.rawValue }
                    return result
                }
                return topicAnswer
            }
            return answer
        }
        records += view.replicasOffline(offline, on: broker.id)
        return Decision(response, records: records)
    }

    private func assign(
        _ place: TopicIDPartition, _ directory: UUID128, _ broker: BrokerID, _ view: ClusterView
    ) throws(Refusal) -> VersionedRecord? {
        guard let topic = view.image.topics[place.topicID] else { throw Refusal(.unknownTopicId) }
        guard let state = topic.partition(place.partition) else { throw Refusal(.unknownTopicOrPartition) }
        guard state.replicas.contains(broker) else { throw Refusal(.notLeaderOrFollower) }
        var change = PartitionChange(state, view.leadership(of: topic), place.partition.rawValue, view)
        change.election = .online
        change.directories[broker] = directory
        return change.record()
    }
}
