import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

/// Moves of replicas to other brokers (KIP-455): begun here, and finished by `PartitionChange` when an AlterPartition brings
/// the new replicas in sync.
extension ControllerRules {
    /// Answers AlterPartitionReassignments. A partition without a list of replicas stops its move.
    package func alterPartitionReassignments(
        _ request: AlterPartitionReassignmentsRequest, image: ClusterImage
    ) -> Decision<AlterPartitionReassignmentsResponse> {
        let view = view(image)
        var response = AlterPartitionReassignmentsResponse()
        response.errorMessage = nil
        response.allowReplicationFactorChange = request.allowReplicationFactorChange
        var records: [VersionedRecord] = []
        var seen: Set<TopicPartition> = []
        for topic in request.topics {
            var answer = AlterPartitionReassignmentsResponse.ReassignableTopicResponse()
            answer.name = topic.name
            for partition in topic.partitions {
                var result = AlterPartitionReassignmentsResponse.ReassignablePartitionResponse()
                result.partitionIndex = partition.partitionIndex
                result.errorMessage = nil
                do throws(Refusal) {
                    let place = TopicPartition(topic.name, PartitionIndex(partition.partitionIndex))
                    guard seen.insert(place).inserted else {
                        throw Refusal(.invalidRequest, "\(place) is named more than once.")
                    }
                    let record = try reassign(
                        place, partition.replicas, mayChangeFactor: request.allowReplicationFactorChange, view)
                    if let record { records.append(record) }
                } catch {
                    result.errorCode = error.code.rawValue
                    result.errorMessage = error.message
                }
                answer.partitions.append(result)
            }
            response.responses.append(answer)
        }
        if records.count > Self.maxRecordsPerRequest {
            response.responses = []
            response.errorCode = Self.tooManyRecords.code.rawValue
            response.errorMessage = Self.tooManyRecords.message
            return Decision(response, isAtomic: true)
        }
        return Decision(response, records: records, isAtomic: true)
    }

    private func reassign(
        _ place: TopicPartition, _ target: [Int32]?, mayChangeFactor: Bool, _ view: ClusterView
    ) throws(Refusal) -> VersionedRecord? {
        guard let topic = view.image.topic(named: place.topic), let state = topic.partition(place.partition) else {
            throw Refusal(.unknownTopicOrPartition, "Unable to find the partition \(place).")
        }
        let leadership = view.leadership(of: topic)
        var change = PartitionChange(state, leadership, place.partition.rawValue, view)
        guard let target else {
            try Self.cancel(place, &change, allowsUnclean: leadership.allowsUncleanElection)
            return change.record()
        }
        let replicas = target.map { BrokerID($0) }
        try view.checkAssignment(replicas, expecting: nil)
        if !mayChangeFactor { try Self.checkFactor(of: state, replicas) }
        let move = Reassignment(from: state.replicas, to: replicas)
        change.election = .online
        change.replicas = move.replicas
        // What an earlier move is still adding, and is wanted now too, must come in sync as well.
        change.adding = replicas.filter { move.adding.contains($0) || state.addingReplicas.contains($0) }.sorted()
        change.removing = move.removing
        return change.record()
    }

    /// During a move, what it will lead to counts.
    private static func checkFactor(of state: PartitionState, _ target: [BrokerID]) throws(Refusal) {
        let current = state.replicas.count { !state.removingReplicas.contains($0) }
        guard target.count == current else {
            throw Refusal(
                .invalidReplicationFactor,
                "The replication factor is changed from \(current) to \(target.count), which the request does not allow."
            )
        }
    }

    private static func cancel(
        _ place: TopicPartition, _ change: inout PartitionChange, allowsUnclean: Bool
    ) throws(Refusal) {
        let state = change.state
        let move = Reassignment(
            replicas: state.replicas, adding: state.addingReplicas, removing: state.removingReplicas)
        guard move.isInProgress else {
            throw Refusal(.noReassignmentInProgress, "No reassignment of \(place) is in progress.")
        }
        var isr = state.isr.filter { !move.adding.contains($0) }
        if isr.isEmpty {
            guard let first = move.originalReplicas.first else {
                throw Refusal(.invalidReplicaAssignment, "Nothing would be left of \(place).")
            }
            guard allowsUnclean else {
                throw Refusal(
                    .invalidReplicaAssignment,
                    "The assignment of \(place) cannot be reverted: none of the old replicas is in sync, and unclean "
                        + "leader election is not enabled.")
            }
            isr = [first]
        }
        change.isr = isr
        change.replicas = move.originalReplicas
        change.adding = []
        change.removing = []
    }

    /// Answers ListPartitionReassignments from any image; nothing is written.
    package static func listPartitionReassignments(
        _ request: ListPartitionReassignmentsRequest, image: ClusterImage
    ) -> ListPartitionReassignmentsResponse {
        var response = ListPartitionReassignmentsResponse()
        response.errorMessage = nil
        let asked: [(TopicImage, [Int32])]
        if let topics = request.topics {
            asked = topics.compactMap { topic in image.topic(named: topic.name).map { ($0, topic.partitionIndexes) } }
        } else {
            asked = image.topics.values.sorted { $0.name < $1.name }.map { topic in
                (topic, Array(0..<Int32(clamping: topic.partitions.count)))
            }
        }
        for (topic, partitions) in asked {
            var answer = ListPartitionReassignmentsResponse.OngoingTopicReassignment()
            answer.name = topic.name
            answer.partitions = partitions.compactMap { ongoing(topic, $0) }
            if !answer.partitions.isEmpty { response.topics.append(answer) }
        }
        return response
    }

    private static func ongoing(
        _ topic: TopicImage, _ index: Int32
    ) -> ListPartitionReassignmentsResponse.OngoingPartitionReassignment? {
        guard let state = topic.partition(PartitionIndex(index)),
            !state.addingReplicas.isEmpty || !state.removingReplicas.isEmpty
        else { return nil }
        var ongoing = ListPartitionReassignmentsResponse.OngoingPartitionReassignment()
        ongoing.partitionIndex = index
        ongoing.replicas = state.replicas.map(\.rawValue)
        ongoing.addingReplicas = state.addingReplicas.map(\.rawValue)
        ongoing.removingReplicas = state.removingReplicas.map(\.rawValue)
        return ongoing
    }
}
