import Bytes
import Foundation
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
    }

    @Test func `what Kafka's readers reject is rejected`() throws {
        let goldens = try WireGolden.read("malformed")
        #expect(goldens.count == 2_692)
        for golden in goldens {
            guard let type = WireGolden.types[golden.message] else { continue }
            let isRejected = golden.json["outcome"] as? String == "rejected"
            let error = reading(type, golden)
            if isRejected { #expect(error != nil, "\(golden.place) v\(golden.version)") }
        }
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

    private func reading<Message: WireMessage>(_ type: Message.Type, _ golden: WireGolden) -> WireError? {
        do throws(WireError) {
            _ = try Message(golden.bytes, version: golden.version)
            return nil
        } catch { return error }
    }
}
