import Bytes
import Vocabulary

// Joining and rebalancing.

extension ClassicGroup {
    /// `newID` is the id that a member without one is given.
    mutating func join(
        _ request: GroupJoin, _ client: GroupClient, _ token: RequestToken, newID: String, _ work: inout GroupWork
    ) {
        guard accepts(request.memberID, work.settings) else {
            remove(request.memberID)
            return work.answer(token, .join(GroupJoinAnswer(error: .groupMaxSizeReached)))
        }
        guard supports(request.protocolType, request.protocols) else {
            return work.answer(
                token, .join(GroupJoinAnswer(error: .inconsistentGroupProtocol, memberID: request.memberID)))
        }
        if request.memberID.isEmpty {
            joinNew(request, client, token, newID: newID, &work)
        } else {
            joinKnown(request, client, token, &work)
        }
    }

    /// Is there room? While members gather only those that already wait count: so the last to rejoin are the ones left out
    /// after the limit was lowered.
    private func accepts(_ memberID: String, _ settings: GroupSettings) -> Bool {
        switch state {
        case .empty: true
        case .preparingRebalance:
            members[memberID]?.awaitingJoin != nil || awaitingJoinCount < settings.maxSize
        case .completingRebalance, .stable: members[memberID] != nil || members.count < settings.maxSize
        }
    }

    private mutating func joinNew(
        _ request: GroupJoin, _ client: GroupClient, _ token: RequestToken, newID: String, _ work: inout GroupWork
    ) {
        if let instance = request.instanceID {
            if let existing = staticMembers[instance] {
                replaceStatic(request, client, token, instance, from: existing, to: newID, &work)
            } else {
                admit(request, client, token, newID, &work)
            }
        } else if client.apiVersion >= 4 {
            // KIP-394: the id first, so that a client that is lost in between leaves no member behind.
            addPending(newID)
            work.schedule(.heartbeat(groupID: groupID, memberID: newID), request.sessionTimeout)
            work.answer(token, .join(GroupJoinAnswer(error: .memberIDRequired, memberID: newID)))
        } else {
            admit(request, client, token, newID, &work)
        }
    }

    private mutating func joinKnown(
        _ request: GroupJoin, _ client: GroupClient, _ token: RequestToken, _ work: inout GroupWork
    ) {
        let id = request.memberID
        if pendingJoin.contains(id) && request.instanceID == nil {
            return admit(request, client, token, id, &work)
        }
        do throws(GroupError) { try validate(id, request.instanceID) } catch {
            return work.answer(token, .join(GroupJoinAnswer(error: error, memberID: id)))
        }
        let isUnchanged = members[id]?.protocols == request.protocols
        switch state {
        case .preparingRebalance: update(request, token, &work)
        case .completingRebalance where isUnchanged, .stable where isUnchanged && !isLeader(id):
            // The first answer was lost, or a follower asks again: the generation stands. (A leader that joins again in a
            // stable group has a reason that only it knows, such as new partitions.)
            work.answer(token, .join(joinAnswer(for: id)))
        case .completingRebalance, .stable: update(request, token, &work)
        case .empty: work.answer(token, .join(GroupJoinAnswer(error: .unknownMemberID, memberID: id)))
        }
    }

    private mutating func admit(
        _ request: GroupJoin, _ client: GroupClient, _ token: RequestToken, _ memberID: String, _ work: inout GroupWork
    ) {
        if state == .preparingRebalance && previousState == .empty { memberWasAdded = true }
        add(
            ClassicMember(
                memberID: memberID, instanceID: request.instanceID, clientID: client.clientID, clientHost: client.host,
                rebalanceTimeout: request.rebalanceTimeout, sessionTimeout: request.sessionTimeout,
                protocolType: request.protocolType, protocols: request.protocols, isNew: true, awaitingJoin: token))
        work.schedule(.heartbeat(groupID: groupID, memberID: memberID), work.settings.newMemberJoinTimeout)
        prepareOrComplete(&work)
    }

    private mutating func update(_ request: GroupJoin, _ token: RequestToken, _ work: inout GroupWork) {
        set(request, on: request.memberID, token, &work)
        prepareOrComplete(&work)
    }

    private mutating func set(
        _ request: GroupJoin, on memberID: String, _ token: RequestToken, _ work: inout GroupWork
    ) {
        // A request that this one supersedes would wait for ever.
        answerJoin(memberID, GroupJoinAnswer(error: .rebalanceInProgress, memberID: memberID), &work)
        set(request.protocols, of: memberID)
        change(memberID) {
            $0.rebalanceTimeout = request.rebalanceTimeout
            $0.sessionTimeout = request.sessionTimeout
            $0.awaitingJoin = token
        }
    }

    // MARK: Static members

    private mutating func replaceStatic(
        _ request: GroupJoin, _ client: GroupClient, _ token: RequestToken, _ instance: String, from old: String,
        to new: String, _ work: inout GroupWork
    ) {
        guard let before = members[old] else { return }
        let leaderBefore = leader ?? ""
        answerJoin(old, GroupJoinAnswer(error: .fencedInstanceID, memberID: old), &work)
        answerSync(old, GroupSyncAnswer(error: .fencedInstanceID), &work)
        rename(instance: instance, from: old, to: new)
        // The old id's timer will find nobody.
        work.schedule(.heartbeat(groupID: groupID, memberID: new), before.sessionTimeout)
        set(request, on: new, token, &work)
        switch state {
        case .stable where selectProtocol() == protocolName:
            let assignments = members.mapValues(\.assignment)
            let replacement = StaticReplacement(
                groupID: groupID, instanceID: instance, oldMemberID: old, newMemberID: new, old: before,
                leaderBefore: leaderBefore, apiVersion: client.apiVersion, token: token)
            work.append([record(assignments)], then: .staticMember(replacement))
        case .stable: prepareOrComplete(&work)
        case .completingRebalance:
            // The leader may be sharing out work to the old id just now.
            prepareRebalance(&work)
        case .preparingRebalance, .empty: completeIfAllJoined(&work)
        }
    }

    /// The new id is written down, or could not be.
    mutating func staticMemberReplaced(
        _ change: StaticReplacement, _ error: GroupError?, _ work: inout GroupWork
    ) {
        let id = change.newMemberID
        guard members[id] != nil else { return }
        if let error {
            set(change.old.protocols, of: id)
            self.change(id) {
                $0.rebalanceTimeout = change.old.rebalanceTimeout
                $0.sessionTimeout = change.old.sessionTimeout
            }
            var answer = joinAnswer(for: "")
            (answer.error, answer.leader) = (error, change.leaderBefore)
            answerJoin(id, answer, &work)
            rename(instance: change.instanceID, from: id, to: change.oldMemberID)
            return work.schedule(
                .heartbeat(groupID: groupID, memberID: change.oldMemberID), change.old.sessionTimeout)
        }
        var answer = joinAnswer(for: id)
        if change.apiVersion >= 9 {
            answer.skipAssignment = isLeader(id)
        } else {
            // An older client that finds itself the leader would share out the work anew: name the old id instead.
            (answer.leader, answer.members) = (change.leaderBefore, [])
        }
        answerJoin(id, answer, &work)
    }

    // MARK: Rebalance

    /// In milliseconds: between two looks for static members, whatever they have asked for.
    private static let leastWait: Int32 = 100

    mutating func prepareOrComplete(_ work: inout GroupWork) {
        if state == .preparingRebalance { completeIfAllJoined(&work) } else { prepareRebalance(&work) }
    }

    /// In a first rebalance only the timer completes: more members may be coming.
    mutating func completeIfAllJoined(_ work: inout GroupWork) {
        if state == .preparingRebalance && previousState != .empty && hasAllJoined { completeJoin(&work) }
    }

    mutating func prepareRebalance(_ work: inout GroupWork) {
        if state == .completingRebalance { dropAssignments(.rebalanceInProgress, &work) }
        pendingSync = []
        work.cancel(.sync(groupID: groupID))
        let isFirst = state == .empty
        if isFirst {
            let delay = work.settings.initialRebalanceDelay
            initialDelay = (delay, max(rebalanceTimeout - max(delay, 0), 0))
            memberWasAdded = false
            work.schedule(.join(groupID: groupID), delay)
        }
        move(to: .preparingRebalance, now: work.now)
        if isFirst { return }
        if hasAllJoined { completeJoin(&work) } else { work.schedule(.join(groupID: groupID), rebalanceTimeout) }
    }

    /// Members had their time to join.
    mutating func joinTimeElapsed(_ work: inout GroupWork) {
        guard state == .preparingRebalance else { return }
        guard previousState == .empty, memberWasAdded, initialDelay.remaining != 0 else { return completeJoin(&work) }
        memberWasAdded = false
        let step = min(work.settings.initialRebalanceDelay, initialDelay.remaining)
        initialDelay = (step, max(initialDelay.remaining - initialDelay.step, 0))
        work.schedule(.join(groupID: groupID), step)
    }

    mutating func completeJoin(_ work: inout GroupWork) {
        work.cancel(.join(groupID: groupID))
        for late in orderedMembers where late.awaitingJoin == nil && late.instanceID == nil {
            remove(late.memberID)
            work.cancel(.heartbeat(groupID: groupID, memberID: late.memberID))
        }
        if !electLeader() && !members.isEmpty {
            // Only static members that are away: wait until their sessions end or one comes. They may have asked for no time.
            return work.schedule(.join(groupID: groupID), max(rebalanceTimeout, Self.leastWait))
        }
        beginGeneration(now: work.now)
        if state == .empty { return work.append([record([:])], then: .nothing) }
        for member in orderedMembers {
            answerJoin(member.memberID, joinAnswer(for: member.memberID), &work)
            restartSession(member.memberID, &work)
            change(member.memberID) { $0.isNew = false }
            pendingSync.insert(member.memberID)
        }
        work.schedule(.sync(groupID: groupID), rebalanceTimeout)
    }

    // MARK: Answers

    mutating func answerJoin(_ memberID: String, _ answer: GroupJoinAnswer, _ work: inout GroupWork) {
        guard let token = members[memberID]?.awaitingJoin else { return }
        change(memberID) { $0.awaitingJoin = nil }
        work.answer(token, .join(answer))
    }

    mutating func answerSync(_ memberID: String, _ answer: GroupSyncAnswer, _ work: inout GroupWork) {
        guard let token = members[memberID]?.awaitingSync else { return }
        change(memberID) { $0.awaitingSync = nil }
        work.answer(token, .sync(answer))
    }

    func restartSession(_ memberID: String, _ work: inout GroupWork) {
        guard let member = members[memberID] else { return }
        work.schedule(.heartbeat(groupID: groupID, memberID: memberID), member.sessionTimeout)
    }
}
