import Coordination
import CoordinatorHost
import Listener
import WireProtocol

extension Broker {
    /// One member up to version 2, several since (KIP-345).
    func leaveGroup(_ request: LeaveGroupRequest, _ context: RequestContext) async -> LeaveGroupResponse {
        let leavers =
            context.version <= 2
            ? [GroupLeaver(memberID: request.memberId)]
            : request.members.map { GroupLeaver(memberID: $0.memberId, instanceID: $0.groupInstanceId) }
        let result = await groups.ask(request.groupId) { machine, now in
            machine.leave(groupID: request.groupId, leavers, now: now)
        }
        var response = LeaveGroupResponse()
        switch result {
        case .failure(let error): response.errorCode = error.code
        case .success(let answer):
            response.errorCode = answer.error.code
            guard context.version >= 3 else {
                // One member: its error is the answer's.
                if answer.error == .none { response.errorCode = answer.members.first?.1.code ?? 0 }
                return response
            }
            response.members = answer.members.map { member, error in
                var entry = LeaveGroupResponse.MemberResponse()
                (entry.memberId, entry.groupInstanceId) = (member.memberID, member.instanceID)
                entry.errorCode = error.code
                return entry
            }
        }
        return response
    }
}
