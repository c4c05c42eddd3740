import ClusterImage
import Listener
import LogStore
import Seams
import Vocabulary
import WireProtocol

extension Broker {
    /// Brokers, or from version 1 on controllers (KIP-919); fenced ones if asked for (KIP-1073).
    func describeCluster(_ request: DescribeClusterRequest, _ context: RequestContext) -> DescribeClusterResponse {
        let image = image
        var response = DescribeClusterResponse()
        response.clusterId = identity.clusterID
        response.endpointType = request.endpointType
        let isController = context.listener.isController
        guard request.endpointType == (isController ? 2 : 1) else {
            let isKnown = request.endpointType == 1 || request.endpointType == 2
            // Clients of version 0 know neither of the other codes.
            let code: ErrorCode = isKnown ? .mismatchedEndpointType : .unsupportedEndpointType
            response.errorCode = (context.version == 0 ? .invalidRequest : code).rawValue
            response.errorMessage =
                isController
                ? "The controllers' listener describes controllers (endpoint type 2)."
                : "The brokers' listeners describe brokers (endpoint type 1)."
            return response
        }
        if request.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AuthorizedOperations.cluster
        }
        if isController {
            response.brokers = image.controllers.values.sorted { $0.id < $1.id }.compactMap { controller in
                let endpoint = controller.endpoints.first { $0.name == context.listener.name }
                return endpoint.map { entry(controller.id, $0, rack: nil, isFenced: false) }
            }
            // A controller that has not registered has no address that a client could be told.
            response.controllerId = response.brokers.contains { $0.brokerId == nodeID.rawValue } ? nodeID.rawValue : -1
            return response
        }
        let alive = image.aliveBrokers
        response.controllerId = alive.isEmpty ? -1 : alive[world.chance.below(alive.count)].id.rawValue
        let listed = request.includeFencedBrokers ? image.brokers.values.sorted { $0.id < $1.id } : alive
        response.brokers = listed.compactMap { broker in
            broker.endpoint(on: context.listener.name).map {
                entry(broker.id, $0, rack: broker.rack, isFenced: broker.isFenced)
            }
        }
        return response
    }

    private func entry(
        _ id: BrokerID, _ endpoint: Endpoint, rack: String?, isFenced: Bool
    ) -> DescribeClusterResponse.DescribeClusterBroker {
        var entry = DescribeClusterResponse.DescribeClusterBroker()
        (entry.brokerId, entry.host, entry.port) = (id.rawValue, endpoint.host, Int32(endpoint.port))
        (entry.rack, entry.isFenced) = (rack, isFenced)
        return entry
    }
}
