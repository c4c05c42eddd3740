import Bytes
import ClusterImage
import ControllerRules
import QuorumNode
import Synchronization
import Vocabulary
import WireProtocol

/// Hands out producer ids from blocks of 1,000 that the controller gives, each once in the life of the cluster.
package final class ProducerIDs: Sendable {
    private let controller: MetadataController
    private let nodeID: BrokerID
    private let block = Mutex<Range<Int64>>(0..<0)

    init(controller: MetadataController, nodeID: BrokerID) { (self.controller, self.nodeID) = (controller, nodeID) }

    /// The next id; nil while the controller cannot give any.
    package func next() async -> ProducerID? {
        while true {
            if let id = take() { return ProducerID(id) }
            var request = AllocateProducerIdsRequest()
            request.brokerId = nodeID.rawValue
            request.brokerEpoch = controller.image.brokers[nodeID]?.epoch ?? -1
            let asked = request
            guard
                let given = try? await controller.decide({ turn in
                    turn.rules.allocateProducerIDs(asked, image: turn.image)
                }), given.errorCode == 0, given.producerIdLen > 0
            else { return nil }
            // Another request may have fetched a block meanwhile; then this one is used up first and that one lost, as
            // ids are plenty.
            block.withLock { $0 = given.producerIdStart..<given.producerIdStart + Int64(given.producerIdLen) }
        }
    }

    private func take() -> Int64? {
        block.withLock { block in
            guard let first = block.first else { return nil }
            block = first + 1..<block.upperBound
            return first
        }
    }
}
