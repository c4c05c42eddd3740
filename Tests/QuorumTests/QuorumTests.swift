import Quorum
import Testing
import Vocabulary

@Suite struct QuorumTests {
    private func voters(_ ids: BrokerID...) -> VoterSet { VoterSet(ids.map { Voter(id: $0, endpoints: []) }) }

    private func quorum(_ voters: VoterSet, stored: ElectionState? = nil, logEpoch: LeaderEpoch = 0) -> Quorum {
        Quorum(
            localID: 1, localDirectory: UUID128(high: 7, low: 7), voters: voters, kraftVersion: 0, stored: stored,
            logEpoch: logEpoch)
    }

    @Test func `an only voter votes for itself and leads, and writes both down first`() {
        var quorum = quorum(voters(1))
        let effects = quorum.electionTimedOut()
        #expect(
            effects == [
                .persist(ElectionState(epoch: 1, leader: .none, voted: 1, staticVoters: [1])),
                .persist(ElectionState(epoch: 1, leader: 1, voted: .none, staticVoters: [1])), .lead(1),
            ])
        #expect(quorum.isLeader && quorum.grantingVoters == [1])
    }

    @Test func `an epoch is never used twice, though quorum-state or the log has lost it`() {
        var stored = quorum(voters(1), stored: ElectionState(epoch: 9), logEpoch: 4)
        _ = stored.electionTimedOut()
        #expect(stored.epoch == 10)
        var logged = quorum(voters(1), stored: nil, logEpoch: 4)
        _ = logged.electionTimedOut()
        #expect(logged.epoch == 5)
    }

    @Test func `of three voters two elect`() {
        var quorum = quorum(voters(1, 2, 3))
        let answer1 = quorum.electionTimedOut().last
        #expect(answer1 == .requestVotes(1))
        #expect(!quorum.isLeader)
        let answer2 = quorum.voteGranted(by: 2, in: 0)
        #expect(answer2 == [], "a vote of an older election")
        let answer3 = quorum.voteGranted(by: 9, in: 1)
        #expect(answer3 == [], "no voter")
        let answer4 = quorum.voteGranted(by: 3, in: 1).last
        #expect(answer4 == .lead(1))
        #expect(quorum.grantingVoters == [1, 3])
        let answer5 = quorum.voteGranted(by: 2, in: 1)
        #expect(answer5 == [], "elected already")
    }

    @Test func `a node that does not vote does not stand`() {
        var quorum = quorum(voters(2, 3))
        let answer6 = quorum.electionTimedOut()
        #expect(answer6 == [])
    }

    @Test func `the high watermark is what a majority has, once that reaches into the leader's epoch`() {
        var quorum = quorum(voters(1, 2, 3))
        _ = quorum.electionTimedOut()
        _ = quorum.voteGranted(by: 2, in: 1)
        quorum.epochBegan(at: 100)
        let answer7 = quorum.replicated(1, to: 101)
        #expect(!answer7)
        let answer8 = quorum.replicated(2, to: 100)
        #expect(!answer8, "its first record is not with a majority yet")
        #expect(quorum.highWatermark == .none)
        let answer9 = quorum.replicated(3, to: 101)
        #expect(answer9)
        #expect(quorum.highWatermark == 101)
        let answer10 = quorum.replicated(2, to: 101)
        #expect(!answer10, "it does not rise twice to the same")
        let answer11 = quorum.replicated(7, to: 500)
        #expect(!answer11, "not a voter")
    }

    @Test func `quorum-state is read and written as Apache Kafka writes it`() throws {
        let fixed =
            #"{"clusterId":"","leaderId":1,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#
        let read = try #require(ElectionState(fixed))
        #expect(read.epoch == 2 && read.leader == 1 && read.voted == .none)
        #expect(ElectionState(epoch: 2, leader: 1, staticVoters: [1]).text == fixed)
        let dynamic =
            #"{"leaderId":1,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
        #expect(ElectionState(dynamic) == ElectionState(epoch: 2, leader: 1))
        #expect(ElectionState(epoch: 2, leader: 1).text == dynamic)
        #expect(ElectionState("{}") == nil)
        #expect(ElectionState("") == nil)
    }

    @Test func `with directory ids a voter is known by both`() {
        let one = UUID128(high: 1, low: 1)
        let set = VoterSet([Voter(id: 1, directoryID: one, endpoints: [])])
        #expect(set.contains(1, one))
        #expect(!set.contains(1, UUID128(high: 2, low: 2)))
        #expect(voters(1).contains(1, one), "without ids the number is enough")
    }
}
