import Bytes
import Foundation
import GoldenSupport
import Testing
import WireProtocol

/// Whole requests and responses as they stand on a connection: size, header, body.
struct FrameTests {
    @Test func `frames are read as header and body, and written again as the same bytes`() throws {
        let goldens = try WireGolden.read("frames")
        #expect(goldens.count == 72)
        for golden in goldens {
            let type = try #require(WireGolden.types[golden.message], "\(golden.place)")
            let isRequest = golden.json["kind"] as? String == "request"
            do {
                if isRequest {
                    try check(type, RequestHeader.self, golden)
                } else {
                    try check(type, ResponseHeader.self, golden)
                }
            } catch { Issue.record("\(golden.place): \(error)") }
        }
    }

    @Test func `keys, versions and header versions are those of Kafka's table`() throws {
        let rows = String(decoding: try Fixture.content("wire/api-versions.tsv"), as: UTF8.self).split(separator: "\n")
            .dropFirst().map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        #expect(rows.count == 302)
        for row in rows {
            let key = try #require(Int16(row[0]).flatMap(APIKey.init(rawValue:)), "\(row)")
            let version = try #require(Int16(row[3]))
            #expect(key.name == row[2])
            #expect("\(key.versions.lowerBound) \(key.versions.upperBound)" == "\(row[4]) \(row[5])", "\(row)")
            #expect("\(key.newestStable)" == row[6], "\(row)")
            #expect("\(key.requestHeaderVersion(version))" == row[9], "\(row)")
            #expect("\(key.responseHeaderVersion(version))" == row[10], "\(row)")
        }
    }

    private func check<Body: WireMessage, Header: WireMessage>(
        _ body: Body.Type, _ header: Header.Type, _ golden: WireGolden
    ) throws {
        let bytes = golden.bytes
        let headerVersion = try #require(golden.json["headerVersion"] as? NSNumber).int16Value
        var reader = WireReader(bytes)
        #expect(try Int(reader.int32()) == bytes.count - 4, "\(golden.place)")
        let head = try Header(from: &reader, version: headerVersion)
        let message = try Body(from: &reader, version: golden.version)
        #expect(reader.left == 0, "\(golden.place)")
        #expect(difference(head, golden.json["header"]) == nil, "\(golden.place)")
        #expect(difference(message, golden.value) == nil, "\(golden.place)")

        var writer = WireWriter()
        writer.int32(Int32(bytes.count - 4))
        try head.write(to: &writer, version: headerVersion)
        try message.write(to: &writer, version: golden.version)
        #expect(writer.finish() == bytes, "\(golden.place)")
        #expect(try frame(of: message, head, golden.version) == bytes, "\(golden.place)")
        if let head = head as? RequestHeader { try check(ReceivedRequest(bytes.dropFirst(4)), head, message, golden) }
    }

    private func frame(of message: any WireMessage, _ header: any WireMessage, _ version: Int16) throws -> ByteSlice? {
        switch (message, header) {
        case (let message as any WireRequest, let header as RequestHeader):
            try message.frame(version: version, correlationId: header.correlationId, clientId: header.clientId)
        case (let message as any WireResponse, let header as ResponseHeader):
            try message.frame(version: version, correlationId: header.correlationId)
        default: nil
        }
    }

    private func check(
        _ received: ReceivedRequest, _ header: RequestHeader, _ message: some WireMessage, _ golden: WireGolden
    ) throws {
        #expect(received.apiKey.rawValue == header.requestApiKey, "\(golden.place)")
        #expect(received.apiVersion == golden.version && received.isVersionSupported, "\(golden.place)")
        #expect(received.correlationId == header.correlationId, "\(golden.place)")
        #expect(received.clientId.text == header.clientId ?? "", "\(golden.place)")
        #expect(try message.bytes(version: golden.version) == received.body, "\(golden.place)")
    }
}
