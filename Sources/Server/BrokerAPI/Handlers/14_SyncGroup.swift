import Bytes
import Coordination
import CoordinatorHost
import Listener
import WireProtocol

extension Broker {
    /// Answered when the leader has shared out the work and that is written down.
    func syncGroup(_ request: SyncGroupRequest, _ context: RequestContext) async -> SyncGroupResponse {
        let sync = GroupSync(
            groupID: request.groupId, generation: request.generationId, memberID: request.memberId,
            instanceID: request.groupInstanceId, protocolType: request.protocolType, protocolName: request.protocolName,
            assignments: request.assignments.map { ($0.memberId, $0.assignment.compacted()) })
        var answer = GroupSyncAnswer.empty
        // From version 5 on both are mandatory (KIP-559).
        if context.version >= 5, request.protocolType == nil || request.protocolName == nil {
            answer.error = .inconsistentGroupProtocol
        } else {
            switch await groups.call(request.groupId, { machine, token, now in machine.sync(sync, token, now: now) }) {
            case .success(.sync(let given)): answer = given
            case .failure(let error): answer.error = error
            default: answer.error = .unknownServerError
            }
        }
        var response = SyncGroupResponse()
        response.errorCode = answer.error.code
        if context.version >= 5 {
            (response.protocolType, response.protocolName) = (answer.protocolType, answer.protocolName)
        }
        response.assignment = answer.assignment
        return response
    }
}
