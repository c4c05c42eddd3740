import ControllerRules
import Listener
import QuorumNode
import WireProtocol

extension Broker {
    /// The old call, which replaces all settings of a resource.
    func alterConfigs(_ request: AlterConfigsRequest, _ context: RequestContext) async -> AlterConfigsResponse {
        do throws(MetadataError) {
            let isForwarded = !context.listener.isController
            return try await controller.decide { turn in
                turn.rules.alterConfigs(request, image: turn.image, isForwarded: isForwarded)
            }
        } catch {
            var response = AlterConfigsResponse()
            response.responses = request.resources.map { resource in
                var entry = AlterConfigsResponse.AlterConfigsResourceResponse()
                (entry.resourceType, entry.resourceName) = (resource.resourceType, resource.resourceName)
                entry.errorCode = ErrorCode.notController.rawValue
                entry.errorMessage = "\(error)"
                return entry
            }
            return response
        }
    }
}
