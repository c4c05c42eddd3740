import Listener
import LogStore
import Replication
import Seams
import Settings
import Vocabulary
import WireProtocol

extension Broker {
    /// Moves the start of logs: -1 is up to the high watermark. Not for topics that are only compacted.
    func deleteRecords(_ request: DeleteRecordsRequest, _ context: RequestContext) async -> DeleteRecordsResponse {
        var response = DeleteRecordsResponse()
        for topic in request.topics {
            var entry = DeleteRecordsResponse.DeleteRecordsTopicResult()
            entry.name = topic.name
            for asked in topic.partitions {
                var partition = DeleteRecordsResponse.DeleteRecordsPartitionResult()
                partition.partitionIndex = asked.partitionIndex
                do throws(Refusal) {
                    let name = TopicPartition(topic.name, PartitionIndex(asked.partitionIndex))
                    partition.lowWatermark = try await deleteRecords(name, before: asked.offset).rawValue
                } catch {
                    partition.lowWatermark = -1
                    partition.errorCode = error.code.rawValue
                }
                entry.partitions.append(partition)
            }
            response.topics.append(entry)
        }
        return response
    }

    private func deleteRecords(_ name: TopicPartition, before offset: Int64) async throws(Refusal) -> Offset {
        if Self.internalTopics.contains(name.topic) { throw Refusal(.invalidTopicException) }
        let partition = try leader(of: name)
        let outcome: Result<Offset, Refusal> = await withUnsafeContinuation { continuation in
            partition.pass { partition in
                continuation.resume(returning: Self.raiseStart(of: partition, to: offset))
            }
        }
        return try outcome.get()
    }

    /// Within the partition's gate.
    private static func raiseStart(of partition: Partition, to offset: Int64) -> Result<Offset, Refusal> {
        let log = partition.log
        // A topic of neither policy keeps all but what is deleted like this.
        guard log.settings.isDeleted || !log.settings.isCompacted else { return .failure(Refusal(.policyViolation)) }
        guard offset >= -1 else { return .failure(Refusal(.offsetOutOfRange)) }
        do throws(LogError) {
            try log.raiseStart(to: offset == -1 ? log.highWatermark : Offset(offset))
            return .success(log.start)
        } catch { return .failure(Refusal(of: error)) }
    }
}
