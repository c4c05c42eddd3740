import Checksums
import Testing

@Test func `the check value of CRC-32C is the published one`() {
    let text = Array("123456789".utf8)
    #expect(text.withUnsafeBytes { CRC32C.of($0) } == 0xe306_9283)
    #expect(text.withUnsafeBytes { CRC32.of($0) } == 0xcbf4_3926)
}
