import ClusterImage
import Listener
import Settings
import Vocabulary
import WireProtocol

extension Broker {
    func describeConfigs(_ request: DescribeConfigsRequest, _ context: RequestContext) -> DescribeConfigsResponse {
        var response = DescribeConfigsResponse()
        response.results = request.resources.map { resource in
            var result = DescribeConfigsResponse.DescribeConfigsResult()
            (result.resourceType, result.resourceName) = (resource.resourceType, resource.resourceName)
            do throws(Refusal) {
                result.errorMessage = nil
                result.configs = try describe(resource).map { entry($0, request) }
            } catch {
                result.errorCode = error.code.rawValue
                result.errorMessage = error.message
            }
            return result
        }
        return response
    }

    private func describe(
        _ resource: DescribeConfigsRequest.DescribeConfigsResource
    ) throws(Refusal) -> [DescribedSetting] {
        let (layers, names) = (settings.layers, resource.configurationKeys)
        switch resource.resourceType {
        case 2:
            guard TopicName.isValid(resource.resourceName) else {
                throw Refusal(.invalidTopicException, "'\(resource.resourceName)' is no valid name of a topic.")
            }
            guard image.topicIDs[resource.resourceName] != nil else { throw Refusal(.unknownTopicOrPartition) }
            return layers.describeTopic(overrides: image.overrides(ofTopic: resource.resourceName), only: names)
        case 4:
            if resource.resourceName.isEmpty { return layers.describeBrokerDefaults(only: names) }
            guard let id = Int32(resource.resourceName) else {
                throw Refusal(
                    .invalidRequest, "A broker is named by its id, a number, not '\(resource.resourceName)'.")
            }
            guard BrokerID(id) == nodeID else {
                throw Refusal(
                    .invalidRequest, "Unexpected broker id, expected \(nodeID) or empty string, but received \(id)")
            }
            return layers.describeBroker(only: names)
        case 16:
            if resource.resourceName.isEmpty {
                throw Refusal(.invalidRequest, "Client metrics subscription name must not be empty")
            }
            return BrokerLayers.describeClientMetrics(
                overrides: image.overrides(ofClientMetrics: resource.resourceName), only: names)
        case 32:
            if resource.resourceName.isEmpty { throw Refusal(.invalidRequest, "Group name must not be empty") }
            return layers.describeGroup(overrides: image.overrides(ofGroup: resource.resourceName), only: names)
        default:
            throw Refusal(
                .invalidRequest, "Settings of resource type \(resource.resourceType) cannot be described here.")
        }
    }

    private func entry(
        _ setting: DescribedSetting, _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.DescribeConfigsResourceResult {
        var entry = DescribeConfigsResponse.DescribeConfigsResourceResult()
        (entry.name, entry.value) = (setting.name, setting.value)
        (entry.readOnly, entry.isSensitive) = (setting.isReadOnly, setting.isSensitive)
        entry.configSource = setting.source.rawValue
        entry.configType = setting.typeCode
        entry.documentation = request.includeDocumentation ? setting.documentation : nil
        if request.includeSynonyms {
            entry.synonyms = setting.synonyms.map { synonym in
                var made = DescribeConfigsResponse.DescribeConfigsSynonym()
                (made.name, made.value, made.source) = (synonym.name, synonym.value, synonym.source.rawValue)
                return made
            }
        }
        return entry
    }
}
