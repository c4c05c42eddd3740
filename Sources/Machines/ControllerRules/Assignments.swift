import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

/// The states of new partitions, from replicas that a user or the placement chose.
extension ClusterView {
    /// A new partition's state: in sync are the replicas that are active now, the first of them leads. nil: none is.
    func newPartition(on replicas: [BrokerID]) -> PartitionState? {
        let isr = replicas.filter(image.isActive)
        guard let leader = isr.first else { return nil }
        return PartitionState(
            replicas: replicas, directories: replicas.map(defaultDirectory), isr: isr, leader: leader)
    }

    /// The same for replicas that the placement chose.
    func newPartitions(placedOn placed: [[BrokerID]]) throws(Refusal) -> [PartitionState] {
        var states: [PartitionState] = []
        states.reserveCapacity(placed.count)
        for replicas in placed {
            guard let state = newPartition(on: replicas) else {
                throw Refusal(
                    .invalidReplicationFactor,
                    "Unable to replicate the partition \(replicas.count) time(s): All brokers are currently fenced or "
                        + "in controlled shutdown.")
            }
            states.append(state)
        }
        return states
    }

    /// The same for replicas that a user chose.
    func newPartition(_ index: Int, assignedTo replicas: [Int32], expecting count: Int?) throws(Refusal)
        -> PartitionState
    {
        let replicas = replicas.map { BrokerID($0) }
        try checkAssignment(replicas, expecting: count)
        guard let state = newPartition(on: replicas) else {
            throw Refusal(
                .invalidReplicaAssignment,
                "All brokers specified in the manual partition assignment for partition \(index) are fenced or in "
                    + "controlled shutdown.")
        }
        return state
    }

    /// Holds an assignment that a user chose to the rules: registered brokers that take replicas, each once, and as many
    /// as the other partitions have.
    func checkAssignment(_ replicas: [BrokerID], expecting count: Int?) throws(Refusal) {
        func refusal(_ why: String) -> Refusal {
            Refusal(.invalidReplicaAssignment, "The manual partition assignment includes \(why)")
        }
        if replicas.isEmpty { throw refusal("an empty replica list.") }
        var seen: Set<BrokerID> = []
        for broker in replicas.sorted() {
            guard let registration = image.brokers[broker] else {
                throw refusal("broker \(broker), but no such broker is registered.")
            }
            guard registration.hasUncordonedDirectory else {
                throw refusal("broker \(broker), but all its log directories are cordoned.")
            }
            guard seen.insert(broker).inserted else { throw refusal("the broker \(broker) more than once.") }
        }
        if let count, replicas.count != count {
            throw refusal(
                "a partition with \(replicas.count) replica(s), but this is not consistent with previous partitions, "
                    + "which have \(count) replica(s).")
        }
    }
}
