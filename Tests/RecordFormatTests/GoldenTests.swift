import Bytes
import Checksums
import Compression
import Foundation
import RecordFormat
import Testing
import Vocabulary

@Suite struct GoldenTests {
    @Test func `every checksum is Kafka's`() throws {
        let goldens = try Golden.read("crc")
        #expect(goldens.count == 121)
        for golden in goldens {
            golden.bytes("data").withBytes { bytes in
                #expect(Int64(CRC32C.of(bytes)) == integer(golden.json["crc32c"]))
                #expect(Int64(CRC32.of(bytes)) == integer(golden.json["crc32"]))
            }
        }
    }

    @Test func `every key gets Kafka's partition`() throws {
        let goldens = try Golden.read("partitioner")
        #expect(goldens.count == 2000)
        for golden in goldens {
            golden.bytes("key").withBytes { key in
                #expect(Int64(Murmur2.hash(key)) == integer(golden.json["murmur2"]))
                for (count, partition) in golden.json["partition"] as? [String: Any] ?? [:] {
                    #expect(Int64(Murmur2.partition(ofKey: key, count: Int32(count) ?? 1)) == integer(partition))
                }
            }
        }
    }

    @Test func `every well-formed batch reads as Kafka reads it`() throws {
        for golden in try Golden.read("batches") {
            let bytes = golden.bytes("base64")
            let expected = golden.expect["batches"] as? [[String: Any]] ?? []
            var position = 0
            for want in expected {
                let view = try bytes.withBytes { try #require(try BatchView($0, at: position)).header }
                let size = view.sizeInBytes
                #expect(integer(want["position"]) == Int64(position) && integer(want["sizeInBytes"]) == Int64(size))
                #expect(integer(want["magic"]) == Int64(view.magic), "\(golden)")
                #expect(integer(want["lastOffset"]) == view.lastOffset.rawValue, "\(golden)")
                #expect(want["compression"] as? String == view.codec?.name, "\(golden)")
                #expect(integer(want["maxTimestamp"]) == view.maxTimestamp.rawValue, "\(golden)")
                try bytes.withBytes { try BatchView($0, at: position)?.checkChecksum() }
                if view.magic == 2 { try check(bytes[position..<position + size], view, want, golden.name) }
                position += size
            }
            #expect(integer(golden.expect["validBytes"]) == Int64(position), "\(golden)")
            let ends = try bytes.withBytes { try BatchView($0, at: position) == nil }
            #expect(ends, "\(golden)")
        }
    }

    private func check(_ batch: ByteSlice, _ header: BatchHeader, _ want: [String: Any], _ name: String) throws {
        #expect(integer(want["baseOffset"]) == header.baseOffset.rawValue, "\(name)")
        #expect(integer(want["attributes"]) == Int64(header.attributes.rawValue), "\(name)")
        #expect(integer(want["partitionLeaderEpoch"]) == Int64(header.partitionLeaderEpoch.rawValue), "\(name)")
        #expect(integer(want["lastSequence"]) == Int64(header.lastSequence), "\(name)")
        #expect(integer(want["producerId"]) == header.producerID.rawValue, "\(name)")
        #expect(integer(want["recordCount"]) == Int64(header.recordCount), "\(name)")
        #expect(integer(want["deleteHorizonMs"]) == header.deleteHorizon?.rawValue, "\(name)")
        var reader = try RecordReader(batch, header)
        for record in want["records"] as? [[String: Any]] ?? [] {
            let read = try #require(try reader.next())
            #expect(integer(record["offset"]) == read.offset.rawValue, "\(name)")
            #expect(integer(record["timestamp"]) == read.timestamp.rawValue, "\(name)")
            if record.keys.contains("key") { #expect(decoded(record["key"]) == read.key?.array, "\(name)") }
            if record.keys.contains("value") { #expect(decoded(record["value"]) == read.value?.array, "\(name)") }
            let headers = record["headers"] as? [[String: Any]] ?? []
            #expect(headers.count == read.headers.count, "\(name)")
        }
        #expect(try reader.next() == nil)
        var walked: Int32 = 0
        try batch.withBytes { try BatchView($0)?.walk { _, _, _ in walked += 1 } }
        #expect(walked == header.recordCount, "\(name)")
    }

    /// Where we refuse what Kafka lets a leader store although no consumer can read it.
    static let stricter: Set<String> = ["gzip-record-length-beyond", "gzip-record-length-small"]

    @Test func `a damaged batch is refused where Kafka refuses it`() throws {
        for golden in try Golden.read("bad-batches") where !golden.name.hasPrefix("v0") && !golden.name.hasPrefix("v1")
        {
            let leader = golden.expect["appendAsLeader"] as? [String: Any] ?? [:]
            // The log appends nothing when there is no whole batch; Produce's own check has refused that before.
            let produce = golden.expect["produceRequest"] as? [String: Any] ?? [:]
            // The walk before validation refuses a base offset that a client may not choose.
            let base = golden.bytes("base64").withBytes { $0.count < 8 ? 0 : $0.readBigEndian(Int64.self, at: 0) }
            let isFine = leader["ok"] != nil && produce["ok"] != nil && !Self.stricter.contains(golden.name)
            let ours = golden.bytes("base64").withBytes { bytes -> (any Error)? in
                do {
                    try BatchValidator.checkProduce(bytes, version: 9)
                    try BatchView(bytes)?.checkChecksum()
                    var validator = BatchValidator(leaderEpoch: 3)
                    validator.timestampAfterMax = .max
                    _ = try validator.validate(bytes, firstOffset: 0, now: 1_700_775_444_331)
                    return nil
                } catch { return error }
            }
            if base == 0 { #expect((ours == nil) == isFine, "\(golden): \(String(describing: ours))") }
        }
    }
}
