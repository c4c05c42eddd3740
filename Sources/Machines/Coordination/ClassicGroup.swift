import Bytes
import Vocabulary
import WireProtocol

/// A classic group: its members, its generation, and where it stands in a rebalance.
///
/// Membership is memory: what is written down is each generation's result. After a fail-over the members of the last
/// generation are there again with their sessions new.
struct ClassicGroup: Sendable {
    enum State: String, Sendable {
        case empty = "Empty"
        case preparingRebalance = "PreparingRebalance"
        case completingRebalance = "CompletingRebalance"
        case stable = "Stable"
    }

    let groupID: String
    private(set) var state: State
    private(set) var previousState: State
    private(set) var stateSince: Timestamp
    var generation: Int32
    var protocolType: String?
    var protocolName: String?
    var leader: String?
    private(set) var members: [String: ClassicMember] = [:]
    /// Instance id to member id.
    private(set) var staticMembers: [String: String] = [:]
    /// Given a member id and asked to join with it.
    private(set) var pendingJoin: Set<String> = []
    /// Joined, and did not ask for their assignment yet.
    var pendingSync: Set<String> = []
    /// Of the wait for first members: this step, and what may follow.
    var initialDelay: (step: Int32, remaining: Int32) = (0, 0)
    /// A member came during that wait: it may be prolonged.
    var memberWasAdded = false
    /// What the members subscribe to, as far as it is known.
    private(set) var subscribedTopics: Set<String>?
    /// How many members know each protocol: requests may name a hundred thousand.
    private var supporters: [String: Int] = [:]
    private var nextOrder = 0

    init(groupID: String, now: Timestamp) {
        self.groupID = groupID
        state = .empty
        previousState = .empty
        stateSince = now
        generation = 0
    }

    /// A group as its record tells of it.
    init(groupID: String, _ metadata: GroupMetadata) {
        self.groupID = groupID
        state = metadata.members.isEmpty ? .empty : .stable
        previousState = state
        stateSince = metadata.stateSince
        generation = metadata.generation
        protocolType = metadata.protocolType.isEmpty ? nil : metadata.protocolType
        protocolName = metadata.protocolName
        leader = metadata.leader
        for member in metadata.members {
            add(
                ClassicMember(
                    memberID: member.memberID, instanceID: member.instanceID, clientID: member.clientID,
                    clientHost: member.clientHost, rebalanceTimeout: member.rebalanceTimeout,
                    sessionTimeout: member.sessionTimeout, protocolType: metadata.protocolType,
                    protocols: [GroupProtocol(name: metadata.protocolName ?? "", metadata: member.subscription)],
                    assignment: member.assignment))
        }
        noteSubscriptions()
    }

    // MARK: Members

    /// In the order in which they came.
    var orderedMembers: [ClassicMember] { members.values.sorted { $0.order < $1.order } }
    var isSimple: Bool { protocolType == nil && state == .empty && pendingJoin.isEmpty }
    var isAbandoned: Bool { state == .empty && members.isEmpty && pendingJoin.isEmpty }
    var awaitingJoinCount: Int { members.values.count { $0.awaitingJoin != nil } }
    var hasAllJoined: Bool { pendingJoin.isEmpty && members.values.allSatisfy { $0.awaitingJoin != nil } }
    /// The longest of the members', who may ask for a negative one.
    var rebalanceTimeout: Int32 { members.values.reduce(0) { max($0, $1.rebalanceTimeout) } }
    func isLeader(_ memberID: String) -> Bool { leader == memberID }

    mutating func add(_ added: ClassicMember) {
        var member = added
        member.order = nextOrder
        nextOrder += 1
        if members.isEmpty { protocolType = member.protocolType }
        if leader == nil { leader = member.memberID }
        if let instance = member.instanceID { staticMembers[instance] = member.memberID }
        if let before = members.updateValue(member, forKey: member.memberID) { count(before.protocols, -1) }
        count(member.protocols, 1)
        pendingJoin.remove(member.memberID)
    }

    private mutating func count(_ protocols: [GroupProtocol], _ step: Int) {
        for name in Set(protocols.map(\.name)) {
            let left = supporters[name, default: 0] + step
            supporters[name] = left == 0 ? nil : left
        }
    }

    mutating func addPending(_ memberID: String) { pendingJoin.insert(memberID) }

    mutating func remove(_ memberID: String) {
        if let removed = members.removeValue(forKey: memberID) {
            count(removed.protocols, -1)
            if let instance = removed.instanceID { staticMembers[instance] = nil }
        }
        if leader == memberID { leader = orderedMembers.first?.memberID }
        pendingJoin.remove(memberID)
        pendingSync.remove(memberID)
    }

    /// Not for the protocols, which are counted: see `set`.
    mutating func change(_ memberID: String, _ body: (inout ClassicMember) -> Void) {
        guard members[memberID] != nil else { return }
        body(&members[memberID]!)  // It is there.
    }

    mutating func set(_ protocols: [GroupProtocol], of memberID: String) {
        guard let before = members[memberID]?.protocols, before != protocols else { return }
        count(before, -1)
        count(protocols, 1)
        change(memberID) { $0.protocols = protocols }
    }

    /// Gives a static member a new id, in its place. Requests that wait under the old id are the caller's business. It is not
    /// new any more, as in Kafka: a JoinGroup of its own that is parked keeps it in.
    mutating func rename(instance: String, from old: String, to new: String) {
        guard var member = members.removeValue(forKey: old) else { return }
        (member.memberID, member.isNew) = (new, false)
        members[new] = member
        if leader == old { leader = new }
        if pendingSync.remove(old) != nil { pendingSync.insert(new) }
        staticMembers[instance] = new
    }

    /// The leader stays if it has joined; otherwise the first that has. False when nobody has.
    mutating func electLeader() -> Bool {
        guard let leader else { return false }
        if members[leader]?.awaitingJoin != nil { return true }
        guard let joined = orderedMembers.first(where: { $0.awaitingJoin != nil }) else { return false }
        self.leader = joined.memberID
        return true
    }

    /// Is a request that names these from a member? (KIP-345 for instance ids.)
    func validate(_ memberID: String, _ instanceID: String?) throws(GroupError) {
        if let instanceID {
            guard let known = staticMembers[instanceID] else { throw .unknownMemberID }
            if known != memberID { throw .fencedInstanceID }
        }
        if members[memberID] == nil { throw .unknownMemberID }
    }

    // MARK: Protocols

    func supports(_ type: String, _ protocols: [GroupProtocol]) -> Bool {
        if state == .empty { return !type.isEmpty && !protocols.isEmpty }
        return protocolType == type && protocols.contains { isKnownToAll($0.name) }
    }

    private func isKnownToAll(_ name: String) -> Bool { supporters[name, default: 0] == members.count }

    /// Of the protocols that all members know the one with the most votes; each votes for its first. Ties go to the one
    /// that the earliest member voted for.
    func selectProtocol() -> String? {
        var votes: [String: Int] = [:]
        var inOrder: [String] = []
        for voter in orderedMembers {
            guard let choice = voter.protocols.first(where: { isKnownToAll($0.name) })?.name else { continue }
            if votes.updateValue(votes[choice, default: 0] + 1, forKey: choice) == nil { inOrder.append(choice) }
        }
        let most = votes.values.max()
        return inOrder.first { votes[$0] == most }
    }

    var usesConsumerProtocol: Bool { protocolType == "consumer" }
    func isSubscribed(to topic: String) -> Bool { subscribedTopics?.contains(topic) ?? usesConsumerProtocol }

    private mutating func noteSubscriptions() {
        subscribedTopics = nil
        guard usesConsumerProtocol else { return }
        if members.isEmpty {
            subscribedTopics = []
            return
        }
        guard let protocolName else { return }
        var topics: Set<String> = []
        for member in members.values {
            guard let its = Self.subscription(member.metadata(protocolName)) else { return }
            topics.formUnion(its)
        }
        subscribedTopics = topics
    }

    /// The topics of a consumer's subscription: a version, an array of strings, more that does not matter here.
    private static func subscription(_ bytes: ByteSlice) -> [String]? {
        var reader = WireReader(bytes)
        guard (try? reader.int16()) != nil else { return nil }
        return try? reader.stringArray(false)
    }

    // MARK: States

    mutating func move(to next: State, now: Timestamp) {
        previousState = state
        state = next
        stateSince = now
    }

    mutating func beginGeneration(now: Timestamp) {
        generation = generation == .max ? 1 : generation + 1
        protocolName = members.isEmpty ? nil : selectProtocol()
        noteSubscriptions()
        move(to: members.isEmpty ? .empty : .completingRebalance, now: now)
        pendingSync = []
    }

    // MARK: Told to others

    /// Everyone with what they said of the chosen protocol: for the leader, who shares out the work.
    var joinMembers: [GroupJoinAnswer.Member] {
        orderedMembers.map {
            .init(memberID: $0.memberID, instanceID: $0.instanceID, metadata: $0.metadata(protocolName))
        }
    }

    func joinAnswer(for memberID: String) -> GroupJoinAnswer {
        GroupJoinAnswer(
            generation: generation, protocolType: protocolType, protocolName: protocolName, leader: leader ?? "",
            memberID: memberID, members: isLeader(memberID) ? joinMembers : [])
    }

    /// The group's record, with these assignments.
    func record(_ assignments: [String: ByteSlice]) -> GroupRecord {
        .group(
            groupID,
            GroupMetadata(
                protocolType: protocolType ?? "", generation: generation, protocolName: protocolName, leader: leader,
                stateSince: stateSince,
                members: orderedMembers.map {
                    GroupMetadata.Member(
                        memberID: $0.memberID, instanceID: $0.instanceID, clientID: $0.clientID,
                        clientHost: $0.clientHost, rebalanceTimeout: $0.rebalanceTimeout,
                        sessionTimeout: $0.sessionTimeout, subscription: $0.metadata(protocolName),
                        assignment: assignments[$0.memberID] ?? .empty)
                }))
    }

    var description: GroupDescription {
        let isStable = state == .stable
        return GroupDescription(
            groupID: groupID, state: state.rawValue, protocolType: protocolType ?? "",
            protocolData: isStable ? protocolName ?? "" : "",
            members: orderedMembers.map {
                GroupDescription.Member(
                    memberID: $0.memberID, instanceID: $0.instanceID, clientID: $0.clientID,
                    clientHost: $0.clientHost, metadata: isStable ? $0.metadata(protocolName) : .empty,
                    assignment: $0.assignment)
            })
    }
}
