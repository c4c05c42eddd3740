import Vocabulary

/// One controller's view of the metadata quorum (KIP-595): who leads in which epoch, who has voted for whom, and how far
/// the leader's log is committed. Events go in, effects come out; time is the engine's.
///
/// An only voter goes straight from its start through candidacy to leadership. Votes of others are counted by the same
/// rules; the messages that carry them, and the followers' side, belong to a quorum of several voters.
package struct Quorum: Sendable {
    package enum Role: Sendable, Hashable {
        case unattached
        case candidate(granted: Set<BrokerID>)
        /// `epochStart` is where the leader's first record stands: nothing is committed before that is replicated.
        case leader(epochStart: Offset, ends: [BrokerID: Offset])
    }

    package enum Effect: Sendable, Hashable {
        /// Must be on stable storage before any later effect is acted on.
        case persist(ElectionState)
        /// Ask the other voters for their votes.
        case requestVotes(LeaderEpoch)
        /// Write the LeaderChange record of the epoch, first of all.
        case lead(LeaderEpoch)
    }

    package let localID: BrokerID
    package let localDirectory: UUID128
    package private(set) var voters: VoterSet
    package private(set) var kraftVersion: Int16
    package private(set) var epoch: LeaderEpoch
    package private(set) var role: Role = .unattached
    package private(set) var highWatermark: Offset = .none

    /// `stored` is what was persisted last, `logEpoch` the epoch of the log's last batch: the larger one counts, since a
    /// lost `quorum-state` must not lead to an epoch that was used before.
    package init(
        localID: BrokerID, localDirectory: UUID128, voters: VoterSet, kraftVersion: Int16, stored: ElectionState?,
        logEpoch: LeaderEpoch
    ) {
        (self.localID, self.localDirectory) = (localID, localDirectory)
        (self.voters, self.kraftVersion) = (voters, kraftVersion)
        epoch = max(stored?.epoch ?? 0, logEpoch, 0)
    }

    package var isLeader: Bool { if case .leader = role { true } else { false } }
    package var isVoter: Bool { voters.contains(localID, localDirectory) }

    /// Voters that gave the leader its majority, as its LeaderChange record lists them.
    package private(set) var grantingVoters: [BrokerID] = []

    /// The election timer fired, or the only voter starts.
    package mutating func electionTimedOut() -> [Effect] {
        guard isVoter, !isLeader else { return [] }
        epoch = LeaderEpoch(epoch.rawValue + 1)
        role = .candidate(granted: [localID])
        let vote = state(leader: .none, voted: localID)
        return [.persist(vote)] + (countVotes() ?? [.requestVotes(epoch)])
    }

    /// A voter has answered a request for its vote in `epoch`.
    package mutating func voteGranted(by voter: BrokerID, in epoch: LeaderEpoch) -> [Effect] {
        guard epoch == self.epoch, case .candidate(var granted) = role,
            voters.voters.contains(where: { $0.id == voter })
        else { return [] }
        granted.insert(voter)
        role = .candidate(granted: granted)
        return countVotes() ?? []
    }

    private mutating func countVotes() -> [Effect]? {
        guard case .candidate(let granted) = role, granted.count >= voters.majority else { return nil }
        grantingVoters = granted.sorted()
        role = .leader(epochStart: .none, ends: [:])
        return [.persist(state(leader: localID, voted: .none)), .lead(epoch)]
    }

    private func state(leader: BrokerID, voted: BrokerID) -> ElectionState {
        ElectionState(
            epoch: epoch, leader: leader, voted: voted,
            votedDirectory: voted == localID && kraftVersion > 0 ? localDirectory : .zero,
            staticVoters: kraftVersion == 0 ? voters.voters.map(\.id) : nil)
    }

    /// The leader's first record of its epoch stands at `offset`.
    package mutating func epochBegan(at offset: Offset) {
        guard case .leader(_, let ends) = role else { return }
        role = .leader(epochStart: offset, ends: ends)
    }

    /// A voter's log is on stable storage up to `end`. True if the high watermark rose: it is what a majority has, and only
    /// once that reaches into the leader's own epoch.
    package mutating func replicated(_ voter: BrokerID, to end: Offset) -> Bool {
        guard case .leader(let start, var ends) = role, voters.voters.contains(where: { $0.id == voter }) else {
            return false
        }
        ends[voter] = end
        role = .leader(epochStart: start, ends: ends)
        let sorted = voters.voters.map { ends[$0.id] ?? 0 }.sorted(by: >)
        let common = sorted[voters.majority - 1]
        guard start != .none, common > start, common > highWatermark else { return false }
        highWatermark = common
        return true
    }

    /// A record in the log names other voters or another version: it holds from then on, committed or not.
    package mutating func adopt(voters: VoterSet) { self.voters = voters }
    package mutating func adopt(kraftVersion: Int16) { self.kraftVersion = kraftVersion }
}
