import Bytes
import ClusterImage
import Foundation
import GoldenSupport
import InternalRecords
import RecordFormat
import Testing
import Vocabulary

/// A metadata log that Apache Kafka 4.3.1 wrote, from its first record on, against what Kafka said of the cluster when it
/// was asked at the end.
struct ApacheLogTests {
    private let running: [String: Any]
    private let values: [ByteSlice]

    init() throws {
        let said = try Data(
            contentsOf: Fixture.folder.appendingPathComponent("metadata/metadata-dynamic.running.json"))
        running = try JSONSerialization.jsonObject(with: said) as? [String: Any] ?? [:]
        let log = ByteSlice(try Fixture.kept("metadata/metadata-dynamic.log"))
        values = try Self.values(of: log)
    }

    /// The values of all records that are not control records.
    private static func values(of log: ByteSlice) throws -> [ByteSlice] {
        var values: [ByteSlice] = []
        var position = 0
        while position < log.count, let header = try log.withBytes({ try BatchHeader.read($0, at: position) }) {
            let batch = log[position..<position + header.sizeInBytes]
            position += header.sizeInBytes
            if header.isControl { continue }
            var reader = try RecordReader(batch, header, limit: 1 << 20)
            while let record = try reader.next() { values.append(try #require(record.value)) }
        }
        return values
    }

    private func replayed() throws -> ClusterImage {
        var replay = ImageReplay()
        for value in values { try replay.replay(try VersionedRecord(decoding: value).record) }
        return replay.image
    }

    @Test func `every record is written again as the bytes that Apache wrote`() throws {
        #expect(values.count > 500)
        for value in values {
            let record = try VersionedRecord(decoding: value)
            #expect(try record.encoded() == value, "\(record.record)")
        }
    }

    @Test func `the image has the topics that Apache says there are, with their ids, partitions and settings`() throws {
        let image = try replayed()
        let topics = try #require(running["topics"] as? [String: [String: Any]])
        // Internal topics are among them; nothing else may be in the image.
        #expect(Set(image.topicIDs.keys) == Set(topics.keys))
        for (name, said) in topics {
            let topic = try #require(image.topic(named: name))
            #expect(topic.id.description == said["topicId"] as? String, "\(name)")
            #expect(topic.partitions.count == said["partitions"] as? Int, "\(name)")
            #expect(image.config(.topic(name)) == said["configs"] as? [String: String] ?? [:], "\(name)")
        }
    }

    @Test func `features, rules, quotas and credentials are as many as Apache names`() throws {
        let image = try replayed()
        var features = try #require(running["features"] as? [String: Int])
        // kraft.version lives in control records of the quorum, not in the image.
        features["kraft.version"] = nil
        #expect(image.features.mapValues(Int.init) == features)
        #expect(image.accessControlEntries.count == (running["acls"] as? [Any])?.count)
        #expect(image.quotas.count == (running["clientQuotas"] as? [String: Any])?.count)
        let scram = try #require(running["scramUsers"] as? [String: [String]])
        #expect(image.scramCredentials.count == scram.values.map(\.count).reduce(0, +))
    }

    @Test func `an image written as records and replayed is the same image`() throws {
        let image = try replayed()
        var replay = ImageReplay()
        for record in image.records { try replay.replay(try VersionedRecord(decoding: record.encoded()).record) }
        let again = replay.image
        #expect(again.records.count == image.records.count)
        #expect(again.topics == image.topics)
        #expect(again.brokers == image.brokers)
        #expect(again.configs == image.configs)
        #expect(again.quotas == image.quotas)
        #expect(again.features == image.features)
    }
}
