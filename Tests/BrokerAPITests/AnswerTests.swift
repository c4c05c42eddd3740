import Testing
import Vocabulary
import WireProtocol

@testable import BrokerAPI

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
        let asked = [topic("b")] + many + [topic(nil, one), topic("b"), topic(nil, two), topic(nil, one), topic("c")]
        let once = Broker.once(asked)
        #expect(once.map(\.name) == ["b", "a", nil, nil, "c"])
        #expect(once.map(\.topicId) == [.zero, .zero, one, two, .zero])
    }
}
