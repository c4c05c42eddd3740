import Bytes
import Coordination
import Testing
import Vocabulary

struct ClassicGroupTests {
    @Test func `a member without an id is given one and joins with it`() {
        let shard = GroupShard()
        let answer = shard.joined(shard.join())
        #expect(answer?.error == .memberIDRequired)
        #expect(answer?.memberID == "client-00000000-0000-0001-0102-030405060708")
        // The new group is written down.
        #expect(shard.log.count == 1)
    }

    @Test func `before version 4 a member joins without an id`() {
        let shard = GroupShard()
        let token = shard.join(version: 3)
        #expect(shard.joined(token) == nil)
        shard.pass(3_000)
        #expect(shard.joined(token)?.error == GroupError.none)
        #expect(shard.joined(token)?.generation == 1)
    }

    @Test func `an unknown member id and a missing group are refused`() {
        let shard = GroupShard()
        #expect(shard.joined(shard.join("ghost"))?.error == .unknownMemberID)
        _ = shard.newMember()
        #expect(shard.joined(shard.join("ghost"))?.error == .unknownMemberID)
        #expect(shard.joined(shard.join(group: ""))?.error == .invalidGroupID)
        #expect(shard.joined(shard.join(session: 5_999))?.error == .invalidSessionTimeout)
        #expect(shard.joined(shard.join(session: 1_800_001))?.error == .invalidSessionTimeout)
    }

    @Test func `the first rebalance waits for members, the first is leader and alone sees all`() {
        let shard = GroupShard()
        let (a, joinA) = shard.newMember()
        shard.pass(2_000)
        let (b, joinB) = shard.newMember()
        // A member came, so the wait is prolonged once more.
        shard.pass(1_500)
        #expect(shard.joined(joinA) == nil)
        shard.pass(3_000)
        #expect(shard.joined(joinA)?.leader == a)
        #expect(shard.joined(joinA)?.members.map(\.memberID) == [a, b])
        #expect(shard.joined(joinB)?.leader == a)
        #expect(shard.joined(joinB)?.members == [])
        #expect(shard.joined(joinB)?.protocolName == "range")
        #expect(shard.joined(joinB)?.protocolType == "consumer")
        #expect(shard.state == "CompletingRebalance")
    }

    @Test func `the assignment is told only when it is written down`() {
        let shard = GroupShard()
        let (a, _) = shard.newMember()
        shard.pass(3_000)
        shard.commits = false
        let token = shard.sync(a, generation: 1, [(a, "mine")])
        #expect(shard.synced(token) == nil)
        #expect(shard.state == "CompletingRebalance")
        shard.commitAll()
        #expect(shard.synced(token)?.assignment.text == "mine")
        #expect(shard.state == "Stable")
    }

    @Test func `an assignment that cannot be written is an error for all who wait, and they rebalance`() {
        let shard = GroupShard()
        let (a, _) = shard.newMember()
        shard.pass(3_000)
        shard.failure = .notAvailable
        let token = shard.sync(a, generation: 1, [(a, "mine")])
        #expect(shard.synced(token)?.error == .coordinatorNotAvailable)
        #expect(shard.state == "PreparingRebalance")
    }

    @Test func `each member gets its own assignment and later asks again`() {
        let shard = GroupShard()
        let (a, b) = shard.stablePair()
        #expect(shard.state == "Stable")
        #expect(shard.synced(shard.sync(b, generation: 1))?.assignment.text == "for b")
        #expect(shard.synced(shard.sync(a, generation: 2))?.error == .illegalGeneration)
        #expect(shard.synced(shard.sync("ghost", generation: 1))?.error == .unknownMemberID)
    }

    @Test func `heartbeats are answered by the state of the group`() {
        let shard = GroupShard()
        let (a, joinA) = shard.newMember()
        shard.pass(3_000)
        #expect(shard.joined(joinA)?.generation == 1)
        // Not REBALANCE_IN_PROGRESS, or clients would join in a loop.
        #expect(shard.heartbeat(a, generation: 1) == GroupError.none)
        _ = shard.sync(a, generation: 1, [(a, "x")])
        #expect(shard.heartbeat(a, generation: 1) == GroupError.none)
        #expect(shard.heartbeat(a, generation: 0) == .illegalGeneration)
        #expect(shard.heartbeat("ghost", generation: 1) == .unknownMemberID)
        _ = shard.newMember()
        #expect(shard.heartbeat(a, generation: 1) == .rebalanceInProgress)
    }

    @Test func `a member that is not heard of for its session is out and the others rebalance`() {
        let shard = GroupShard()
        let (a, b) = shard.stablePair()
        shard.pass(8_000)
        #expect(shard.heartbeat(b, generation: 1) == GroupError.none)
        shard.pass(4_000)
        #expect(shard.state == "PreparingRebalance")
        #expect(shard.heartbeat(a, generation: 1) == .unknownMemberID)
        #expect(shard.heartbeat(b, generation: 1) == .rebalanceInProgress)
        let again = shard.join(b)
        #expect(shard.joined(again)?.generation == 2)
        #expect(shard.joined(again)?.leader == b)
    }

    @Test func `a follower that joins unchanged keeps the generation, a leader starts a rebalance`() {
        let shard = GroupShard()
        let (a, b) = shard.stablePair()
        #expect(shard.joined(shard.join(b))?.generation == 1)
        #expect(shard.state == "Stable")
        let token = shard.join(a)
        #expect(shard.joined(token) == nil)
        #expect(shard.state == "PreparingRebalance")
        _ = shard.join(b)
        #expect(shard.joined(token)?.generation == 2)
    }

    @Test func `dynamic members that do not join again in time are out`() {
        let shard = GroupShard()
        let (a, b) = shard.stablePair()
        let token = shard.join(a)
        // The follower keeps its session but never joins.
        for _ in 0..<9 {
            shard.pass(6_900)
            _ = shard.heartbeat(b, generation: 1)
        }
        #expect(shard.joined(token)?.generation == 2)
        #expect(shard.joined(token)?.members.map(\.memberID) == [a])
        #expect(shard.heartbeat(b, generation: 1) == .unknownMemberID)
    }

    @Test func `members that never ask for their assignment are out`() {
        let shard = GroupShard()
        let (a, _) = shard.newMember()
        let (b, _) = shard.newMember()
        shard.pass(6_000)
        for _ in 0..<10 {
            shard.pass(6_500)
            _ = shard.heartbeat(a, generation: 1)
            _ = shard.heartbeat(b, generation: 1)
        }
        #expect(shard.heartbeat(a, generation: 1) == .unknownMemberID)
        #expect(shard.state != "CompletingRebalance")
    }

    @Test func `the protocol is the one that all know and most prefer`() {
        let shard = GroupShard()
        let (_, first) = shard.newMember(protocols: ["sticky", "range"])
        _ = shard.newMember(protocols: ["range", "sticky", "mine"])
        _ = shard.newMember(protocols: ["range", "sticky"])
        let stranger = shard.join(protocols: ["mine"])
        #expect(shard.joined(stranger)?.error == .inconsistentGroupProtocol)
        #expect(shard.joined(shard.join(type: "connect"))?.error == .inconsistentGroupProtocol)
        shard.pass(10_000)
        #expect(shard.joined(first)?.protocolName == "range")
    }

    @Test func `a group that is full takes nobody more`() {
        var settings = GroupSettings()
        settings.maxSize = 2
        let shard = GroupShard(settings)
        _ = shard.stablePair()
        #expect(shard.joined(shard.join())?.error == .groupMaxSizeReached)
    }

    @Test func `leaving starts a rebalance, and the last leaves an empty group that is written down`() {
        let shard = GroupShard()
        let (a, b) = shard.stablePair()
        let answer = shard.leave([GroupLeaver(memberID: a), GroupLeaver(memberID: "ghost")])
        #expect(answer.members.map(\.1) == [.none, .unknownMemberID])
        #expect(shard.state == "PreparingRebalance")
        _ = shard.leave([GroupLeaver(memberID: b)])
        #expect(shard.state == "Empty")
        guard case .group(_, let written) = shard.log.last else { Issue.record("no record"); return }
        #expect(written.generation == 2)
        #expect(written.members.isEmpty)
        #expect(written.protocolType == "consumer")
    }

    @Test func `a static member that comes back takes its place without a rebalance`() {
        let shard = GroupShard()
        let first = shard.join(instance: "one")
        shard.pass(3_000)
        let old = shard.joined(first)?.memberID ?? ""
        #expect(old.hasPrefix("one-"))
        _ = shard.sync(old, generation: 1, instance: "one", [(old, "x")])
        let back = shard.join(instance: "one")
        let answer = shard.joined(back)
        #expect(answer?.generation == 1)
        #expect(answer?.skipAssignment == true)
        #expect(answer?.memberID != old)
        #expect(answer?.leader == answer?.memberID)
        #expect(shard.state == "Stable")
        #expect(shard.heartbeat(old, generation: 1, instance: "one") == .fencedInstanceID)
        #expect(
            shard.synced(shard.sync(answer?.memberID ?? "", generation: 1, instance: "one"))?.assignment.text == "x")
        // An older client is told the old leader, so that it does not share out anew.
        let older = shard.join(instance: "one", version: 8)
        #expect(shard.joined(older)?.leader == answer?.memberID)
        #expect(shard.joined(older)?.skipAssignment == false)
    }

    @Test func `an administrator removes a static member by its instance`() {
        let shard = GroupShard()
        let first = shard.join(instance: "one")
        shard.pass(3_000)
        #expect(shard.joined(first)?.generation == 1)
        let answer = shard.leave([
            GroupLeaver(memberID: "", instanceID: "one"), GroupLeaver(memberID: "", instanceID: "two"),
        ])
        #expect(answer.members.map(\.1) == [.none, .unknownMemberID])
        #expect(shard.state == "Empty")
    }

    @Test func `a group is described with metadata only when stable`() {
        let shard = GroupShard()
        let (a, _) = shard.stablePair()
        let description = shard.machine.describeGroup("g", apiVersion: 6)
        #expect(description.protocolData == "range")
        #expect(description.members.map(\.memberID).first == a)
        #expect(description.members.first?.assignment.text == "for a")
        #expect(shard.machine.describeGroup("none", apiVersion: 6).error == .groupIDNotFound)
        #expect(shard.machine.describeGroup("none", apiVersion: 5).error == GroupError.none)
        #expect(shard.machine.describeGroup("none", apiVersion: 5).state == "Dead")
        #expect(shard.machine.listGroups(states: ["stable"], types: ["Classic"]).map(\.groupID) == ["g"])
        #expect(shard.machine.listGroups(states: ["Empty"], types: []).isEmpty)
        #expect(shard.machine.listGroups(states: [], types: ["consumer"]).isEmpty)
    }

    @Test func `after a fail-over the group is there with its members`() {
        let shard = GroupShard()
        let (a, b) = shard.stablePair()
        _ = shard.commit(5, member: a, generation: 1)
        let next = GroupShard()
        for (place, record) in shard.log.enumerated() { next.machine.load(record, at: Offset(Int64(place))) }
        next.machine.loaded(now: next.now)
        next.settle()
        #expect(next.state == "Stable")
        #expect(next.heartbeat(a, generation: 1) == GroupError.none)
        #expect(next.fetched(next.fetch())?.offset == 5)
        next.pass(9_000)
        _ = next.heartbeat(a, generation: 1)
        next.pass(2_000)
        #expect(next.heartbeat(b, generation: 1) == .unknownMemberID)
    }

    @Test func `when the shard is led elsewhere who waits is told`() {
        let shard = GroupShard()
        let (_, token) = shard.newMember()
        shard.machine.unload(now: shard.now)
        shard.settle()
        #expect(shard.joined(token)?.error == .notCoordinator)
        #expect(shard.timers.isEmpty)
    }

    // MARK: Hostile and odd requests

    @Test(arguments: [Int32.min, -100_000_000, -1, 0])
    func `a rebalance timeout below zero is none`(_ timeout: Int32) {
        let shard = GroupShard()
        let (_, token) = shard.newMember(rebalance: timeout)
        shard.pass(3_000)
        #expect(shard.joined(token)?.generation == 1)
        #expect(shard.timers.values.allSatisfy { $0 >= shard.now })
        // It had no time to ask for its assignment; the group takes others.
        let (b, again) = shard.newMember()
        shard.pass(3_000)
        #expect(shard.joined(again)?.leader == b)
    }

    @Test func `static members that are away and asked for no time do not keep the timer busy`() {
        let shard = GroupShard()
        let s = shard.join("", instance: "s", session: 1_800_000, rebalance: -1)
        let (d, _) = shard.newMember()
        shard.pass(3_000)
        guard let id = shard.joined(s)?.memberID else { return #expect(Bool(false), "no member") }
        _ = shard.sync(id, generation: 1, [(id, "x"), (d, "y")])
        _ = shard.sync(d, generation: 1)
        _ = shard.leave([GroupLeaver(memberID: d)])
        let before = shard.fired
        shard.pass(10_000)
        #expect(shard.fired - before <= 101)
    }

    @Test func `members with a hundred thousand protocols each are matched in the time that reading them takes`() {
        let shard = GroupShard()
        let names = (0..<100_000).map { "a\($0)" }
        _ = shard.newMember(protocols: names)
        #expect(shard.joined(shard.join("", protocols: names.map { "b" + $0 }))?.error == .inconsistentGroupProtocol)
        let (_, last) = shard.newMember(protocols: names.reversed())
        shard.pass(6_000)
        #expect(shard.joined(last)?.protocolName == "a0")
    }

    @Test func `protocols that a member no longer knows do not count`() {
        let shard = GroupShard()
        let (a, _) = shard.newMember(protocols: ["range", "sticky"])
        let (b, _) = shard.newMember(protocols: ["range", "sticky"])
        shard.pass(6_000)
        _ = shard.join(a, protocols: ["sticky"])
        let again = shard.join(b, protocols: ["range", "sticky"])
        #expect(shard.joined(again)?.protocolName == "sticky")
        #expect(shard.joined(shard.join("", protocols: ["range"]))?.error == .inconsistentGroupProtocol)
    }

    @Test func `a static member that comes back in its first rebalance stays in it beyond its session`() {
        let shard = GroupShard()
        let (a, _) = shard.newMember(session: 60_000)
        shard.pass(3_000)
        _ = shard.sync(a, generation: 1, [(a, "x")])
        _ = shard.join("", instance: "b", session: 6_000)
        let again = shard.join("", instance: "b", session: 6_000)
        shard.pass(7_000)
        #expect(shard.joined(again) == nil)
        _ = shard.join(a)
        #expect(shard.joined(again)?.generation == 2)
    }
}
