import Coordination
import CoordinatorHost
import Listener
import WireProtocol

extension Broker {
    func describeGroups(_ request: DescribeGroupsRequest, _ context: RequestContext) async -> DescribeGroupsResponse {
        var response = DescribeGroupsResponse()
        let version = context.version
        for id in request.groups {
            let result = await groups.ask(id) { machine, _ in machine.describeGroup(id, apiVersion: version) }
            switch result {
            case .success(let description): response.groups.append(Self.entry(description, request, version: version))
            case .failure(let error):
                var entry = DescribeGroupsResponse.DescribedGroup()
                (entry.groupId, entry.errorCode) = (id, error.code)
                response.groups.append(entry)
            }
        }
        return response
    }

    static func entry(
        _ group: GroupDescription, _ request: DescribeGroupsRequest, version: Int16
    ) -> DescribeGroupsResponse.DescribedGroup {
        var entry = DescribeGroupsResponse.DescribedGroup()
        (entry.errorCode, entry.errorMessage) = (group.error.code, group.errorMessage)
        (entry.groupId, entry.groupState) = (group.groupID, group.state)
        (entry.protocolType, entry.protocolData) = (group.protocolType, group.protocolData)
        entry.members = group.members.map { member in
            var made = DescribeGroupsResponse.DescribedGroupMember()
            (made.memberId, made.groupInstanceId) = (member.memberID, member.instanceID)
            (made.clientId, made.clientHost) = (member.clientID, member.clientHost)
            (made.memberMetadata, made.memberAssignment) = (member.metadata, member.assignment)
            return made
        }
        if version >= 3, request.includeAuthorizedOperations, entry.errorCode == 0 {
            entry.authorizedOperations = AuthorizedOperations.group
        }
        return entry
    }
}
