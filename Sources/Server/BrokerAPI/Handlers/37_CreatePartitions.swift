import ControllerRules
import Listener
import QuorumNode
import WireProtocol

extension Broker {
    func createPartitions(
        _ request: CreatePartitionsRequest, _ context: RequestContext
    ) async -> CreatePartitionsResponse {
        do throws(MetadataError) {
            return try await controller.decide { turn in
                var random = turn.random
                return turn.rules.createPartitions(request, image: turn.image, using: &random)
            }
        } catch {
            var response = CreatePartitionsResponse()
            response.results = request.topics.map { topic in
                var entry = CreatePartitionsResponse.CreatePartitionsTopicResult()
                entry.name = topic.name
                entry.errorCode = ErrorCode.notController.rawValue
                entry.errorMessage = "\(error)"
                return entry
            }
            return response
        }
    }
}
