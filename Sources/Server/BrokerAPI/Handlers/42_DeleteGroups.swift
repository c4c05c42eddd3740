import Coordination
import CoordinatorHost
import Listener
import WireProtocol

extension Broker {
    /// Each group by itself: they may have different coordinators. Old groups may have an empty id.
    func deleteGroups(_ request: DeleteGroupsRequest, _ context: RequestContext) async -> DeleteGroupsResponse {
        var response = DeleteGroupsResponse()
        var seen: Set<String> = []
        for id in request.groupsNames where seen.insert(id).inserted {
            var entry = DeleteGroupsResponse.DeletableGroupResult()
            entry.groupId = id
            let result = await groups.call(id) { machine, token, now in
                machine.deleteGroups([id], token, now: now)
            }
            switch result {
            case .success(.groupsDeleted(let groups)): entry.errorCode = groups.first?.error.code ?? 0
            case .failure(let error): entry.errorCode = error.code
            default: entry.errorCode = GroupError.unknownServerError.code
            }
            response.results.append(entry)
        }
        return response
    }
}
