import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

/// Answers IncrementalAlterConfigs and the older AlterConfigs. Each resource is changed as a whole or not at all.
extension ControllerRules {
    /// What one resource is to get.
    struct Alteration {
        struct Change {
            let name: String
            /// The number on the wire.
            let operation: Int8
            let value: String?
        }

        let resourceType: Int8
        let name: String
        let changes: [Change]
        /// Settings that are not named are removed.
        let replacesAll: Bool
        /// Came through a broker, which knows more of its own settings than a controller does.
        let isForwarded: Bool

        var kind: ConfigResource.Kind { ConfigResource.Kind(rawValue: resourceType) ?? .unknown }
        var resource: ConfigResource { ConfigResource(kind, name) }
    }

    /// What became of it.
    private struct Outcome {
        let alteration: Alteration
        let refusal: Refusal?
    }

    /// `mayAlter` is asked for each resource. `isForwarded`: the request came through this node's broker, which looks at it
    /// first and has codes of its own.
    package func incrementalAlterConfigs(
        _ request: IncrementalAlterConfigsRequest, image: ClusterImage, isForwarded: Bool = true,
        mayAlter: (ConfigResource) -> Bool = { _ in true }
    ) -> Decision<IncrementalAlterConfigsResponse> {
        let alterations = request.resources.map { resource in
            Alteration(
                resourceType: resource.resourceType, name: resource.resourceName,
                changes: resource.configs.map { .init(name: $0.name, operation: $0.configOperation, value: $0.value) },
                replacesAll: false, isForwarded: isForwarded)
        }
        let decided = alter(alterations, image, mayAlter)
        var response = IncrementalAlterConfigsResponse()
        response.responses = decided.response.map { outcome in
            var answer = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
            answer.resourceType = outcome.alteration.resourceType
            answer.resourceName = outcome.alteration.name
            answer.errorCode = outcome.refusal?.code.rawValue ?? 0
            answer.errorMessage = outcome.refusal?.message
            return answer
        }
        return Decision(response, records: request.validateOnly ? [] : decided.records, isAtomic: true)
    }

    /// The older way: what is given replaces all that was set.
    package func alterConfigs(
        _ request: AlterConfigsRequest, image: ClusterImage, isForwarded: Bool = true,
        mayAlter: (ConfigResource) -> Bool = { _ in true }
    ) -> Decision<AlterConfigsResponse> {
        let alterations = request.resources.map { resource in
            Alteration(
                resourceType: resource.resourceType, name: resource.resourceName,
                changes: resource.configs.map { .init(name: $0.name, operation: 0, value: $0.value) },
                replacesAll: true, isForwarded: isForwarded)
        }
        let decided = alter(alterations, image, mayAlter)
        var response = AlterConfigsResponse()
        response.responses = decided.response.map { outcome in
            var answer = AlterConfigsResponse.AlterConfigsResourceResponse()
            answer.resourceType = outcome.alteration.resourceType
            answer.resourceName = outcome.alteration.name
            answer.errorCode = outcome.refusal?.code.rawValue ?? 0
            answer.errorMessage = outcome.refusal?.message
            return answer
        }
        return Decision(response, records: request.validateOnly ? [] : decided.records, isAtomic: true)
    }

    private func alter(
        _ alterations: [Alteration], _ image: ClusterImage, _ mayAlter: (ConfigResource) -> Bool
    ) -> Decision<[Outcome]> {
        let view = view(image)
        let names = alterations.map { "\($0.resourceType) \($0.name)" }
        let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
        var answered: Set<String> = []
        var outcomes: [Outcome] = []
        var records: [VersionedRecord] = []
        for (alteration, name) in zip(alterations, names) where answered.insert(name).inserted {
            do throws(Refusal) {
                if counts[name] != 1 {
                    throw Refusal(.invalidRequest, "Each resource must appear at most once.")
                }
                try Self.checkPermission(alteration, mayAlter)
                try checkResource(alteration, image)
                try Self.checkForm(alteration)
                records += try view.records(for: alteration)
                outcomes.append(Outcome(alteration: alteration, refusal: nil))
            } catch { outcomes.append(Outcome(alteration: alteration, refusal: error)) }
        }
        records += view.clearingELR(after: records)
        if records.count > Self.maxRecordsPerRequest {
            outcomes = outcomes.map { Outcome(alteration: $0.alteration, refusal: $0.refusal ?? Self.tooManyRecords) }
            records = []
        }
        return Decision(outcomes, records: records, isAtomic: true)
    }

    private static func checkPermission(
        _ alteration: Alteration, _ mayAlter: (ConfigResource) -> Bool
    ) throws(Refusal) {
        let code: ErrorCode
        switch alteration.kind {
        case .topic: code = .topicAuthorizationFailed
        case .broker, .clientMetrics: code = .clusterAuthorizationFailed
        case .group: code = .groupAuthorizationFailed
        case .brokerLogger:
            throw Refusal(.invalidRequest, "Log levels are kept by each broker; a controller cannot change them.")
        case .unknown:
            throw Refusal(
                alteration.isForwarded ? .invalidRequest : .unsupportedVersion,
                "Unknown resource type \(alteration.resourceType).")
        }
        guard mayAlter(alteration.resource) else { throw Refusal(code) }
    }

    /// Whether there is such a resource. Groups and subscriptions need not exist to have settings.
    private func checkResource(_ alteration: Alteration, _ image: ClusterImage) throws(Refusal) {
        let name = alteration.name
        switch alteration.kind {
        case .topic:
            if name.isEmpty { throw Refusal(.invalidRequest, "Default topic resources are not allowed.") }
            if let problem = TopicName.problem(with: name) { throw Refusal(.invalidTopicException, problem) }
            if image.topicIDs[name] == nil {
                throw Refusal(.unknownTopicOrPartition, "The topic '\(name)' does not exist.")
            }
        case .broker where !name.isEmpty:
            guard let number = Int32(name), number >= 0 else {
                throw Refusal(.invalidRequest, "A broker is named by its id, a number from 0 on, not by '\(name)'.")
            }
            let id = BrokerID(number)
            if alteration.isForwarded, id != nodeID {
                throw Refusal(.invalidRequest, "Unexpected broker id, expected \(nodeID), but received \(name)")
            }
            if image.brokers[id] == nil && image.controllers[id] == nil {
                throw Refusal(.brokerIdNotRegistered, "No node with id \(id) found.")
            }
        case .group where name.isEmpty:
            throw Refusal(.invalidRequest, "Default group resources are not allowed.")
        case .clientMetrics where name.isEmpty:
            throw Refusal(.invalidRequest, "A subscription to client metrics needs a name.")
        default: break
        }
    }

    private static func checkForm(_ alteration: Alteration) throws(Refusal) {
        let repeated = Dictionary(grouping: alteration.changes, by: \.name).filter { $0.value.count > 1 }
        if !repeated.isEmpty {
            throw Refusal(
                .invalidRequest, "Error due to duplicate config keys: \(repeated.keys.sorted().joined(separator: ","))")
        }
        // 1 is DELETE, which needs no value.
        let withoutValue = alteration.changes.filter { $0.operation != 1 && $0.value == nil }.map(\.name)
        if !withoutValue.isEmpty {
            throw Refusal(.invalidRequest, "Null value not supported for : \(withoutValue.joined(separator: ","))")
        }
        if let change = alteration.changes.first(where: { !(0...3).contains($0.operation) }) {
            throw Refusal(.invalidRequest, "Unknown operation \(change.operation) on \(change.name).")
        }
    }
}
