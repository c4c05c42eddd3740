import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Answers CreatePartitions: topics get more partitions, each topic for itself.
    package func createPartitions(
        _ request: CreatePartitionsRequest, image: ClusterImage, using random: inout some RandomNumberGenerator,
        mayAlter: (String) -> Bool = { _ in true }
    ) -> Decision<CreatePartitionsResponse> {
        let counts = Dictionary(request.topics.map { ($0.name, 1) }, uniquingKeysWith: +)
        let view = view(image)
        var response = CreatePartitionsResponse()
        var records: [VersionedRecord] = []
        var answered: Set<String> = []
        for topic in request.topics where answered.insert(topic.name).inserted {
            var result = CreatePartitionsResponse.CreatePartitionsTopicResult()
            result.name = topic.name
            do throws(Refusal) {
                if counts[topic.name] != 1 { throw Refusal(.invalidRequest, "Duplicate topic name.") }
                guard mayAlter(topic.name) else { throw Refusal(.topicAuthorizationFailed) }
                records += try morePartitions(topic, view, limit: Self.maxRecordsPerRequest - records.count, &random)
            } catch {
                result.errorCode = error.code.rawValue
                result.errorMessage = error.message
            }
            response.results.append(result)
        }
        return Decision(response, records: request.validateOnly ? [] : records, isAtomic: true)
    }

    private func morePartitions(
        _ request: CreatePartitionsRequest.CreatePartitionsTopic, _ view: ClusterView, limit: Int,
        _ random: inout some RandomNumberGenerator
    ) throws(Refusal) -> [VersionedRecord] {
        guard let topic = view.image.topic(named: request.name) else {
            throw Refusal(.unknownTopicOrPartition, "There is no topic with this name.")
        }
        let current = topic.partitions.count
        let more = Int(request.count) - current
        guard more != 0 else { throw Refusal(.invalidPartitions, "Topic already has \(current) partition(s).") }
        guard more > 0 else {
            throw Refusal(
                .invalidPartitions,
                "The topic \(request.name) currently has \(current) partition(s); \(request.count) would not be an increase."
            )
        }
        if let assignments = request.assignments, assignments.count != more {
            throw Refusal(
                .invalidReplicaAssignment,
                "Attempted to add \(more) additional partition(s), but \(assignments.count) assignment(s) were specified."
            )
        }
        guard more <= limit else { throw Self.tooManyRecords }
        // All partitions of a topic have as many replicas as the first one.
        let factor = topic.partitions.first?.replicas.count ?? 1
        let states: [PartitionState]
        if let assignments = request.assignments {
            var assigned: [PartitionState] = []
            for (index, assignment) in assignments.enumerated() {
                assigned.append(
                    try view.newPartition(current + index, assignedTo: assignment.brokerIds, expecting: factor))
            }
            states = assigned
        } else {
            var placement = ReplicaPlacement(view.image, using: &random)
            states = try view.newPartitions(
                placedOn: placement.place(partitions: more, replicas: factor, using: &random))
        }
        return states.enumerated().map { index, state in
            state.record(of: topic.id, Int32(clamping: current + index), at: view.version)
        }
    }
}
