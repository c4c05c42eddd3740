import Coordination
import CoordinatorHost
import Listener
import WireProtocol

extension Broker {
    func heartbeat(_ request: HeartbeatRequest, _ context: RequestContext) async -> HeartbeatResponse {
        let result = await groups.ask(request.groupId) { machine, now in
            machine.heartbeat(
                groupID: request.groupId, memberID: request.memberId, instanceID: request.groupInstanceId,
                generation: request.generationId, now: now)
        }
        var response = HeartbeatResponse()
        switch result {
        case .success(let error): response.errorCode = error.code
        // While the coordinator loads its members' sessions go on: they are not to be alarmed.
        case .failure(.coordinatorLoadInProgress): response.errorCode = 0
        case .failure(let error): response.errorCode = error.code
        }
        return response
    }
}
