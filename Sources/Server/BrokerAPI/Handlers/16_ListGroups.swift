import Coordination
import CoordinatorHost
import Listener
import WireProtocol

extension Broker {
    func listGroups(_ request: ListGroupsRequest, _ context: RequestContext) async -> ListGroupsResponse {
        var response = ListGroupsResponse()
        let (states, types) = (request.statesFilter, request.typesFilter)
        switch await groups.askAll({ $0.listGroups(states: states, types: types) }) {
        case .failure(let error): response.errorCode = error.code
        case .success(let listings):
            response.groups = listings.map { group in
                var entry = ListGroupsResponse.ListedGroup()
                (entry.groupId, entry.protocolType) = (group.groupID, group.protocolType)
                (entry.groupState, entry.groupType) = (group.state, group.type)
                return entry
            }
        }
        return response
    }
}
