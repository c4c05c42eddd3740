import ControllerRules
import Listener
import QuorumNode
import Vocabulary
import WireProtocol

extension Broker {
    func deleteTopics(_ request: DeleteTopicsRequest, _ context: RequestContext) async -> DeleteTopicsResponse {
        let version = context.version
        do throws(MetadataError) {
            return try await controller.decide { turn in
                turn.rules.deleteTopics(request, version: version, image: turn.image)
            }
        } catch {
            let names = request.topicNames.map { (name: Optional($0), id: TopicID.zero) }
            let states = request.topics.map { (name: $0.name, id: $0.topicId) }
            var response = DeleteTopicsResponse()
            response.responses = (names + states).map { name, id in
                var entry = DeleteTopicsResponse.DeletableTopicResult()
                (entry.name, entry.topicId) = (name, id)
                entry.errorCode = ErrorCode.notController.rawValue
                entry.errorMessage = "\(error)"
                return entry
            }
            return response
        }
    }
}
