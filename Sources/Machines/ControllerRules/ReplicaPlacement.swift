import ClusterImage
import Vocabulary
import WireProtocol

/// Chooses brokers for the replicas of new partitions: racks take turns, within a rack brokers take turns, first replicas
/// go to unfenced brokers only. When every unfenced broker has had its turn, the order is drawn anew, so that the same
/// brokers do not follow each other for ever.
struct ReplicaPlacement {
    /// The brokers of a rack in one state, given out from a place that moves on with each partition.
    private struct Turns {
        var brokers: [BrokerID] = []
        private var offset = 0
        private var given = 0
        private var round = 0

        mutating func start(using random: inout some RandomNumberGenerator) {
            guard !brokers.isEmpty else { return }
            brokers.sort()
            offset = Int.random(in: 0..<brokers.count, using: &random)
        }

        mutating func next(in round: Int) -> BrokerID? {
            guard !brokers.isEmpty else { return nil }
            if self.round != round {
                self.round = round
                given = 0
                offset = (offset + 1) % brokers.count
            }
            guard given < brokers.count else { return nil }
            defer { given += 1 }
            return brokers[(given + offset) % brokers.count]
        }
    }

    private struct Rack {
        /// nil: brokers that named none, which come first.
        let name: String?
        var fenced = Turns()
        var unfenced = Turns()

        mutating func next(in round: Int) -> BrokerID? {
            unfenced.next(in: round) ?? fenced.next(in: round)
        }
    }

    private var racks: [Rack]
    private let brokerCount: Int
    private let unfencedCount: Int
    private var round = 0
    private var firstRack: Int

    init(_ image: ClusterImage, using random: inout some RandomNumberGenerator) {
        let usable = image.brokers.values.filter(\.takesNewReplicas)
        brokerCount = usable.count
        unfencedCount = usable.count { !$0.isFenced }
        let byRack = Dictionary(grouping: usable, by: \.rack)
        racks = byRack.map { name, brokers in
            var rack = Rack(name: name)
            rack.fenced.brokers = brokers.filter(\.isFenced).map(\.id)
            rack.unfenced.brokers = brokers.filter { !$0.isFenced }.map(\.id)
            return rack
        }
        racks.sort { left, right in
            guard let right = right.name else { return false }
            return left.name.map { $0 < right } ?? true
        }
        firstRack = 0
        for index in racks.indices {
            racks[index].fenced.start(using: &random)
            racks[index].unfenced.start(using: &random)
        }
        if !racks.isEmpty { firstRack = Int.random(in: 0..<racks.count, using: &random) }
    }

    /// The replicas of `partitions` new partitions.
    mutating func place(
        partitions: Int, replicas: Int, using random: inout some RandomNumberGenerator
    ) throws(Refusal) -> [[BrokerID]] {
        guard replicas > 0 else {
            throw Refusal(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(replicas) time(s): the replication factor must be positive.")
        }
        guard unfencedCount > 0 else {
            throw Refusal(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(replicas) time(s): All brokers are currently fenced, or have all "
                    + "their log directories cordoned.")
        }
        guard replicas <= brokerCount else {
            throw Refusal(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(replicas) time(s): The target replication factor of \(replicas) "
                    + "cannot be reached because only \(brokerCount) broker(s) can take replicas.")
        }
        var placed: [[BrokerID]] = []
        placed.reserveCapacity(partitions)
        for _ in 0..<partitions { placed.append(placeOne(replicas, using: &random)) }
        return placed
    }

    /// There are at least `count` brokers, and one of them is unfenced.
    private mutating func placeOne(_ count: Int, using random: inout some RandomNumberGenerator) -> [BrokerID] {
        if round == unfencedCount && unfencedCount > 1 {
            racks.shuffle(using: &random)
            for index in racks.indices {
                racks[index].fenced.brokers.shuffle(using: &random)
                racks[index].unfenced.brokers.shuffle(using: &random)
            }
            round = 0
        }
        firstRack %= racks.count
        var chosen: [BrokerID] = []
        var place = firstRack
        while chosen.isEmpty {
            if let broker = racks[place].unfenced.next(in: round) {
                chosen.append(broker)
            } else {
                place = (place + 1) % racks.count
            }
        }
        // The rack of the first replica is passed over once, since it has had its turn.
        var toSkip: Int? = place
        place = firstRack
        while chosen.count < count {
            if place == toSkip {
                toSkip = nil
            } else if let broker = racks[place].next(in: round) {
                chosen.append(broker)
            }
            place = (place + 1) % racks.count
        }
        round += 1
        firstRack += 1
        return chosen
    }
}

extension BrokerRegistration {
    /// Whether new replicas may be placed here at all. A broker that was fenced has left its controlled shutdown.
    var takesNewReplicas: Bool { (isFenced || !isInControlledShutdown) && hasUncordonedDirectory }
}
