import ApusTesting
import Bytes
import Seams
import Vocabulary

/// What the clients of one simulation were told, and so what the node owes them.
///
/// Owner: the simulation's one thread.
final class Ledger: @unchecked Sendable {
    enum Phase { case down, starting, serving, stopping }

    let seed: UInt64
    private let clock: SimulatedClock
    private(set) var violations: [String] = []

    /// What the node is at.
    var phase: Phase = .down
    /// How many times a process was started.
    var run = 0
    /// How many times the power has failed.
    var powerLosses = 0
    /// Clients may send. Not before it is known what a failure of the power has left.
    var isOpen = false
    /// The work is over: clients finish what they are at.
    var isOver = false
    /// Until then the network is slow or cut, and nothing is said of how long an answer takes.
    var disturbedUntil = Instant(nanoseconds: 0)

    var topics: [TopicFacts] = []
    var batches: [BatchFacts] = []
    var groups: [String: GroupFacts] = [:]
    private var producerIDs: Set<Int64> = []
    /// How often what has happened: a workload that does nothing proves nothing.
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64, clock: SimulatedClock) { (self.seed, self.clock) = (seed, clock) }

    var now: Instant { clock.now }
    var wallClock: Int64 { clock.wallClock.rawValue }
    /// The topics that the node has said are made.
    var made: [TopicFacts] { topics.filter { $0.id != nil } }
    var partitions: [PartitionFacts] { made.flatMap(\.partitions) }

    func violate(_ what: String) {
        violations.append("at \(now.nanoseconds / 1_000_000) ms: \(what)")
        tell("VIOLATION: \(what)")
        isOver = true
    }

    func tell(_ what: @autoclosure () -> String) {
        if Seeds.isTold { print("[\(seed)] \(now.nanoseconds / 1_000) us: \(what())") }
    }

    func count(_ what: String) { counts[what, default: 0] += 1 }

    /// An id was given to a producer: none is ever given twice.
    func gave(producerID id: Int64) {
        if !producerIDs.insert(id).inserted { violate("producer id \(id) is given a second time") }
    }

    /// The power has failed: of every partition at least what was flushed stays.
    func powerFailed() {
        powerLosses += 1
        isOpen = false
        for group in groups.values { group.forget() }
    }

    func group(_ name: String) -> GroupFacts {
        if let known = groups[name] { return known }
        let made = GroupFacts(name)
        groups[name] = made
        return made
    }
}

/// A topic as its clients know it.
final class TopicFacts: @unchecked Sendable {
    let name: String
    let policy: TopicPolicy
    private(set) var id: UUID128?
    let partitions: [PartitionFacts]

    init(_ name: String, _ policy: TopicPolicy) {
        (self.name, self.policy) = (name, policy)
        partitions = (0..<policy.partitions).map { PartitionFacts(name, $0, policy) }
    }

    /// The node has said that the topic is there, with this id: from now on it is for ever.
    func made(_ id: UUID128, _ ledger: Ledger) {
        if let known = self.id, known != id { ledger.violate("topic \(name) was \(known) and is \(id)") }
        self.id = id
    }
}

/// How a topic is set up.
struct TopicPolicy: Sendable {
    let partitions: Int32
    let configs: [(name: String, value: String)]
    /// Every acknowledged record is on stable storage.
    let isFlushed: Bool
    /// Nil: kept for ever.
    let retention: Int64?

    init(_ chance: SimulatedChance) {
        partitions = Int32(1 + chance.below(3))
        isFlushed = chance.happens(percent: 35)
        retention = chance.happens(percent: 35) ? Int64(1_000 + chance.below(30_000)) : nil
        var configs = [
            ("internal.segment.bytes", "\(1_500 + chance.below(12_000))"),
            ("index.interval.bytes", "\(chance.below(2) == 0 ? 0 : 300 + chance.below(1_500))"),
            ("retention.ms", "\(retention ?? -1)"),
            ("file.delete.delay.ms", "\(chance.below(3_000))"),
        ]
        if isFlushed { configs.append(("flush.messages", "1")) }
        if chance.happens(percent: 20) { configs.append(("message.timestamp.type", "LogAppendTime")) }
        if chance.happens(percent: 20) { configs.append(("compression.type", "lz4")) }
        if chance.happens(percent: 20) { configs.append(("segment.ms", "\(2_000 + chance.below(20_000))")) }
        if chance.happens(percent: 20) { configs.append(("flush.ms", "\(100 + chance.below(1_000))")) }
        self.configs = configs
    }
}

/// A batch that a client has sent.
struct BatchFacts {
    unowned let partition: PartitionFacts
    /// The producer's session and the batch's place in it; -1 without one.
    let session: Int
    let sequence: Int32
    let count: Int
    let valueSize: Int
    let timestamp: Int64
    let acks: Int16
    /// Where it was said to stand.
    var offset: Int64?
}

/// Names of records: the batch's number and the record's place in it.
struct RecordName: Hashable, Comparable {
    let rawValue: UInt64
    init(rawValue: UInt64) { self.rawValue = rawValue }
    init(batch: Int, _ place: Int) { rawValue = UInt64(batch) << 8 | UInt64(place) }
    var batch: Int { Int(rawValue >> 8) }
    var place: Int { Int(rawValue & 0xff) }
    static func < (left: RecordName, right: RecordName) -> Bool { left.rawValue < right.rawValue }

    var key: ByteSlice {
        let storage = ByteStorage(capacity: 8)
        storage.base.writeBigEndian(rawValue, at: 0)
        return ByteSlice(storage, 0..<8)
    }

    func value(_ size: Int) -> ByteSlice {
        [UInt8](repeating: UInt8(truncatingIfNeeded: rawValue &* 37), count: size).withUnsafeBytes {
            ByteSlice(copying: $0)
        }
    }

    /// Looks at some bytes only: a batch's checksum has been looked at already.
    func isValue(_ value: ByteSlice?, _ size: Int) -> Bool {
        guard let value, value.count == size else { return false }
        let byte = UInt8(truncatingIfNeeded: rawValue &* 37)
        return size == 0 || value[0] == byte && value[size / 2] == byte && value[size - 1] == byte
    }

    init?(key: ByteSlice?) {
        guard let key, key.count == 8 else { return nil }
        rawValue = key.withBytes { UInt64(bitPattern: $0.readBigEndian(Int64.self, at: 0)) }
    }
}

/// What is known of a partition's log.
final class PartitionFacts: @unchecked Sendable {
    let topic: String
    let index: Int32
    let policy: TopicPolicy
    /// Which record stands where, as far as anybody has seen or was told.
    private(set) var records: [Int64: RecordName] = [:]
    private var places: [RecordName: Int64] = [:]
    /// The end of what was acknowledged.
    private(set) var acknowledged: Int64 = 0
    /// The end of what must survive a failure of the power, as the node itself believes.
    private(set) var durable: Int64 = 0
    /// The log's start as last seen in this run of the node.
    var start: Int64 = 0
    /// The highest offset that anybody has asked DeleteRecords to begin the log at.
    var deletable: Int64 = 0
    var leaderEpoch: Int32 = 0

    init(_ topic: String, _ index: Int32, _ policy: TopicPolicy) {
        (self.topic, self.index, self.policy) = (topic, index, policy)
    }

    var name: String { "\(topic)-\(index)" }

    /// `record` was seen or is said to stand at `offset`: it stays there, and nowhere else.
    func stands(_ record: RecordName, at offset: Int64, _ ledger: Ledger) {
        if let known = records[offset] {
            if known != record {
                ledger.violate("\(name) has batch \(record.batch) at \(offset), where batch \(known.batch) was")
            }
            return
        }
        if let place = places[record] {
            return ledger.violate(
                "\(name) has record \(record.place) of batch \(record.batch) at \(place) and at \(offset)")
        }
        guard record.batch < ledger.batches.count, ledger.batches[record.batch].partition === self,
            record.place < ledger.batches[record.batch].count
        else { return ledger.violate("\(name) has at \(offset) what nobody has sent there: \(record)") }
        records[offset] = record
        places[record] = offset
    }

    /// The node has acknowledged a batch.
    func acknowledged(_ batch: Int, at offset: Int64, _ ledger: Ledger) {
        let count = ledger.batches[batch].count
        ledger.batches[batch].offset = offset
        for place in 0..<count { stands(RecordName(batch: batch, place), at: offset + Int64(place), ledger) }
        acknowledged = max(acknowledged, offset + Int64(count))
    }

    func flushed(to offset: Int64) { durable = max(durable, offset) }

    /// The power has failed, and the log ends at `end` now.
    func lost(from end: Int64, _ ledger: Ledger) {
        if end < durable {
            ledger.violate("\(name) ends at \(end) after a power failure; it was flushed to \(durable)")
        }
        if policy.isFlushed, end < acknowledged {
            ledger.violate(
                "\(name) ends at \(end) after a power failure; with flush.messages=1 \(acknowledged) was promised")
        }
        for (offset, record) in records where offset >= end {
            records[offset] = nil
            places[record] = nil
            if ledger.batches[record.batch].offset != nil { ledger.count("acknowledged and lost with the power") }
            ledger.batches[record.batch].offset = nil
        }
        acknowledged = min(acknowledged, end)
        durable = end
    }

    /// The log was found to begin at `start`: whoever took what was before it had a reason to.
    func begins(at start: Int64, _ ledger: Ledger) {
        if start < self.start { ledger.violate("\(name) begins at \(start) and had begun at \(self.start)") }
        guard start > self.start else { return }
        self.start = start
        guard start > deletable else { return }
        guard let retention = policy.retention else {
            return ledger.violate("\(name) begins at \(start), and nobody has deleted beyond \(deletable)")
        }
        for offset in deletable..<start {
            guard let record = records[offset] else { continue }
            let age = ledger.wallClock - ledger.batches[record.batch].timestamp
            if age <= retention {
                return ledger.violate("\(name) begins at \(start), and \(offset) is only \(age) ms old of \(retention)")
            }
        }
    }
}

/// What a group was told.
final class GroupFacts: @unchecked Sendable {
    let name: String
    /// By partition: the offsets that were sent, in order, and which of them the last answer was about.
    private var commits: [String: (sent: [Int64], acknowledged: Int)] = [:]
    /// By run of the node and generation: who leads, and what the leader has given to whom.
    var leaders: [Int64: String] = [:]
    var assignments: [Int64: [String: ByteSlice]] = [:]

    init(_ name: String) { self.name = name }

    /// A commit is about to be sent. Gives its number.
    func commits(_ offset: Int64, of partition: String) -> Int {
        commits[partition, default: ([], -1)].sent.append(offset)
        return commits[partition]!.sent.count - 1
    }

    func committed(_ number: Int, of partition: String) {
        commits[partition]!.acknowledged = max(commits[partition]!.acknowledged, number)
    }

    /// The node says that `offset` (-1 for none) is committed: the last one that it has confirmed, or a later one.
    func says(_ offset: Int64, of partition: String, since known: Int, _ ledger: Ledger) {
        let facts = commits[partition] ?? ([], -1)
        let allowed = facts.sent.indices.contains { $0 >= known && facts.sent[$0] == offset }
        if allowed || (offset == -1 && known < 0) { return }
        let confirmed = known < 0 ? "nothing" : "\(facts.sent[known])"
        ledger.violate("group \(name) has \(offset) for \(partition), and \(confirmed) was confirmed")
    }

    func confirmed(_ partition: String) -> Int { commits[partition]?.acknowledged ?? -1 }

    /// The power has failed: any state that there ever was may be back.
    func forget() {
        for key in commits.keys { commits[key]!.acknowledged = -1 }
        (leaders, assignments) = ([:], [:])
    }
}
