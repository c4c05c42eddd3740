import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Answers AlterPartition: leaders tell who is in sync with them. Versions below 3 do not name brokers' epochs.
    package func alterPartition(
        _ request: AlterPartitionRequest, version: Int16, image: ClusterImage
    ) -> Decision<AlterPartitionResponse> {
        var response = AlterPartitionResponse()
        guard let sender = image.brokers[BrokerID(request.brokerId)], sender.epoch == request.brokerEpoch else {
            response.errorCode = ErrorCode.staleBrokerEpoch.rawValue
            return Decision(response)
        }
        let view = view(image)
        var records: [VersionedRecord] = []
        var changed: Set<TopicIDPartition> = []
        response.topics = request.topics.map { topic in
            var answer = AlterPartitionResponse.TopicData()
            answer.topicId = topic.topicId
            answer.partitions = topic.partitions.map { partition in
                // After the first change the others in the same request know an old partition epoch.
                let place = TopicIDPartition(topic.topicId, PartitionIndex(partition.partitionIndex))
                var result = AlterPartitionResponse.PartitionData()
                result.partitionIndex = partition.partitionIndex
                do throws(Refusal) {
                    if changed.contains(place) { throw Refusal(.invalidUpdateVersion) }
                    let made = try alter(place, partition, version, from: sender.id, view)
                    if let record = made.record {
                        records.append(record)
                        changed.insert(place)
                    }
                    if made.state.leader != sender.id { throw Refusal(.newLeaderElected) }
                    result.leaderId = made.state.leader.rawValue
                    result.leaderEpoch = made.state.leaderEpoch.rawValue
                    result.isr = made.state.isr.map(\.rawValue)
                    result.leaderRecoveryState = made.state.leaderRecoveryState.rawValue
                    result.partitionEpoch = made.state.partitionEpoch
                } catch { result.errorCode = error.code.rawValue }
                return result
            }
            return answer
        }
        return Decision(response, records: records)
    }

    private func alter(
        _ place: TopicIDPartition, _ wanted: AlterPartitionRequest.PartitionData, _ version: Int16,
        from sender: BrokerID, _ view: ClusterView
    ) throws(Refusal) -> (record: VersionedRecord?, state: PartitionState) {
        guard let topic = view.image.topics[place.topicID] else { throw Refusal(.unknownTopicId) }
        guard let state = topic.partition(place.partition) else { throw Refusal(.unknownTopicOrPartition) }
        try Self.checkEpochs(of: wanted, state, from: sender)
        let isr =
            version >= 3
            ? wanted.newIsrWithEpochs.map { (id: BrokerID($0.brokerId), epoch: $0.brokerEpoch) }
            : wanted.newIsr.map { (id: BrokerID($0), epoch: -1) }
        let recovery = try Self.checkSets(isr.map(\.id), wanted.leaderRecoveryState, state)
        try Self.checkEligible(isr, view.image)
        var change = PartitionChange(state, view.leadership(of: topic), wanted.partitionIndex, view)
        change.isr = isr.map(\.id)
        change.recovery = recovery
        guard let record = change.record(), case .partitionChange(let made) = record.record else {
            return (nil, state)
        }
        // What we made ourselves can be merged: its directories match its replicas.
        guard let merged = try? state.merging(made) else { throw Refusal(.unknownServerError) }
        return (record, merged)
    }

    /// A leader that knows more than we do shows that another node is the controller by now.
    private static func checkEpochs(
        of wanted: AlterPartitionRequest.PartitionData, _ state: PartitionState, from sender: BrokerID
    ) throws(Refusal) {
        if wanted.leaderEpoch > state.leaderEpoch.rawValue || wanted.partitionEpoch > state.partitionEpoch {
            throw Refusal(.notController)
        }
        if wanted.leaderEpoch < state.leaderEpoch.rawValue { throw Refusal(.fencedLeaderEpoch) }
        if sender != state.leader { throw Refusal(.invalidRequest) }
        if wanted.partitionEpoch < state.partitionEpoch { throw Refusal(.invalidUpdateVersion) }
    }

    private static func checkSets(
        _ isr: [BrokerID], _ recovery: Int8, _ state: PartitionState
    ) throws(Refusal) -> LeaderRecoveryState {
        guard Set(isr).count == isr.count, isr.allSatisfy(state.replicas.contains), isr.contains(state.leader),
            let recovery = LeaderRecoveryState(rawValue: recovery)
        else { throw Refusal(.invalidRequest) }
        if recovery == .recovering && (isr.count > 1 || state.leaderRecoveryState == .recovered) {
            throw Refusal(.invalidRequest)
        }
        return recovery
    }

    /// An epoch of -1 is not compared.
    private static func checkEligible(_ isr: [(id: BrokerID, epoch: Int64)], _ image: ClusterImage) throws(Refusal) {
        for member in isr {
            guard let broker = image.brokers[member.id], broker.isActive,
                member.epoch == -1 || member.epoch == broker.epoch
            else { throw Refusal(.ineligibleReplica) }
        }
    }
}
