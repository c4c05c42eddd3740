import ControllerRules
import Listener
import QuorumNode
import WireProtocol

extension Broker {
    func incrementalAlterConfigs(
        _ request: IncrementalAlterConfigsRequest, _ context: RequestContext
    ) async -> IncrementalAlterConfigsResponse {
        do throws(MetadataError) {
            let isForwarded = !context.listener.isController
            return try await controller.decide { turn in
                turn.rules.incrementalAlterConfigs(request, image: turn.image, isForwarded: isForwarded)
            }
        } catch {
            var response = IncrementalAlterConfigsResponse()
            response.responses = request.resources.map { resource in
                var entry = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
                (entry.resourceType, entry.resourceName) = (resource.resourceType, resource.resourceName)
                entry.errorCode = ErrorCode.notController.rawValue
                entry.errorMessage = "\(error)"
                return entry
            }
            return response
        }
    }
}
