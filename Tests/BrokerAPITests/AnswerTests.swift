import Testing
import Vocabulary
import WireProtocol

@testable import BrokerAPI
@testable import Coordination

/// What answers say that does not hang on the state of a node.
struct AnswerTests {
    private func topic(_ name: String?, _ id: UUID128 = .zero) -> MetadataRequest.MetadataRequestTopic {
        var topic = MetadataRequest.MetadataRequestTopic()
        (topic.name, topic.topicId) = (name, id)
        return topic
    }

    @Test func `a topic that Metadata is asked for many times is answered once`() {
        let (one, two) = (UUID128(high: 1, low: 1), UUID128(high: 1, low: 2))
        let many = Array(repeating: topic("a"), count: 1_000)
        #expect(Broker.once([topic("b")] + many + [topic("b"), topic("c")]).map(\.name) == ["b", "a", "c"])
        #expect(Broker.once(many + [topic(nil, one), topic(nil, two), topic(nil, one)]).map(\.topicId) == [one, two])
    }

    @Test func `authorized operations are a bit for each of Kafka's codes`() {
        // AclEntry.supportedOperations, as Apache Kafka 4.3 answers it without an authorizer.
        #expect(AuthorizedOperations.topic == 3_576)
        #expect(AuthorizedOperations.group == 3_400)
        #expect(AuthorizedOperations.cluster == 8_096)
    }

    @Test func `Metadata tells authorized operations to those who ask, of the cluster up to version 10`() {
        var request = MetadataRequest()
        func answer(_ version: Int16) -> MetadataResponse {
            var response = MetadataResponse()
            response.topics = [0, ErrorCode.unknownTopicOrPartition.rawValue, ErrorCode.unknownTopicId.rawValue].map {
                var topic = MetadataResponse.MetadataResponseTopic()
                topic.errorCode = $0
                return topic
            }
            Broker.fillOperations(of: &response, request, version: version)
            return response
        }
        #expect(answer(10).clusterAuthorizedOperations == .min)
        #expect(answer(10).topics.map(\.topicAuthorizedOperations) == [.min, .min, .min])
        (request.includeClusterAuthorizedOperations, request.includeTopicAuthorizedOperations) = (true, true)
        #expect(answer(7).clusterAuthorizedOperations == .min)
        #expect(answer(8).clusterAuthorizedOperations == AuthorizedOperations.cluster)
        #expect(answer(11).clusterAuthorizedOperations == .min)
        let topic = AuthorizedOperations.topic
        #expect(answer(11).topics.map(\.topicAuthorizedOperations) == [topic, topic, .min])
    }

    @Test func `DescribeGroups tells authorized operations of groups that are there, to those who ask`() {
        var request = DescribeGroupsRequest()
        func operations(_ error: GroupError, _ version: Int16) -> Int32 {
            let group = GroupDescription(groupID: "g", error: error, errorMessage: nil, state: "Empty")
            return Broker.entry(group, request, version: version).authorizedOperations
        }
        #expect(operations(.none, 3) == .min)
        request.includeAuthorizedOperations = true
        #expect(operations(.none, 2) == .min)
        #expect(operations(.none, 3) == AuthorizedOperations.group)
        #expect(operations(.groupIDNotFound, 6) == .min)
    }
}
