import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

/// Elections that are asked for, and those that the controller holds by itself from time to time.
extension ControllerRules {
    /// How many partitions one round of `balanceLeaders` and `electUncleanLeaders` changes at most.
    package static let maxElectionsPerRound = 1000

    /// Answers ElectLeaders. Without a list all partitions are meant, and those that need no election stay out of the answer.
    package func electLeaders(_ request: ElectLeadersRequest, image: ClusterImage) -> Decision<ElectLeadersResponse> {
        var response = ElectLeadersResponse()
        guard request.electionType == 0 || request.electionType == 1 else {
            response.errorCode = ErrorCode.invalidRequest.rawValue
            return Decision(response)
        }
        let isUnclean = request.electionType == 1
        let view = view(image)
        var records: [VersionedRecord] = []
        var elected: Set<TopicPartition> = []
        for (topic, partitions) in Self.asked(request, image) {
            var answer = ElectLeadersResponse.ReplicaElectionResult()
            answer.topic = topic
            for index in partitions {
                var result = ElectLeadersResponse.PartitionResult()
                result.partitionId = index
                result.errorMessage = nil
                do throws(Refusal) {
                    let place = TopicPartition(topic, PartitionIndex(index))
                    guard !elected.contains(place) else { throw Refusal(.electionNotNeeded) }
                    records.append(try elect(place, isUnclean: isUnclean, view))
                    elected.insert(place)
                } catch {
                    if request.topicPartitions == nil && error.code == .electionNotNeeded { continue }
                    result.errorCode = error.code.rawValue
                    result.errorMessage = error.message
                }
                answer.partitionResult.append(result)
            }
            response.replicaElectionResults.append(answer)
        }
        if records.count > Self.maxRecordsPerRequest {
            response.replicaElectionResults = []
            response.errorCode = Self.tooManyRecords.code.rawValue
            return Decision(response)
        }
        return Decision(response, records: records)
    }

    private static func asked(_ request: ElectLeadersRequest, _ image: ClusterImage) -> [(String, [Int32])] {
        if let asked = request.topicPartitions { return asked.map { ($0.topic, $0.partitions) } }
        return image.topics.values.sorted { $0.name < $1.name }.map { topic in
            (topic.name, Array(0..<Int32(clamping: topic.partitions.count)))
        }
    }

    private func elect(
        _ place: TopicPartition, isUnclean: Bool, _ view: ClusterView
    ) throws(Refusal) -> VersionedRecord {
        guard let topic = view.image.topic(named: place.topic), let state = topic.partition(place.partition) else {
            throw Refusal(.unknownTopicOrPartition, "No such partition as \(place)")
        }
        if isUnclean ? state.hasLeader : state.leader == state.replicas.first {
            throw Refusal(
                .electionNotNeeded, isUnclean ? "There is a leader." : "The preferred replica leads already.")
        }
        var change = PartitionChange(state, view.leadership(of: topic), place.partition.rawValue, view)
        change.election = isUnclean ? .unclean : .preferred
        guard let record = change.record() else {
            throw isUnclean
                ? Refusal(.eligibleLeadersNotAvailable, "No replica is there that could lead.")
                : Refusal(.preferredLeaderNotAvailable, "The preferred replica is not in sync, or not there.")
        }
        return record
    }

    /// Gives leadership back to preferred replicas that can take it. The answer says whether there may be more to do.
    package func balanceLeaders(image: ClusterImage) -> Decision<Bool> {
        round(image, .preferred) { _, state in state.leader != state.replicas.first }
    }

    /// Elects leaders for partitions that have none, in topics that would rather lose records than stand still.
    package func electUncleanLeaders(image: ClusterImage) -> Decision<Bool> {
        round(image, .unclean) { topic, state in !state.hasLeader && topic.allowsUncleanElection }
    }

    private func round(
        _ image: ClusterImage, _ election: PartitionChange.Election,
        where isWanted: (TopicLeadership, PartitionState) -> Bool
    ) -> Decision<Bool> {
        let view = view(image)
        var records: [VersionedRecord] = []
        for topic in image.topics.values.sorted(by: { $0.id < $1.id }) {
            let leadership = view.leadership(of: topic)
            for (index, state) in topic.partitions.enumerated() where isWanted(leadership, state) {
                if records.count >= Self.maxElectionsPerRound { return Decision(true, records: records) }
                var change = PartitionChange(state, leadership, Int32(clamping: index), view)
                change.election = election
                if let record = change.record() { records.append(record) }
            }
        }
        return Decision(false, records: records)
    }
}
