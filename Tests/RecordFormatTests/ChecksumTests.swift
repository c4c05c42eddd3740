import Bytes
import Checksums
import Foundation
import Testing
import Vocabulary

@Suite struct ChecksumTests {
    @Test func `the check value of CRC-32C is the published one`() {
        let text = Array("123456789".utf8)
        #expect(text.withUnsafeBytes { CRC32C.of($0) } == 0xe306_9283)
        #expect(text.withUnsafeBytes { CRC32.of($0) } == 0xcbf4_3926)
    }

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
}
