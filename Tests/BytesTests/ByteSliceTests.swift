import Bytes
import Testing

@Suite struct ByteSliceTests {
    @Test func `a slice of a slice sees the right bytes`() {
        let all = ByteSlice([0, 1, 2, 3, 4, 5])
        #expect(all[2..<5].array == [2, 3, 4])
        #expect(all[2..<5][1..<2].array == [3])
        #expect(all.dropFirst(4) == ByteSlice([4, 5]))
        #expect(all[6..<6].isEmpty)
    }

    @Test func `numbers are big-endian`() {
        let bytes = ByteSlice([0x01, 0x02, 0x03, 0x04, 0xff])
        #expect(bytes.withBytes { $0.readBigEndian(Int32.self, at: 0) } == 0x0102_0304)
        #expect(bytes.withBytes { $0.readBigEndian(Int16.self, at: 3) } == 0x04ff)
    }

    @Test func `broken text is read with replacement characters`() {
        #expect(ByteSlice([0x61, 0xff, 0x62]).text == "a\u{FFFD}b")
    }
}
