import Bytes
import Foundation
import GoldenSupport
import Testing
import Vocabulary
import WireProtocol

/// The hand-written forms of Produce and Fetch, held by the goldens of the generated ones.
struct HotPathTests {
    /// What a view reads, as the generated message, and the bytes left; nil where it refuses.
    private func view(_ message: String, _ bytes: ByteSlice, _ version: Int16) -> (any WireMessage, Int)? {
        var reader = WireReader(bytes)
        if message == "ProduceRequest" {
            guard let view = try? ProduceRequestView(from: &reader, version: version) else { return nil }
            let made = ProduceRequest(view)
            #expect(made.topicData.count == view.topicCount)
            #expect(made.topicData.reduce(0) { $0 + $1.partitionData.count } == view.partitionCount)
            return (made, reader.left)
        }
        guard let view = try? FetchRequestView(from: &reader, version: version) else { return nil }
        let made = FetchRequest(view)
        #expect(made.topics.count == view.topicCount)
        #expect(made.topics.reduce(0) { $0 + $1.partitions.count } == view.partitionCount)
        #expect(made.forgottenTopicsData.count == view.forgottenTopicCount)
        return (made, reader.left)
    }

    private func isRead(_ type: any WireMessage.Type, _ bytes: ByteSlice, _ version: Int16) -> Bool {
        (try? type.init(bytes, version: version)) != nil
    }

    @Test(arguments: [("ProduceRequest", 84), ("FetchRequest", 114)])
    func `a view reads Kafka's bytes as Kafka's values`(message: String, count: Int) throws {
        let goldens = try WireGolden.read("requests").filter { $0.message == message }
        #expect(goldens.count == count)
        for golden in goldens {
            let (made, left) = try #require(view(message, golden.bytes, golden.version), "\(golden.place)")
            #expect(left == 0, "\(golden.place)")
            let value = withoutUnknownTags(golden.value)
            #expect(difference(made, value) == nil, "\(golden.place)")
            if hasUnknownTags(golden.value) { continue }
            #expect(try made.bytes(version: golden.version) == golden.bytes, "\(golden.place)")
        }
    }

    @Test(arguments: [("ProduceRequest", 92, 37), ("FetchRequest", 261, 112)])
    func `a view refuses what Kafka refuses and reads what it reads`(
        message: String, refusedCount: Int, readCount: Int
    ) throws {
        let goldens = try WireGolden.read("malformed").filter { $0.message == message }
        var rejected = 0
        for golden in goldens {
            let isRejected = golden.json["outcome"] as? String == "rejected"
            if isRejected { rejected += 1 }
            let found = view(message, golden.bytes, golden.version)
            #expect((found == nil) == isRejected, "\(golden.place) v\(golden.version)")
            guard let (made, left) = found else { continue }
            #expect(difference(made, withoutUnknownTags(golden.value)) == nil, "\(golden.place)")
            #expect(left == (golden.json["unread"] as? NSNumber)?.intValue ?? 0, "\(golden.place)")
        }
        #expect(rejected == refusedCount && goldens.count - rejected == readCount)
    }

    @Test(arguments: ["ProduceRequest", "FetchRequest"])
    func `a view refuses every cut and every version that the generated reader refuses`(message: String) throws {
        let type = try #require(WireGolden.types[message])
        for golden in try WireGolden.read("requests").filter({ $0.message == message && $0.bytes.count < 400 }) {
            let bytes = golden.bytes
            for count in 0..<bytes.count {
                let cut = bytes.prefix(count)
                #expect(
                    (view(message, cut, golden.version) != nil) == isRead(type, cut, golden.version),
                    "\(golden.place) v\(golden.version), \(count) bytes")
            }
            for version: Int16 in [-1, 0, 2, 3, 8, 9, 12, 13, 17, 18, 19, .max] {
                #expect(
                    (view(message, bytes, version) != nil) == isRead(type, bytes, version),
                    "\(golden.place) as v\(version)")
            }
        }
    }

    @Test func `partitions and topics that were not asked for are passed over`() throws {
        var request = ProduceRequest()
        for name in ["a", "b", "c"] {
            var topic = ProduceRequest.TopicProduceData()
            topic.name = name
            topic.partitionData = [.init(), .init(), .init()]
            for index in 0..<3 { topic.partitionData[index].index = Int32(index) }
            topic.unknownTaggedFields = [UnknownTaggedField(tag: 7, data: ByteSlice([1, 2, 3]))]
            request.topicData.append(topic)
        }
        let view = try ProduceRequestView(try request.bytes(version: 9), version: 9)
        var cursor = view.topics
        #expect(cursor.nextPartition() == nil)
        #expect(cursor.nextTopic()?.name.text == "a")
        #expect(cursor.nextPartition()?.index == 0)
        #expect(cursor.nextTopic()?.name.text == "b")
        #expect(cursor.nextTopic()?.name.text == "c")
        #expect(cursor.nextPartition()?.index == 0)
        #expect(cursor.nextPartition()?.index == 1)
        #expect(cursor.nextPartition()?.index == 2)
        #expect(cursor.nextPartition() == nil)
        #expect(cursor.nextTopic() == nil)
    }

    @Test func `produce answers are written as Kafka writes them`() throws {
        let goldens = try WireGolden.read("responses").filter { $0.message == "ProduceResponse" }
        #expect(goldens.count == 82)
        for golden in goldens {
            let message = try ProduceResponse(golden.bytes, version: golden.version)
            try check(try message.hotBytes(version: golden.version), ProduceResponse.self, golden)
        }
    }

    @Test(arguments: RecordsForm.allCases)
    func `fetch answers are written as Kafka writes them`(form: RecordsForm) throws {
        let goldens = try WireGolden.read("responses").filter { $0.message == "FetchResponse" }
        #expect(goldens.count == 112)
        for golden in goldens {
            let message = try FetchResponse(golden.bytes, version: golden.version)
            try check(try message.hotBytes(version: golden.version, form), FetchResponse.self, golden)
        }
    }

    private func check<Message: WireMessage>(
        _ written: ByteSlice, _ type: Message.Type, _ golden: WireGolden
    ) throws {
        if hasUnknownTags(golden.value) {
            var reader = WireReader(written)
            let read = try Message(from: &reader, version: golden.version)
            #expect(difference(read, withoutUnknownTags(golden.value)) == nil, "\(golden.place)")
            #expect(reader.left == 0, "\(golden.place)")
        } else {
            #expect(written == golden.bytes, "\(golden.place) v\(golden.version)")
        }
    }

    @Test func `whole frames are Kafka's, with size and header in the same buffer`() throws {
        var seen: Set<String> = []
        for golden in try WireGolden.read("frames") {
            let header = golden.json["header"] as? [String: Any]
            guard let correlation = (header?["correlationId"] as? NSNumber)?.int32Value else { continue }
            let body = golden.bytes.dropFirst(4 + (golden.json["headerVersion"] as? NSNumber == 0 ? 4 : 5))
            switch golden.message {
            case "ProduceResponse":
                let message = try ProduceResponse(body, version: golden.version)
                #expect(try message.hotBytes(version: golden.version, correlationID: correlation) == golden.bytes)
            case "FetchResponse":
                let message = try FetchResponse(body, version: golden.version)
                for form in RecordsForm.allCases {
                    #expect(
                        try message.hotBytes(version: golden.version, correlationID: correlation, form)
                            == golden.bytes)
                }
            default: continue
            }
            seen.insert(golden.message)
        }
        #expect(seen == ["ProduceResponse", "FetchResponse"])
    }
}

private func withoutUnknownTags(_ json: Any?) -> Any? {
    if let array = json as? [Any] { return array.map { withoutUnknownTags($0) ?? NSNull() } }
    guard let object = json as? [String: Any] else { return json }
    return object.filter { $0.key != "unknownTaggedFields" }.mapValues { withoutUnknownTags($0) ?? NSNull() }
}

private func hasUnknownTags(_ json: Any?) -> Bool {
    if let array = json as? [Any] { return array.contains { hasUnknownTags($0) } }
    guard let object = json as? [String: Any] else { return false }
    return object.contains { $0.key == "unknownTaggedFields" || hasUnknownTags($0.value) }
}
