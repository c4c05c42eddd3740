import Testing
import Vocabulary

@Suite struct UUID128Tests {
    @Test func `the zero id is written as Kafka writes it`() {
        #expect(UUID128.zero.description == "AAAAAAAAAAAAAAAAAAAAAA")
        #expect(UUID128.metadataTopic.description == "AAAAAAAAAAAAAAAAAAAAAQ")
    }

    @Test(arguments: ["H3KKO4NTRPaCWtEmm3vW7A", "-_4Z0Pn7Q2K8sJwW0oM9_g"])
    func `a text form survives the way there and back`(text: String) throws {
        #expect(try #require(UUID128(text)).description == text)
    }

    @Test(arguments: ["", "short", "H3KKO4NTRPaCWtEmm3vW7!", "H3KKO4NTRPaCWtEmm3vW7AA"])
    func `anything else is refused`(text: String) { #expect(UUID128(text) == nil) }

    @Test func `halves are compared as signed numbers, as Kafka does`() {
        #expect(UUID128(high: 1 << 63, low: 0) < UUID128(high: 0, low: 0))
        #expect(UUID128(high: 0, low: 1 << 63) < UUID128(high: 0, low: 0))
    }
}
