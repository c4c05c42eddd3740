import Vocabulary

/// The committed offsets of a shard, and those in transactions that have not ended.
struct OffsetStore: Sendable {
    private struct Entry: Sendable {
        var value: CommittedOffset
        /// Where its record stands in the log: of two, the later counts.
        var position: Offset
    }

    private struct Place: Hashable {
        let topic: String
        let partition: PartitionIndex
    }

    private var groups: [String: [Place: Entry]] = [:]
    private var transactions: [ProducerID: [OffsetKey: Entry]] = [:]

    var count: Int { groups.values.reduce(0) { $0 + $1.count } }

    subscript(key: OffsetKey) -> CommittedOffset? {
        groups[key.groupID]?[Place(topic: key.topic, partition: key.partition)]?.value
    }

    /// In the order of topics and partitions.
    func all(_ groupID: String) -> [(key: OffsetKey, value: CommittedOffset)] {
        (groups[groupID] ?? [:])
            .map { (OffsetKey(groupID: groupID, topic: $0.topic, partition: $0.partition), $1.value) }
            .sorted { $0.0 < $1.0 }
    }

    func hasOffsets(_ groupID: String) -> Bool { groups[groupID] != nil }
    var groupIDs: [String] { groups.keys.sorted() }

    mutating func put(_ key: OffsetKey, _ value: CommittedOffset, at position: Offset, producer: ProducerID) {
        let entry = Entry(value: value, position: position)
        if producer == .none {
            groups[key.groupID, default: [:]][Place(topic: key.topic, partition: key.partition)] = entry
        } else {
            transactions[producer, default: [:]][key] = entry
        }
    }

    mutating func remove(_ key: OffsetKey) {
        groups[key.groupID]?[Place(topic: key.topic, partition: key.partition)] = nil
        if groups[key.groupID]?.isEmpty == true { groups[key.groupID] = nil }
        for producer in transactions.keys {
            transactions[producer]?[key] = nil
            if transactions[producer]?.isEmpty == true { transactions[producer] = nil }
        }
    }

    mutating func endTransaction(_ producer: ProducerID, isCommit: Bool) {
        guard let ended = transactions.removeValue(forKey: producer), isCommit else { return }
        for (key, entry) in ended {
            let place = Place(topic: key.topic, partition: key.partition)
            if let there = groups[key.groupID]?[place], there.position > entry.position { continue }
            groups[key.groupID, default: [:]][place] = entry
        }
    }

    // MARK: Open transactions

    func isInTransaction(_ key: OffsetKey) -> Bool { transactions.values.contains { $0[key] != nil } }
    func isInTransaction(group: String) -> Bool {
        transactions.values.contains { $0.keys.contains { $0.groupID == group } }
    }
    func keysInTransactions(_ groupID: String) -> Set<OffsetKey> {
        Set(transactions.values.flatMap { $0.keys.filter { $0.groupID == groupID } })
    }
    func allKeysInTransactions() -> [(key: OffsetKey, topicID: TopicID)] {
        transactions.values.flatMap { $0.map { ($0.key, $0.value.value.topicID) } }
    }
}
