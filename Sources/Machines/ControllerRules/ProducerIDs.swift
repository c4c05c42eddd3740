import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// How many producer ids a broker is given at once.
    package static let producerIDBlockSize: Int32 = 1000

    /// Answers AllocateProducerIds: the next block, which nobody else will be given.
    package func allocateProducerIDs(
        _ request: AllocateProducerIdsRequest, image: ClusterImage
    ) -> Decision<AllocateProducerIdsResponse> {
        var response = AllocateProducerIdsResponse()
        guard image.brokers[BrokerID(request.brokerId)]?.epoch == request.brokerEpoch else {
            response.errorCode = ErrorCode.staleBrokerEpoch.rawValue
            return Decision(response)
        }
        let start = image.nextProducerID.rawValue
        let (next, isExhausted) = start.addingReportingOverflow(Int64(Self.producerIDBlockSize))
        if isExhausted {
            response.errorCode = ErrorCode.unknownServerError.rawValue
            return Decision(response)
        }
        response.producerIdStart = start
        response.producerIdLen = Self.producerIDBlockSize
        var record = ProducerIdsRecord()
        record.brokerId = request.brokerId
        record.brokerEpoch = request.brokerEpoch
        record.nextProducerId = next
        return Decision(response, records: [VersionedRecord(.producerIds(record))], isAtomic: true)
    }
}
