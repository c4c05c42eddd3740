import Listener
import Vocabulary
import WireProtocol

extension Broker {
    /// An id of its own for an idempotent producer. With a transactional id a transaction coordinator would be asked, and
    /// there is none here yet: FindCoordinator has said so before.
    func initProducerID(_ request: InitProducerIdRequest, _ context: RequestContext) async -> InitProducerIdResponse {
        var response = InitProducerIdResponse()
        response.producerEpoch = -1
        func refused(_ code: ErrorCode) -> InitProducerIdResponse {
            response.errorCode = code.rawValue
            return response
        }
        // Both are known, or neither.
        if (request.producerId == -1) != (request.producerEpoch == -1) { return refused(.invalidRequest) }
        if let id = request.transactionalId {
            return refused(id.isEmpty ? .invalidRequest : .coordinatorNotAvailable)
        }
        guard let id = await producerIDs.next() else { return refused(.coordinatorLoadInProgress) }
        response.producerId = id.rawValue
        response.producerEpoch = 0
        return response
    }
}
