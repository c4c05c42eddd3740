import Listener
import Quorum
import QuorumNode
import Seams
import Vocabulary
import WireProtocol

extension Broker {
    /// How far the metadata quorum's voters are (KIP-595, KIP-836, KIP-853).
    func describeQuorum(_ request: DescribeQuorumRequest, _ context: RequestContext) async -> DescribeQuorumResponse {
        let quorum = await controller.describe()
        let now = world.clock.wallClock
        var response = DescribeQuorumResponse()
        response.errorMessage = nil
        let isAsked = request.topics.count == 1 && request.topics[0].topicName == "__cluster_metadata"
        guard isAsked, request.topics[0].partitions.map(\.partitionIndex) == [0] else {
            response.topics = request.topics.map(Self.unknown)
            return response
        }
        var topic = DescribeQuorumResponse.TopicData()
        topic.topicName = request.topics[0].topicName
        var partition = DescribeQuorumResponse.PartitionData()
        partition.errorMessage = nil
        partition.leaderId = quorum.leader.rawValue
        partition.leaderEpoch = quorum.epoch.rawValue
        partition.highWatermark = quorum.highWatermark.rawValue
        partition.currentVoters = quorum.voters.voters.map { voter in
            var state = DescribeQuorumResponse.ReplicaState()
            state.replicaId = voter.id.rawValue
            if context.version >= 2 { state.replicaDirectoryId = voter.directoryID }
            state.logEndOffset = voter.id == quorum.leader ? quorum.end.rawValue : -1
            if voter.id == quorum.leader {
                (state.lastFetchTimestamp, state.lastCaughtUpTimestamp) = (now.rawValue, now.rawValue)
            }
            return state
        }
        topic.partitions = [partition]
        response.topics = [topic]
        guard context.version >= 2 else { return response }
        response.nodes = quorum.voters.voters.map { voter in
            var node = DescribeQuorumResponse.Node()
            node.nodeId = voter.id.rawValue
            node.listeners = voter.endpoints.map { endpoint in
                var listener = DescribeQuorumResponse.Listener()
                (listener.name, listener.host, listener.port) = (endpoint.name, endpoint.host, endpoint.port)
                return listener
            }
            return node
        }
        return response
    }

    private static func unknown(_ asked: DescribeQuorumRequest.TopicData) -> DescribeQuorumResponse.TopicData {
        var topic = DescribeQuorumResponse.TopicData()
        topic.topicName = asked.topicName
        topic.partitions = asked.partitions.map { asked in
            var partition = DescribeQuorumResponse.PartitionData()
            partition.partitionIndex = asked.partitionIndex
            partition.errorCode = ErrorCode.unknownTopicOrPartition.rawValue
            partition.errorMessage = nil
            return partition
        }
        return topic
    }
}
