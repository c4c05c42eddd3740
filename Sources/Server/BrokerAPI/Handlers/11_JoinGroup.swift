import Bytes
import Coordination
import CoordinatorHost
import Listener
import Seams
import WireProtocol

extension Broker {
    /// Parked until the group's members have gathered.
    func joinGroup(_ request: JoinGroupRequest, _ context: RequestContext) async -> JoinGroupResponse {
        let join = GroupJoin(
            groupID: request.groupId, memberID: request.memberId, instanceID: request.groupInstanceId,
            sessionTimeout: request.sessionTimeoutMs,
            rebalanceTimeout: context.version == 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
            protocolType: request.protocolType,
            // Kept for as long as the group lives: the frame they came in must not be.
            protocols: request.protocols.map { GroupProtocol(name: $0.name, metadata: $0.metadata.compacted()) })
        let (client, random) = (GroupClient(context), world.chance.uuid())
        let result = await groups.call(request.groupId) { machine, token, now in
            machine.join(join, from: client, token, random: random, now: now)
        }
        var answer = GroupJoinAnswer(refusing: request.memberId)
        switch result {
        case .success(.join(let given)): answer = given
        case .failure(let error): answer.error = error
        default: answer.error = .unknownServerError
        }
        return Self.response(answer, version: context.version)
    }

    private static func response(_ answer: GroupJoinAnswer, version: Int16) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = answer.error.code
        response.generationId = answer.generation
        response.protocolType = answer.protocolType
        response.protocolName = version >= 7 ? answer.protocolName : answer.protocolName ?? ""
        response.leader = answer.leader
        response.skipAssignment = version >= 9 && answer.skipAssignment
        response.memberId = answer.memberID
        response.members = answer.members.map { member in
            var entry = JoinGroupResponse.JoinGroupResponseMember()
            entry.memberId = member.memberID
            entry.groupInstanceId = version >= 5 ? member.instanceID : nil
            entry.metadata = member.metadata
            return entry
        }
        return response
    }
}
