import Bytes
import Foundation
import InternalRecords
import Testing
import WireProtocol

struct WireGoldenTests {
    @Test(arguments: [
        ("requests", 2_213), ("responses", 2_227), ("common", 147), ("metadata-log", 271), ("group-coordinator", 351),
        ("transaction-coordinator", 21), ("share-coordinator", 28), ("quorum", 15), ("streams", 77), ("storage", 37),
    ])
    func `Kafka's bytes are read as its values, and written again as the same bytes`(file: String, count: Int) throws {
        let goldens = try WireGolden.read(file)
        #expect(goldens.count == count)
        for golden in goldens {
            guard let type = WireGolden.types[golden.message] else {
                Issue.record("\(golden.place): no such message")
                continue
            }
            do {
                try check(type, golden)
            } catch { Issue.record("\(golden.place): \(error)") }
        }
    }

    private func check<Message: WireMessage>(_ type: Message.Type, _ golden: WireGolden) throws {
        let bytes = golden.bytes
        var reader = WireReader(bytes)
        let message = try Message(from: &reader, version: golden.version)
        #expect(reader.left == 0, "\(golden.place): bytes are left")
        let found = difference(message, golden.value)
        #expect(found == nil, "\(golden.place)")
        let written = try message.bytes(version: golden.version)
        #expect(written == bytes, "\(golden.place): other bytes were written")
        // The buffer of the counted size is enough, so that no writing grows it.
        var writer = WireWriter(capacity: bytes.count)
        try message.write(to: &writer, version: golden.version)
        #expect(writer.count == bytes.count && writer.capacity == bytes.count, "\(golden.place): the buffer grew")
        let size = try WireWriter.size { (counter: inout WireWriter) throws(WireError) in
            try message.write(to: &counter, version: golden.version)
        }
        #expect(size == bytes.count, "\(golden.place): another size was counted")
    }

    /// These have tests of their own.
    private static let elsewhere: Set<String> = ["received-header", "group-coordinator-record"]

    @Test func `what Kafka's readers reject is rejected, and what they read is read as the same value or refused`()
        throws
    {
        let goldens = try WireGolden.read("malformed")
        #expect(goldens.count == 2_692)
        var rejected = 0
        for golden in goldens {
            let kind = golden.json["kind"] as? String ?? ""
            if Self.elsewhere.contains(kind) { continue }
            let isRejected = golden.json["outcome"] as? String == "rejected"
            if isRejected { rejected += 1 }
            guard let (message, left) = kind == "metadata-record" ? framed(golden) : try bare(golden) else { continue }
            if isRejected {
                Issue.record("\(golden.place) v\(golden.version): was read")
            } else {
                #expect(difference(message, golden.value) == nil, "\(golden.place) v\(golden.version)")
                let unread = (golden.json["unread"] as? NSNumber)?.intValue ?? 0
                #expect(left == unread, "\(golden.place) v\(golden.version)")
                if golden.json["rewriteRefused"] != nil {
                    #expect(throws: WireError.self, "\(golden.place)") { try message.bytes(version: golden.version) }
                } else {
                    let expected =
                        (golden.json["rewritten"] as? String).map(WireGolden.bytes)
                        ?? golden.bytes.prefix(golden.bytes.count - unread)
                    if kind != "metadata-record" {
                        #expect(try message.bytes(version: golden.version) == expected, "\(golden.place)")
                    }
                }
            }
        }
        #expect(rejected == 1_799)
    }

    /// The message read and the bytes left, or nil where reading was refused.
    private func bare(_ golden: WireGolden) throws -> (any WireMessage, Int)? {
        let type = try #require(WireGolden.types[golden.message], "\(golden.place)")
        return open(type, golden)
    }

    private func open<Message: WireMessage>(_ type: Message.Type, _ golden: WireGolden) -> (any WireMessage, Int)? {
        var reader = WireReader(golden.bytes)
        guard let message = try? Message(from: &reader, version: golden.version) else { return nil }
        return (message, reader.left)
    }

    @Test func `headers are received as a Kafka broker receives them`() throws {
        let goldens = try WireGolden.read("malformed").filter { $0.json["kind"] as? String == "received-header" }
        #expect(goldens.count == 19)
        for golden in goldens {
            guard golden.json["outcome"] as? String == "decoded" else {
                #expect(throws: WireError.self, "\(golden.place)") { try ReceivedRequest(golden.bytes) }
                continue
            }
            let received = try ReceivedRequest(golden.bytes)
            var header = RequestHeader()
            (header.requestApiKey, header.requestApiVersion) = (received.apiKey.rawValue, received.apiVersion)
            (header.correlationId, header.clientId) = (received.correlationId, received.clientId.text)
            var value = golden.value as? [String: Any]
            value?["unknownTaggedFields"] = nil
            #expect(difference(header, value) == nil, "\(golden.place)")
            #expect(received.headerVersion == golden.version, "\(golden.place)")
            #expect(received.isVersionSupported == golden.json["apiVersionSupported"] as? Bool, "\(golden.place)")
            #expect(received.body.count == golden.json["unread"] as? Int, "\(golden.place)")
        }
    }

    private func framed(_ golden: WireGolden) -> (any WireMessage, Int)? {
        guard let framed = try? VersionedRecord(decoding: golden.bytes) else { return nil }
        return (framed.record.body, 0)
    }

    @Test func `the generated Swift is what the generator makes of the schemas`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let check = Process()
        check.executableURL = Bundle.main.executableURL?.deletingLastPathComponent()
            .appendingPathComponent("ProtocolGenerator")
        if !FileManager.default.isExecutableFile(atPath: check.executableURL?.path ?? "") {
            check.executableURL = root.appendingPathComponent(".build/debug/ProtocolGenerator")
        }
        check.arguments = ["--check"]
        try check.run()
        check.waitUntilExit()
        #expect(check.terminationStatus == 0)
    }
}
