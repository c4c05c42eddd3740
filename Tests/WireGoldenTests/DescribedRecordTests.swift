import Bytes
import Foundation
import GoldenSupport
import InternalRecords
import Testing
import WireProtocol

struct DescribedRecordTests {
    @Test(arguments: [
        "common", "metadata-log", "group-coordinator", "transaction-coordinator", "share-coordinator", "quorum",
        "streams", "storage",
    ])
    func `a record says as JSON what Kafka's converters say`(file: String) throws {
        var count = 0
        for golden in try WireGolden.read(file) {
            guard let type = WireGolden.types[golden.message] as? any RecordMessage.Type else { continue }
            // Kafka's converters know no tags that the schema does not have; the goldens show them all the same.
            if golden.json["case"] as? String == "unknown-tags" { continue }
            count += 1
            do { try check(type, golden) } catch { Issue.record("\(golden.place): \(error)") }
        }
        #expect(count > 10)
    }

    private func check<Message: RecordMessage>(_ type: Message.Type, _ golden: WireGolden) throws {
        var reader = WireReader(golden.bytes)
        let message = try Message(from: &reader, version: golden.version)
        let text = message.json(version: golden.version)
        let found = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        let wanted = golden.value as? NSDictionary
        #expect(found == wanted, "\(golden.place) v\(golden.version): \(text)")
    }

    @Test func `metadata records have Kafka's names`() {
        let names = [
            MetadataRecord.noOp(.init()), .zkMigrationState(.init()), .producerIds(.init()), .clearElr(.init()),
        ]
        .map { VersionedRecord($0).typeName }
        #expect(names == ["NO_OP_RECORD", "ZK_MIGRATION_STATE_RECORD", "PRODUCER_IDS_RECORD", "CLEAR_ELR_RECORD"])
    }
}
