import Coordination
import CoordinatorHost
import Listener
import Vocabulary
import WireProtocol

/// Which handlers serve groups, and what they have in common.
extension Broker {
    var groupHandlers: [Handler] {
        [
            .task(FindCoordinatorRequest.self) { [self] in await findCoordinator($0, $1) },
            .task(JoinGroupRequest.self) { [self] in await joinGroup($0, $1) },
            .task(SyncGroupRequest.self) { [self] in await syncGroup($0, $1) },
            .task(HeartbeatRequest.self) { [self] in await heartbeat($0, $1) },
            .task(LeaveGroupRequest.self) { [self] in await leaveGroup($0, $1) },
            .task(OffsetCommitRequest.self) { [self] in await offsetCommit($0, $1) },
            .task(OffsetFetchRequest.self) { [self] in await offsetFetch($0, $1) },
            .task(OffsetDeleteRequest.self) { [self] in await offsetDelete($0, $1) },
            .task(DescribeGroupsRequest.self) { [self] in await describeGroups($0, $1) },
            .task(ListGroupsRequest.self) { [self] in await listGroups($0, $1) },
            .task(DeleteGroupsRequest.self) { [self] in await deleteGroups($0, $1) },
        ]
    }
}

extension GroupClient {
    init(_ context: RequestContext) {
        self.init(clientID: context.clientID, host: context.clientHost, apiVersion: context.version)
    }
}

extension Result where Failure == GroupError {
    /// The error of a call that did not reach its group.
    var failure: GroupError? { if case .failure(let error) = self { error } else { nil } }
}
