import Vocabulary

/// The sessions of one shard (an event loop's): incremental fetches by KIP-227.
///
/// A fetch is `begin`, which says what to read, then the reading, then `finish`, which says what the response names. Ids
/// are drawn from the shard's own range, so a session id tells its shard, and one from elsewhere is not found: the client
/// then makes a new session, as after any eviction. All times are milliseconds of one clock.
package struct FetchSessionCache: Sendable {
    /// Sessions this shard may hold: its part of `max.incremental.fetch.session.cache.slots`.
    package let slots: Int
    /// `min.incremental.fetch.session.eviction.ms`: a session not used for longer may be evicted by any other.
    package let evictionTime: Int64
    private let ids: Range<Int32>
    private var sessions: [Int32: FetchSession] = [:]
    /// Sessions evicted so far, for the metric IncrementalFetchSessionEvictionsPerSec.
    package private(set) var evictions = 0

    /// Shard number `shard` of `shards`; `slots` are those of all together.
    package init(slots: Int, evictionTime: Int64 = 120_000, shard: Int = 0, of shards: Int = 1) {
        precondition(shards > 0 && shard >= 0 && shard < shards)
        self.slots = slots / shards
        self.evictionTime = evictionTime
        let range = Int32.max / Int32(shards)
        ids = max(1, Int32(shard) * range)..<(Int32(shard) + 1) * range
    }

    package var sessionCount: Int { sessions.count }
    /// For the metric NumIncrementalFetchPartitionsCached.
    package var partitionCount: Int { sessions.values.reduce(0) { $0 + $1.count } }

    // MARK: Begin

    /// What a fetch has to read. `nameOf` resolves the ids of topics whose name the session does not know yet.
    package mutating func begin(
        _ request: FetchSessionRequest, now: Int64, nameOf: (TopicID) -> String?
    ) throws(FetchSessionError) -> FetchContext {
        let isFull =
            request.sessionEpoch == FetchSessionEpoch.initial || request.sessionEpoch == FetchSessionEpoch.final
        guard isFull else { return try beginIncremental(request, now: now, nameOf) }
        // A full request ends the session that it names.
        if request.sessionID != 0 { sessions[request.sessionID] = nil }
        let targets = Self.distinct(request.targets)
        return request.sessionEpoch == FetchSessionEpoch.final
            ? FetchContext(.sessionless, targets)
            : FetchContext(.full(isFollower: request.isFollower, usesTopicIDs: request.usesTopicIDs), targets)
    }

    private mutating func beginIncremental(
        _ request: FetchSessionRequest, now: Int64, _ nameOf: (TopicID) -> String?
    ) throws(FetchSessionError) -> FetchContext {
        let id = request.sessionID
        guard var session = sessions[id] else { throw .sessionIDNotFound }
        guard session.epoch == request.sessionEpoch else { throw .invalidSessionEpoch }
        guard session.usesTopicIDs == request.usesTopicIDs else { throw .topicIDError }
        // The dictionary lets go of its copy, so that the session is changed in place.
        sessions[id] = nil
        for target in request.targets { session.put(target) }
        for key in request.forgotten { session.forget(key) }
        if session.isEmpty { return FetchContext(.sessionless, Self.distinct(request.targets)) }
        session.lastUsedAt = now
        session.epoch = FetchSessionEpoch.next(after: session.epoch)
        let targets = session.targets(nameOf)
        let epoch = session.epoch
        sessions[id] = session
        return FetchContext(.incremental(sessionID: id, epoch: epoch), targets)
    }

    /// A partition that is named twice is fetched once: in its first place, as it was asked for last.
    private static func distinct(_ targets: [FetchTarget]) -> [FetchTarget] {
        if targets.count < 2 { return targets }
        if targets.count <= 32 {
            var hasTwins = false
            for (index, target) in targets.enumerated() where !hasTwins {
                // Numbers first: names are compared only when those agree.
                hasTwins = targets[..<index].contains {
                    $0.partition == target.partition && $0.topicID == target.topicID && $0.key == target.key
                }
            }
            if !hasTwins { return targets }
        }
        var places: [FetchKey: Int] = [:]
        var found: [FetchTarget] = []
        for target in targets {
            if let place = places[target.key] {
                found[place] = target
            } else {
                places[target.key] = found.count
                found.append(target)
            }
        }
        return found
    }

    // MARK: Finish

    /// What to answer. `outcomes` are those of `context.targets`, in their order; `random` draws the id of a new session.
    package mutating func finish(
        _ context: FetchContext, _ outcomes: [FetchOutcome], now: Int64, random: () -> UInt64
    ) -> FetchSessionAnswer {
        precondition(outcomes.count == context.targets.count)
        switch context.kind {
        case .sessionless: return FetchSessionAnswer(sessionID: 0, named: Array(outcomes.indices))
        case .full(let isFollower, let usesTopicIDs):
            let id = makeSession(
                context, outcomes, isPrivileged: isFollower, usesTopicIDs: usesTopicIDs, now: now, random)
            return FetchSessionAnswer(sessionID: id, named: Array(outcomes.indices))
        case .incremental(let id, let epoch):
            guard var session = sessions[id] else {
                // Evicted while it was read: this answer still counts, the next request will not find the session.
                return FetchSessionAnswer(sessionID: id, named: Array(outcomes.indices))
            }
            guard session.epoch == epoch else {
                // A second request of this session overtook this one.
                return FetchSessionAnswer(error: .invalidSessionEpoch, sessionID: id)
            }
            sessions[id] = nil
            let named = outcomes.indices.filter { session.mustAnswer(context.targets[$0].key, outcomes[$0]) }
            sessions[id] = session
            return FetchSessionAnswer(sessionID: id, named: named)
        }
    }

    /// The answer to a fetch that a quota holds back: no partitions, and a full one gets no session.
    package func throttled(_ context: FetchContext) -> FetchSessionAnswer {
        guard case .incremental(let id, let epoch) = context.kind else { return FetchSessionAnswer(sessionID: 0) }
        let isOvertaken = sessions[id].map { $0.epoch != epoch } ?? false
        return FetchSessionAnswer(error: isOvertaken ? .invalidSessionEpoch : nil, sessionID: id)
    }

    // MARK: Making room

    /// The new session's id, or 0 when there is no place for it.
    private mutating func makeSession(
        _ context: FetchContext, _ outcomes: [FetchOutcome], isPrivileged: Bool, usesTopicIDs: Bool, now: Int64,
        _ random: () -> UInt64
    ) -> Int32 {
        guard sessions.count < slots || evict(for: isPrivileged, size: context.targets.count, now: now) else {
            return 0
        }
        var id: Int32
        repeat {
            id = ids.lowerBound + Int32(random().multipliedFullWidth(by: UInt64(ids.count)).high)
        } while sessions[id] != nil
        var session = FetchSession(id: id, isPrivileged: isPrivileged, usesTopicIDs: usesTopicIDs, now: now)
        for (target, outcome) in zip(context.targets, outcomes) { session.put(target, answered: outcome) }
        sessions[id] = session
        return id
    }

    /// Evicts the session that was used least recently if that is long ago; otherwise the least valuable (consumers before
    /// followers, small before large) if it is worth no more than the newcomer. Only a follower may evict a session that
    /// is younger than the eviction time, and only a consumer's.
    private mutating func evict(for isPrivileged: Bool, size: Int, now: Int64) -> Bool {
        guard let oldest = sessions.values.min(by: { ($0.lastUsedAt, $0.id) < ($1.lastUsedAt, $1.id) }) else {
            return false
        }
        if now - oldest.lastUsedAt > evictionTime { return remove(oldest.id) }
        func worth(_ session: FetchSession) -> (Int, Int, Int32) {
            (session.isPrivileged ? 1 : 0, session.count, session.id)
        }
        let candidates = sessions.values.lazy.filter { [evictionTime] session in
            session.lastUsedAt - session.createdAt > evictionTime || (isPrivileged && !session.isPrivileged)
        }
        guard let least = candidates.min(by: { worth($0) < worth($1) }) else { return false }
        return (isPrivileged ? 1 : 0, size, 0) < worth(least) ? false : remove(least.id)
    }

    private mutating func remove(_ id: Int32) -> Bool {
        sessions[id] = nil
        evictions += 1
        return true
    }
}

/// The part of a fetch request that sessions are about.
package struct FetchSessionRequest: Sendable {
    package var sessionID: Int32
    package var sessionEpoch: Int32
    /// Version 13 and later.
    package var usesTopicIDs: Bool
    /// From a replica, not from a consumer.
    package var isFollower: Bool
    package var targets: [FetchTarget]
    package var forgotten: [FetchKey]

    package init(
        sessionID: Int32, sessionEpoch: Int32, usesTopicIDs: Bool, isFollower: Bool, targets: [FetchTarget],
        forgotten: [FetchKey] = []
    ) {
        self.sessionID = sessionID
        self.sessionEpoch = sessionEpoch
        self.usesTopicIDs = usesTopicIDs
        self.isFollower = isFollower
        self.targets = targets
        self.forgotten = forgotten
    }
}

/// A fetch under way.
package struct FetchContext: Sendable {
    enum Kind: Sendable {
        case sessionless
        case full(isFollower: Bool, usesTopicIDs: Bool)
        case incremental(sessionID: Int32, epoch: Int32)
    }

    let kind: Kind
    /// What to read, in the order in which to read it until the bytes are used up.
    package let targets: [FetchTarget]

    init(_ kind: Kind, _ targets: [FetchTarget]) {
        self.kind = kind
        self.targets = targets
    }
}

/// What the sessions say to an answer.
package struct FetchSessionAnswer: Sendable, Hashable {
    package var error: FetchSessionError?
    package var sessionID: Int32
    /// Which of the targets the response names, by index.
    package var named: [Int]

    package init(error: FetchSessionError? = nil, sessionID: Int32, named: [Int] = []) {
        self.error = error
        self.sessionID = sessionID
        self.named = named
    }
}
