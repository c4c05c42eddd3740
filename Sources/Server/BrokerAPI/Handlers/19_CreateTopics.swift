import ControllerRules
import Listener
import QuorumNode
import WireProtocol

extension Broker {
    /// Handed to the controller, as every change of the metadata; answered when this broker has followed it.
    func createTopics(_ request: CreateTopicsRequest, _ context: RequestContext) async -> CreateTopicsResponse {
        do throws(MetadataError) {
            return try await controller.decide { turn in
                var random = turn.random
                return turn.rules.createTopics(request, image: turn.image, using: &random)
            }
        } catch {
            var response = CreateTopicsResponse()
            response.topics = request.topics.map { topic in
                var entry = CreateTopicsResponse.CreatableTopicResult()
                entry.name = topic.name
                entry.errorCode = ErrorCode.notController.rawValue
                entry.errorMessage = "\(error)"
                return entry
            }
            return response
        }
    }
}
