import ClusterImage
import InternalRecords
import Vocabulary

/// Works out the record that takes a partition from its state to a wanted one: who leads, who is in sync, which replicas
/// are eligible to lead (KIP-966), whether a reassignment is finished (KIP-455). Set the targets, then ask for `record()`.
struct PartitionChange {
    enum Election {
        /// The current leader if it may go on, else the first replica that may lead.
        case online
        /// The first replica if it may lead.
        case preferred
        /// As online, and when nobody may lead, the first replica that is there: records may be lost.
        case unclean
    }

    let state: PartitionState
    let topicID: TopicID
    let index: Int32
    let version: MetadataVersion
    let isELREnabled: Bool
    let minISR: Int
    /// Whether a broker may lead for all that is not about the partition's sets: it is active and has the directory.
    let isAcceptable: (BrokerID) -> Bool
    let defaultDirectory: (BrokerID) -> UUID128

    var election = Election.online
    var isr: [BrokerID]
    var replicas: [BrokerID]
    var removing: [BrokerID]
    var adding: [BrokerID]
    var recovery: LeaderRecoveryState
    /// Replicas that came back without a clean stop: what they hold cannot be trusted.
    var uncleanlyRestarted: [BrokerID] = []
    /// Where replicas are to be that are not where the state says.
    var directories: [BrokerID: UUID128] = [:]

    private var elr: [BrokerID]
    private var made = PartitionChangeRecord()

    /// `isActive` overrides what the image says about brokers: one that is about to be unfenced, say.
    init(_ state: PartitionState, _ topic: TopicLeadership, _ index: Int32, _ view: ClusterView) {
        self.init(state, topic, index, view, isActive: view.image.isActive)
    }

    init(
        _ state: PartitionState, _ topic: TopicLeadership, _ index: Int32, _ view: ClusterView,
        isActive: @escaping (BrokerID) -> Bool
    ) {
        self.state = state
        topicID = topic.id
        self.index = index
        version = view.version
        isELREnabled = view.image.isELREnabled
        minISR = topic.minISR
        let brokers = view.image.brokers
        isAcceptable = { broker in
            guard isActive(broker), let registration = brokers[broker], state.replicas.contains(broker) else {
                return false
            }
            return registration.isOnline(state.directory(of: broker))
        }
        defaultDirectory = view.defaultDirectory
        isr = state.isr
        replicas = state.replicas
        removing = state.removingReplicas
        adding = state.addingReplicas
        recovery = state.leaderRecoveryState
        elr = state.eligibleLeaderReplicas
        if topic.allowsUncleanElection { election = .unclean }
    }

    /// The change, or nil when there is none.
    func record() -> VersionedRecord? {
        var change = self
        return change.build()
    }

    private mutating func build() -> VersionedRecord? {
        made.topicId = topicID
        made.partitionId = index
        finishReassignment()
        chooseEligible()
        elect()
        bumpLeaderEpochIfReplicaLeft()
        noteEligible()
        noteISR()
        bumpLeaderEpochIfShrunk()
        noteLastKnownLeader()
        noteAssignment()
        if recovery != state.leaderRecoveryState { made.leaderRecoveryState = recovery.rawValue }
        if made.changesNothing { return nil }
        return VersionedRecord(.partitionChange(made), version: version.partitionChangeRecordVersion)
    }

    private mutating func finishReassignment() {
        guard let done = Reassignment(replicas: replicas, adding: adding, removing: removing).finished(isr: isr) else {
            return
        }
        (replicas, isr) = (done.replicas, done.isr)
        removing = []
        adding = []
    }

    /// Below the minimum, whoever leaves the in-sync set still has everything up to the high watermark, which stands still.
    private mutating func chooseEligible() {
        guard isELREnabled else { return }
        if isr.count >= minISR {
            elr = []
        } else {
            let candidates = Set(elr).union(state.isr).subtracting(isr).subtracting(uncleanlyRestarted)
            elr = candidates.sorted()
        }
    }

    // MARK: Election

    private func mayLead(_ replica: BrokerID) -> Bool {
        (isr.contains(replica) || (isr.isEmpty && elr.contains(replica))) && isAcceptable(replica)
    }

    /// The last leader of a partition that lost all in-sync and eligible replicas comes back alone.
    private var lastKnownLeader: BrokerID? {
        guard isELREnabled, isr.isEmpty, elr.isEmpty, state.lastKnownELR.count == 1 else { return nil }
        return isAcceptable(state.lastKnownELR[0]) ? state.lastKnownELR[0] : nil
    }

    private func choose() -> (leader: BrokerID, isUnclean: Bool) {
        if election == .preferred, let first = replicas.first, mayLead(first) { return (first, false) }
        if mayLead(state.leader) { return (state.leader, false) }
        if let next = replicas.first(where: mayLead) { return (next, false) }
        if let last = lastKnownLeader { return (last, true) }
        if election == .unclean, let any = replicas.first(where: isAcceptable) { return (any, true) }
        return (.none, false)
    }

    private mutating func elect() {
        let (leader, isUnclean) = choose()
        guard leader != state.leader else { return }
        if elr.contains(leader) {
            isr = [leader]
            elr.removeAll { $0 == leader }
        }
        made.leader = leader.rawValue
        if isUnclean {
            // What the others have may differ from what the new leader has.
            made.isr = [leader.rawValue]
            if state.leaderRecoveryState != .recovering {
                made.leaderRecoveryState = LeaderRecoveryState.recovering.rawValue
                recovery = .recovering
            }
        }
    }

    private var isLeaderUnchanged: Bool { made.leader == PartitionState.leaderUnchanged }

    /// Naming the leader, even the same one, raises the leader epoch: a replica that left must not be believed any more.
    private mutating func bumpLeaderEpochIfReplicaLeft() {
        guard isLeaderUnchanged, !state.replicas.allSatisfy(replicas.contains) else { return }
        made.leader = state.leader.rawValue
    }

    private mutating func bumpLeaderEpochIfShrunk() {
        guard version.bumpsLeaderEpochOnShrink, isLeaderUnchanged, let isr = made.isr,
            !state.isr.allSatisfy({ isr.contains($0.rawValue) })
        else { return }
        made.leader = state.leader.rawValue
    }

    // MARK: What the record says

    private mutating func noteEligible() {
        // A set in-sync set here means that the election was unclean.
        if made.isr != nil || !isELREnabled { elr = [] }
        if elr != state.eligibleLeaderReplicas { made.eligibleLeaderReplicas = elr.map(\.rawValue) }
    }

    private mutating func noteISR() {
        // Without eligible replicas to fall back on, the last in-sync replica is remembered by leaving it in.
        guard made.isr == nil, !isr.isEmpty || isELREnabled, isr != state.isr else { return }
        made.isr = isr.map(\.rawValue)
    }

    private mutating func noteLastKnownLeader() {
        guard isELREnabled else { return }
        if made.leader == BrokerID.none.rawValue && state.lastKnownELR.isEmpty {
            made.lastKnownElr = [state.leader.rawValue]
        } else if made.leader >= 0 && !state.lastKnownELR.isEmpty {
            made.lastKnownElr = []
        }
    }

    private mutating func noteAssignment() {
        if !replicas.isEmpty {
            if version.hasDirectoryAssignment {
                let target = replicas.map { replica in
                    directories[replica]
                        ?? (state.replicas.contains(replica)
                            ? state.directory(of: replica) : defaultDirectory(replica))
                }
                if target != state.directories || replicas != state.replicas { made.directories = target }
            }
            if replicas != state.replicas { made.replicas = replicas.map(\.rawValue) }
        }
        if removing != state.removingReplicas { made.removingReplicas = removing.map(\.rawValue) }
        if adding != state.addingReplicas { made.addingReplicas = adding.map(\.rawValue) }
    }
}

extension PartitionChangeRecord {
    var changesNothing: Bool {
        isr == nil && leader == PartitionState.leaderUnchanged && replicas == nil && removingReplicas == nil
            && addingReplicas == nil && leaderRecoveryState == -1 && directories == nil
            && eligibleLeaderReplicas == nil && lastKnownElr == nil
    }
}

/// Replicas on the move from one set of brokers to another (KIP-455).
struct Reassignment {
    /// All replicas, old and new.
    let replicas: [BrokerID]
    let adding: [BrokerID]
    let removing: [BrokerID]

    init(replicas: [BrokerID], adding: [BrokerID], removing: [BrokerID]) {
        self.replicas = replicas
        self.adding = adding
        self.removing = removing
    }

    /// From where the replicas are to where they shall be. Those that will go stand at the end.
    init(from current: [BrokerID], to target: [BrokerID]) {
        adding = target.filter { !current.contains($0) }.sorted()
        removing = current.filter { !target.contains($0) }.sorted()
        replicas = target + removing
    }

    var isInProgress: Bool { !adding.isEmpty || !removing.isEmpty }

    /// The replicas before the move.
    var originalReplicas: [BrokerID] { replicas.filter { !adding.contains($0) } }

    /// What is left when the move is done, or nil while it is not: all that are added are in sync, someone in sync stays,
    /// and when there will be fewer replicas, all that stay are in sync.
    func finished(isr: [BrokerID]) -> (replicas: [BrokerID], isr: [BrokerID])? {
        guard isInProgress else { return nil }
        let leftISR = isr.filter { !removing.contains($0) }
        let leftReplicas = replicas.filter { !removing.contains($0) }
        guard !leftISR.isEmpty, !leftReplicas.isEmpty, adding.allSatisfy(leftISR.contains) else { return nil }
        if adding.count < removing.count && !leftReplicas.allSatisfy(leftISR.contains) { return nil }
        return (leftReplicas, leftISR)
    }
}
