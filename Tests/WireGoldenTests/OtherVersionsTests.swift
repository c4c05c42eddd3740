import Bytes
import Foundation
import Testing
import WireProtocol

/// Fields that the written version lacks, and nulls that it forbids.
struct OtherVersionsTests {
    private static let files = [
        "requests", "responses", "common", "metadata-log", "group-coordinator", "transaction-coordinator",
        "share-coordinator", "quorum", "streams", "storage",
    ]

    @Test func `a field that the version lacks is dropped or refused, as Kafka does`() throws {
        var ones: [String: ByteSlice] = [:]
        for golden in try Self.files.flatMap({ try WireGolden.read($0) }) where golden.json["case"] as? String == "one"
        {
            ones["\(golden.message) \(golden.version)"] = golden.bytes
        }
        let goldens = try WireGolden.read("other-versions")
        #expect(goldens.count == 923)
        var refused = 0
        for golden in goldens {
            let place = "\(golden.place) v\(golden.version) \(golden.json["field"] ?? "")"
            let type = try #require(WireGolden.types[golden.message], "\(place)")
            let one = try #require(ones["\(golden.message) \(golden.version)"], "\(place)")
            if golden.json["outcome"] as? String == "refused" {
                refused += 1
                #expect(throws: WireError.self, "\(place)") { try written(type, one, golden) }
            } else {
                #expect(try written(type, one, golden) == one, "\(place)")
            }
        }
        #expect(refused == 472)
    }

    /// The value of case `one` with the field set, written.
    private func written<Message: WireMessage>(
        _ type: Message.Type, _ one: ByteSlice, _ golden: WireGolden
    ) throws -> ByteSlice {
        var message = try Message(one, version: golden.version)
        let path = (golden.json["field"] as? String ?? "").split(separator: ".").map(String.init)
        try JSONValues.set(path[...], of: &message, to: golden.json["set"] ?? NSNull())
        return try message.bytes(version: golden.version)
    }
}
