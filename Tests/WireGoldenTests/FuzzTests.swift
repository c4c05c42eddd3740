import ApusTesting
import Bytes
import Foundation
import Seams
import Testing
import WireProtocol

/// Broken bytes into every reader of the wire. A crash is the failure; what is read may be anything, but must be writable
/// or refused with a typed error.
@Suite struct WireFuzzTests {
    @Test(arguments: ["requests", "responses", "common", "metadata-log", "group-coordinator"])
    func `mutated messages are read or refused, in every version`(file: String) throws {
        let chance = SimulatedChance(seed: UInt64(ProcessInfo.processInfo.environment["APUS_SEED"] ?? "") ?? 1)
        let seconds = Double(ProcessInfo.processInfo.environment["APUS_FUZZ_SECONDS"] ?? "")
        let deadline = seconds.map { Date().addingTimeInterval($0) }
        var refused = 0
        repeat {
            for golden in try WireGolden.read(file) {
                guard let type = WireGolden.types[golden.message] else { continue }
                var bytes = golden.bytes.array
                mutate(&bytes, chance)
                if !survives(type, ByteSlice(bytes), chance.version(of: type)) { refused += 1 }
            }
        } while deadline.map { Date() < $0 } ?? false
        #expect(refused > 0)
    }

    @Test func `mutated Produce and Fetch requests are read by views if and only if the generated readers read them`()
        throws
    {
        let chance = SimulatedChance(seed: UInt64(ProcessInfo.processInfo.environment["APUS_SEED"] ?? "") ?? 1)
        let goldens = try WireGolden.read("requests").filter {
            ["ProduceRequest", "FetchRequest"].contains($0.message)
        }
        var (read, refused) = (0, 0)
        for golden in (0..<5).flatMap({ _ in goldens }) {
            var array = golden.bytes.array
            mutate(&array, chance)
            let bytes = ByteSlice(array)
            let isSame =
                golden.message == "ProduceRequest"
                ? same(
                    try? ProduceRequest(bytes, version: golden.version),
                    (try? ProduceRequestView(bytes, version: golden.version)).map { ProduceRequest($0) })
                : same(
                    try? FetchRequest(bytes, version: golden.version),
                    (try? FetchRequestView(bytes, version: golden.version)).map { FetchRequest($0) })
            #expect(isSame != nil, "\(golden.place) v\(golden.version): \(array)")
            if isSame == true { read += 1 } else { refused += 1 }
        }
        #expect(read > 100 && refused > 100)
    }

    /// Whether both were read; nil where one was and the other was not.
    private func same<Message: WireMessage>(_ generated: Message?, _ view: Message?) -> Bool? {
        (generated == nil) == (view == nil) ? generated != nil : nil
    }

    private func mutate(_ bytes: inout [UInt8], _ chance: SimulatedChance) {
        for _ in 0...chance.below(4) where !bytes.isEmpty {
            let place = chance.below(bytes.count)
            switch chance.below(5) {
            case 0: bytes[place] = UInt8(chance.below(256))
            case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff][chance.below(5)]
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(0xff, at: place)
            default: bytes.remove(at: place)
            }
        }
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
