import ClusterImage
import Coordination
import CoordinatorHost
import Listener
import Settings
import Vocabulary
import WireProtocol

extension Broker {
    /// Which broker coordinates a group: the leader of its partition of `__consumer_offsets`, which is made on first use.
    func findCoordinator(
        _ request: FindCoordinatorRequest, _ context: RequestContext
    ) async -> FindCoordinatorResponse {
        var response = FindCoordinatorResponse()
        response.errorMessage = nil
        let keys = context.version >= 4 ? request.coordinatorKeys : [request.key]
        if request.keyType == 0, image.topicIDs[GroupHost.topic] == nil { await makeTopics([GroupHost.topic], context) }
        let found = keys.map { coordinator(of: $0, type: request.keyType, context) }
        guard context.version < 4 else {
            response.coordinators = found
            return response
        }
        let only = found[0]
        (response.errorCode, response.errorMessage) = (only.errorCode, only.errorMessage)
        (response.nodeId, response.host, response.port) = (only.nodeId, only.host, only.port)
        return response
    }

    private func coordinator(
        of key: String, type: Int8, _ context: RequestContext
    ) -> FindCoordinatorResponse.Coordinator {
        var entry = FindCoordinatorResponse.Coordinator()
        entry.key = key
        entry.errorMessage = nil
        do throws(Refusal) {
            let endpoint = try coordinatorEndpoint(of: key, type: type, context)
            (entry.nodeId, entry.host, entry.port) = (endpoint.nodeId.rawValue, endpoint.host, endpoint.port)
        } catch {
            (entry.nodeId, entry.port) = (-1, -1)
            (entry.errorCode, entry.errorMessage) = (error.code.rawValue, error.message)
        }
        return entry
    }

    private func coordinatorEndpoint(
        of key: String, type: Int8, _ context: RequestContext
    ) throws(Refusal) -> LeaderEndpoint {
        switch type {
        case 0: break
        case 1:
            throw Refusal(.coordinatorNotAvailable, "This release has no transaction coordinator.")
        case 2 where context.version >= 6:
            throw Refusal(.coordinatorNotAvailable, "This release has no share coordinator.")
        default: throw Refusal(.invalidRequest, "Coordinators of type \(type) are not known.")
        }
        guard let topic = image.topic(named: GroupHost.topic), !topic.partitions.isEmpty else {
            throw Refusal(.coordinatorNotAvailable, "\(GroupHost.topic) cannot be made yet.")
        }
        let index = coordinatorPartition(of: key, partitionCount: Int32(topic.partitions.count))
        guard let state = topic.partition(index), state.hasLeader,
            let endpoint = endpoint(of: state.leader, on: context.listener.name, image)
        else { throw Refusal(.coordinatorNotAvailable) }
        return endpoint
    }
}
