import Bytes
import Vocabulary

// Sharing out the work, keeping sessions, leaving.

extension ClassicGroup {
    mutating func sync(_ request: GroupSync, _ token: RequestToken, _ work: inout GroupWork) {
        do throws(GroupError) { try validateSync(request) } catch {
            return work.answer(token, .sync(GroupSyncAnswer(error: error)))
        }
        let id = request.memberID
        switch state {
        case .empty: work.answer(token, .sync(GroupSyncAnswer(error: .unknownMemberID)))
        case .preparingRebalance: work.answer(token, .sync(GroupSyncAnswer(error: .rebalanceInProgress)))
        case .stable:
            synced(id, &work)
            work.answer(token, .sync(syncAnswer(for: id)))
        case .completingRebalance:
            answerSync(id, GroupSyncAnswer(error: .rebalanceInProgress), &work)
            change(id) { $0.awaitingSync = token }
            synced(id, &work)
            guard isLeader(id) else { return }
            // The shares are written down before anyone is told.
            let given = Dictionary(request.assignments.map { ($0.memberID, $0.assignment) }, uniquingKeysWith: { $1 })
            let shares = members.mapValues { given[$0.memberID] ?? .empty }
            work.append(
                [record(shares)],
                then: .assignment(groupID: groupID, memberID: id, generation: generation, shares))
        }
    }

    private func validateSync(_ request: GroupSync) throws(GroupError) {
        try validate(request.memberID, request.instanceID)
        if request.generation != generation { throw .illegalGeneration }
        if let type = request.protocolType, type != protocolType { throw .inconsistentGroupProtocol }
        if let name = request.protocolName, name != protocolName { throw .inconsistentGroupProtocol }
    }

    private mutating func synced(_ memberID: String, _ work: inout GroupWork) {
        pendingSync.remove(memberID)
        if pendingSync.isEmpty { work.cancel(.sync(groupID: groupID)) }
    }

    private func syncAnswer(for memberID: String) -> GroupSyncAnswer {
        GroupSyncAnswer(
            protocolType: protocolType, protocolName: protocolName,
            assignment: members[memberID]?.assignment ?? .empty)
    }

    /// The leader's shares are written down, or could not be. Nothing if the group has moved on meanwhile.
    mutating func assignmentWritten(
        _ shares: [String: ByteSlice], generation written: Int32, _ error: GroupError?, _ work: inout GroupWork
    ) {
        guard state == .completingRebalance, written == generation else { return }
        if let error {
            dropAssignments(error, &work)
            return prepareOrComplete(&work)
        }
        for member in orderedMembers {
            change(member.memberID) { $0.assignment = shares[member.memberID] ?? .empty }
            let isWaiting = member.awaitingSync != nil
            answerSync(member.memberID, syncAnswer(for: member.memberID), &work)
            if isWaiting { restartSession(member.memberID, &work) }
        }
        move(to: .stable, now: work.now)
    }

    mutating func dropAssignments(_ error: GroupError, _ work: inout GroupWork) {
        for member in orderedMembers {
            change(member.memberID) { $0.assignment = .empty }
            guard member.awaitingSync != nil else { continue }
            answerSync(member.memberID, GroupSyncAnswer(error: error), &work)
            restartSession(member.memberID, &work)
        }
    }

    /// Members had their time to ask for their assignment: who did not is out.
    mutating func syncTimeElapsed(_ work: inout GroupWork) {
        guard state == .completingRebalance || state == .stable, !pendingSync.isEmpty else { return }
        for missing in pendingSync.sorted() {
            remove(missing)
            work.cancel(.heartbeat(groupID: groupID, memberID: missing))
        }
        prepareRebalance(&work)
    }

    // MARK: Sessions

    func heartbeat(_ memberID: String, _ instanceID: String?, generation: Int32, _ work: inout GroupWork) -> GroupError
    {
        do throws(GroupError) { try validate(memberID, instanceID) } catch { return error }
        if generation != self.generation { return .illegalGeneration }
        if state == .empty { return .unknownMemberID }
        restartSession(memberID, &work)
        return state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    mutating func sessionEnded(_ memberID: String, _ work: inout GroupWork) {
        if pendingJoin.contains(memberID) {
            remove(memberID)
            if state == .preparingRebalance && previousState != .empty && hasAllJoined { completeJoin(&work) }
            return
        }
        guard let member = members[memberID], !member.hasSatisfiedHeartbeat else { return }
        // Its JoinGroup may still be parked: the client, if it lives, shall try again.
        answerJoin(memberID, GroupJoinAnswer(error: .unknownMemberID), &work)
        remove(memberID)
        switch state {
        case .stable, .completingRebalance: prepareOrComplete(&work)
        case .preparingRebalance: if hasAllJoined { completeJoin(&work) }
        case .empty: break
        }
    }

    // MARK: Leaving

    mutating func leave(_ leavers: [GroupLeaver], _ work: inout GroupWork) -> GroupLeaveAnswer {
        var answer = GroupLeaveAnswer()
        for leaver in leavers { answer.members.append((leaver, leave(leaver, &work))) }
        if answer.members.contains(where: { $0.1 == .none }) {
            switch state {
            case .stable, .completingRebalance: prepareOrComplete(&work)
            case .preparingRebalance: completeIfAllJoined(&work)
            case .empty: break
            }
        }
        return answer
    }

    private mutating func leave(_ leaver: GroupLeaver, _ work: inout GroupWork) -> GroupError {
        var memberID = leaver.memberID
        if memberID.isEmpty {
            // By an administrator, who knows the instance only.
            guard let instance = leaver.instanceID, let known = staticMembers[instance] else { return .unknownMemberID }
            memberID = known
        } else if !pendingJoin.contains(memberID) {
            do throws(GroupError) { try validate(memberID, leaver.instanceID) } catch { return error }
        }
        work.cancel(.heartbeat(groupID: groupID, memberID: memberID))
        answerJoin(memberID, GroupJoinAnswer(error: .unknownMemberID), &work)
        answerSync(memberID, GroupSyncAnswer(error: .unknownMemberID), &work)
        remove(memberID)
        return .none
    }

    // MARK: Offsets

    func validateCommit(_ request: OffsetsCommit) throws(GroupError) {
        if request.generation < 0 && state == .empty { return }
        if request.generation >= 0 || !request.memberID.isEmpty || request.instanceID != nil {
            try validate(request.memberID, request.instanceID)
            if request.generation != generation { throw .illegalGeneration }
        } else if state != .empty {
            throw .unknownMemberID
        }
        if state == .completingRebalance { throw .rebalanceInProgress }
    }

    /// From when on an offset's age counts; nil while it does not age.
    func agesFrom(_ offset: CommittedOffset) -> Timestamp? {
        guard protocolType != nil else { return offset.committedAt }
        if state == .empty { return stateSince == .none ? offset.committedAt : stateSince }
        return usesConsumerProtocol && subscribedTopics != nil && state == .stable ? offset.committedAt : nil
    }

    /// The shard is led elsewhere: everyone who waits is sent there.
    mutating func unload(_ work: inout GroupWork) {
        for member in orderedMembers {
            answerJoin(member.memberID, GroupJoinAnswer(error: .notCoordinator, memberID: member.memberID), &work)
            answerSync(member.memberID, GroupSyncAnswer(error: .notCoordinator), &work)
            work.cancel(.heartbeat(groupID: groupID, memberID: member.memberID))
        }
        for pending in pendingJoin.sorted() { work.cancel(.heartbeat(groupID: groupID, memberID: pending)) }
        work.cancel(.join(groupID: groupID))
        work.cancel(.sync(groupID: groupID))
    }
}
