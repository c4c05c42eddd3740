import Listener
import LogStore
import Replication
import Vocabulary
import WireProtocol

extension Broker {
    /// Where an epoch ends in our log, so that a consumer can tell whether its position was truncated away (KIP-320).
    func offsetForLeaderEpoch(
        _ request: OffsetForLeaderEpochRequest, _ context: RequestContext
    ) -> OffsetForLeaderEpochResponse {
        var response = OffsetForLeaderEpochResponse()
        response.topics = request.topics.map { topic in
            var entry = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult()
            entry.topic = topic.topic
            entry.partitions = topic.partitions.map { asked in
                var partition = OffsetForLeaderEpochResponse.EpochEndOffset()
                partition.partition = asked.partition
                do throws(Refusal) {
                    let name = TopicPartition(topic.topic, PartitionIndex(asked.partition))
                    let leader = try leader(of: name, epoch: LeaderEpoch(asked.currentLeaderEpoch))
                    let (epoch, end) = leader.log.end(of: LeaderEpoch(asked.leaderEpoch))
                    partition.leaderEpoch = epoch.rawValue
                    partition.endOffset = end.rawValue
                } catch { partition.errorCode = error.code.rawValue }
                return partition
            }
            return entry
        }
        return response
    }
}
