import ApusTesting
import Bytes
import GoldenSupport
import Seams
import Testing
import WireProtocol

/// Broken bytes into every reader of the wire. A crash is the failure; what is read may be anything, but must be writable
/// or refused with a typed error.
@Suite struct WireFuzzTests {
    @Test(arguments: ["requests", "responses", "common", "metadata-log", "group-coordinator"])
    func `mutated messages are read or refused, in every version`(file: String) throws {
        let goldens = try WireGolden.read(file)
        var refused = 0
        Fuzzing.rounds(1) { seed in
            let chance = SimulatedChance(seed: seed)
            for golden in goldens {
                guard let type = WireGolden.types[golden.message] else { continue }
                var bytes = golden.bytes.array
                chance.mutate(&bytes)
                if !survives(type, ByteSlice(bytes), chance.version(of: type)) { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    @Test func `mutated Produce and Fetch requests are read by views if and only if the generated readers read them`()
        throws
    {
        let goldens = try WireGolden.read("requests").filter {
            ["ProduceRequest", "FetchRequest"].contains($0.message)
        }
        var (read, refused) = (0, 0)
        Fuzzing.rounds(5) { seed in
            let chance = SimulatedChance(seed: seed)
            for golden in goldens {
                var bytes = golden.bytes.array
                chance.mutate(&bytes)
                let isSame = isSame(golden, ByteSlice(bytes))
                #expect(isSame != nil, "\(golden.place) v\(golden.version): \(bytes)")
                if isSame == true { read += 1 } else { refused += 1 }
            }
        }
        #expect(read > 100 && refused > 100)
    }

    private func isSame(_ golden: WireGolden, _ bytes: ByteSlice) -> Bool? {
        golden.message == "ProduceRequest"
            ? same(
                try? ProduceRequest(bytes, version: golden.version),
                (try? ProduceRequestView(bytes, version: golden.version)).map { ProduceRequest($0) })
            : same(
                try? FetchRequest(bytes, version: golden.version),
                (try? FetchRequestView(bytes, version: golden.version)).map { FetchRequest($0) })
    }

    /// Whether both were read; nil where one was and the other was not.
    private func same<Message: WireMessage>(_ generated: Message?, _ view: Message?) -> Bool? {
        (generated == nil) == (view == nil) ? generated != nil : nil
    }

    private func survives<Message: WireMessage>(_ type: Message.Type, _ bytes: ByteSlice, _ version: Int16) -> Bool {
        guard let message = try? Message(bytes, version: version) else { return false }
        return (try? message.bytes(version: version)) != nil
    }
}

extension SimulatedChance {
    fileprivate func version(of type: any WireMessage.Type) -> Int16 {
        Int16(between(Int64(type.versions.lowerBound)...Int64(type.versions.upperBound)))
    }
}
