import Listener
import LogStore
import ReplicaRules
import Replication
import Vocabulary
import WireProtocol

extension Broker {
    /// The producers that partitions know (KIP-664).
    func describeProducers(
        _ request: DescribeProducersRequest, _ context: RequestContext
    ) async -> DescribeProducersResponse {
        var response = DescribeProducersResponse()
        for topic in request.topics {
            var entry = DescribeProducersResponse.TopicResponse()
            entry.name = topic.name
            for index in topic.partitionIndexes {
                entry.partitions.append(await producers(of: TopicPartition(topic.name, PartitionIndex(index))))
            }
            response.topics.append(entry)
        }
        return response
    }

    private func producers(of name: TopicPartition) async -> DescribeProducersResponse.PartitionResponse {
        var entry = DescribeProducersResponse.PartitionResponse()
        entry.partitionIndex = name.partition.rawValue
        do throws(Refusal) {
            guard TopicName.isValid(name.topic) else { throw Refusal(.invalidTopicException) }
            let partition = try leader(of: name)
            let states = await withUnsafeContinuation { continuation in
                partition.pass { continuation.resume(returning: Array($0.log.producers.states.values)) }
            }
            entry.activeProducers = states.sorted { $0.producerID < $1.producerID }.map(Self.entry)
        } catch {
            entry.errorCode = error.code.rawValue
            entry.errorMessage = error.message
        }
        return entry
    }

    private static func entry(_ state: ReplicaRules.ProducerState) -> DescribeProducersResponse.ProducerState {
        var entry = DescribeProducersResponse.ProducerState()
        entry.producerId = state.producerID.rawValue
        entry.producerEpoch = Int32(state.epoch.rawValue)
        entry.lastSequence = state.lastSequence
        entry.lastTimestamp = state.lastTimestamp.rawValue
        entry.coordinatorEpoch = state.coordinatorEpoch
        entry.currentTxnStartOffset = state.transactionStart?.rawValue ?? -1
        return entry
    }
}
