import Bytes
import InternalRecords
import Testing
import WireProtocol

struct VersionedRecordTests {
    /// Version 65,536 as a varint, which has its low 16 bits at zero.
    @Test func `a record version past 16 bits is refused, not cut to the version in its low bits`() throws {
        let name: [UInt8] = [4, 0x74, 0x6f, 0x70] + [UInt8](repeating: 0, count: 17)
        #expect(throws: Never.self) { try VersionedRecord(decoding: ByteSlice([1, 2, 0] + name)) }
        #expect(throws: MetadataRecordError.self) {
            try VersionedRecord(decoding: ByteSlice([1, 2, 0x80, 0x80, 4] + name))
        }
    }

    @Test func `a negative version is refused when it is written`() {
        #expect(throws: WireError.self) { try VersionedRecord(.topic(TopicRecord()), version: -1).encoded() }
    }
}
