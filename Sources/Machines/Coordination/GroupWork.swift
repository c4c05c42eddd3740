import Bytes
import Vocabulary

/// A timer of a coordinator. Scheduling one replaces the one of the same name.
package enum GroupTimer: Sendable, Hashable {
    /// A member has not been heard of for its session timeout.
    case heartbeat(groupID: String, memberID: String)
    /// Members had time enough to join.
    case join(groupID: String)
    /// Members had time enough to ask for their assignment.
    case sync(groupID: String)
}

/// What a coordinator wants done. In order.
package enum GroupEffect: Sendable {
    /// Append these to the shard's partition as one batch, then call `appended` or `appendFailed` with the token.
    case append(token: UInt64, [GroupRecord])
    case answer(RequestToken, GroupAnswer)
    case schedule(GroupTimer, milliseconds: Int64)
    case cancel(GroupTimer)
}

/// What follows when records are committed, or could not be written.
enum Continuation: Sendable {
    case nothing
    case newGroup(String)
    case assignment(groupID: String, memberID: String, generation: Int32, [String: ByteSlice])
    case staticMember(StaticReplacement)
    case answer(RequestToken, GroupAnswer)
    case deletion(RequestToken, GroupAnswer, [ClassicGroup])
    /// Of these groups nothing is left.
    case expiry([ClassicGroup])
    case fetch(RequestToken, OffsetsFetch)
}

/// A static member that came back with a new member id while its group was stable.
struct StaticReplacement: Sendable {
    let groupID: String
    let instanceID: String
    let oldMemberID: String
    let newMemberID: String
    /// What the member was before, put back if the change cannot be written.
    let old: ClassicMember
    let leaderBefore: String
    let apiVersion: Int16
    let token: RequestToken
}

/// Records on their way into the log, in the order of the log.
struct PendingWrite: Sendable {
    let token: UInt64
    let records: [GroupRecord]
    let continuation: Continuation
    /// The offset after the last record; nil until appended.
    var end: Offset?
}

/// What one event brings about, shared by the shard and the group that handles it.
struct GroupWork: Sendable {
    var now: Timestamp
    let settings: GroupSettings
    var effects: [GroupEffect] = []
    var pending: [PendingWrite] = []
    private var nextToken: UInt64 = 1

    init(settings: GroupSettings) {
        self.settings = settings
        now = 0
    }

    mutating func append(_ records: [GroupRecord], then continuation: Continuation) {
        let token = nextToken
        nextToken += 1
        pending.append(PendingWrite(token: token, records: records, continuation: continuation))
        if !records.isEmpty { effects.append(.append(token: token, records)) }
    }

    mutating func answer(_ token: RequestToken, _ answer: GroupAnswer) { effects.append(.answer(token, answer)) }
    mutating func schedule(_ timer: GroupTimer, _ milliseconds: Int32) {
        effects.append(.schedule(timer, milliseconds: Int64(milliseconds)))
    }
    mutating func cancel(_ timer: GroupTimer) { effects.append(.cancel(timer)) }
}
