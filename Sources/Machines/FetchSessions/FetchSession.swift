import Vocabulary

/// What one fetcher wants, remembered between its requests, in the order in which it is served next.
///
/// The order is a linked list through `entries`, since a partition that returned records goes to the end with every answer.
struct FetchSession: Sendable {
    private struct Entry: Sendable {
        var target: FetchTarget
        /// What the fetcher was told last; -1 before that and after an error, so that the next answer names them again.
        var highWatermark: Offset = .none
        var logStartOffset: Offset = .none
        var next = -1
        var previous = -1
    }

    let id: Int32
    /// A follower's: harder to evict than a consumer's.
    let isPrivileged: Bool
    let usesTopicIDs: Bool
    let createdAt: Int64
    var lastUsedAt: Int64
    /// The epoch that the next request must have.
    var epoch: Int32

    private var entries: [Entry] = []
    private var free: [Int] = []
    private var places: [FetchKey: Int] = [:]
    private var first = -1
    private var last = -1

    init(id: Int32, isPrivileged: Bool, usesTopicIDs: Bool, now: Int64) {
        self.id = id
        self.isPrivileged = isPrivileged
        self.usesTopicIDs = usesTopicIDs
        createdAt = now
        lastUsedAt = now
        epoch = FetchSessionEpoch.next(after: FetchSessionEpoch.initial)
    }

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    /// Adds a partition at the end, or changes what is asked of one that is there, in its place.
    mutating func put(_ target: FetchTarget) {
        if let place = places[target.key] {
            let name = entries[place].target.topic ?? target.topic
            entries[place].target = target
            entries[place].target.topic = name
            return
        }
        let place = free.popLast() ?? entries.count
        if place == entries.count {
            entries.append(Entry(target: target))
        } else {
            entries[place] = Entry(target: target)
        }
        places[target.key] = place
        append(place)
    }

    mutating func put(_ target: FetchTarget, answered outcome: FetchOutcome) {
        put(target)
        guard let place = places[target.key] else { return }
        entries[place].highWatermark = outcome.highWatermark
        entries[place].logStartOffset = outcome.logStartOffset
    }

    mutating func forget(_ key: FetchKey) {
        guard let place = places.removeValue(forKey: key) else { return }
        unlink(place)
        free.append(place)
    }

    /// All that is wanted, in order. Names that were unknown are looked up again.
    mutating func targets(_ nameOf: (TopicID) -> String?) -> [FetchTarget] {
        var found: [FetchTarget] = []
        found.reserveCapacity(count)
        var place = first
        while place >= 0 {
            if entries[place].target.topic == nil {
                entries[place].target.topic = nameOf(entries[place].target.topicID)
            }
            found.append(entries[place].target)
            place = entries[place].next
        }
        return found
    }

    /// Takes note of a partition's answer: must the response name it? (Records, an error, a preferred replica, a diverging
    /// epoch, a changed high watermark or log start.) One that is no longer wanted is left out.
    mutating func mustAnswer(_ key: FetchKey, _ outcome: FetchOutcome) -> Bool {
        guard let place = places[key] else { return false }
        let isChanged =
            entries[place].highWatermark != outcome.highWatermark
            || entries[place].logStartOffset != outcome.logStartOffset
        entries[place].highWatermark = outcome.hasError ? .none : outcome.highWatermark
        entries[place].logStartOffset = outcome.logStartOffset
        guard isChanged || outcome.hasRecords || outcome.hasError || outcome.hasPreferredReplica || outcome.isDiverging
        else { return false }
        if outcome.hasRecords {
            unlink(place)
            append(place)
        }
        return true
    }

    private mutating func append(_ place: Int) {
        entries[place].previous = last
        entries[place].next = -1
        if last >= 0 { entries[last].next = place } else { first = place }
        last = place
    }

    private mutating func unlink(_ place: Int) {
        let (previous, next) = (entries[place].previous, entries[place].next)
        if previous >= 0 { entries[previous].next = next } else { first = next }
        if next >= 0 { entries[next].previous = previous } else { last = previous }
    }
}
