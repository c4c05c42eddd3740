import Bytes
import Foundation
import Testing
import WireProtocol

/// Broken bytes into every reader of the wire. A crash is the failure; what is read may be anything, but must be writable
/// or refused with a typed error.
@Suite struct WireFuzzTests {
    /// A small generator of our own, so that a seed replays on every machine.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            return value ^ value >> 31
        }
    }

    @Test(arguments: ["requests", "responses", "common", "metadata-log", "group-coordinator"])
    func `mutated messages are read or refused, in every version`(file: String) throws {
        var random = Seeded(state: UInt64(ProcessInfo.processInfo.environment["APUS_SEED"] ?? "") ?? 1)
        let seconds = Double(ProcessInfo.processInfo.environment["APUS_FUZZ_SECONDS"] ?? "")
        let deadline = seconds.map { Date().addingTimeInterval($0) }
        var refused = 0
        repeat {
            for golden in try WireGolden.read(file) {
                guard let type = WireGolden.types[golden.message] else { continue }
                var bytes = golden.bytes.array
                mutate(&bytes, &random)
                if !survives(type, ByteSlice(bytes), Int16.random(in: type.versions, using: &random)) { refused += 1 }
            }
        } while deadline.map { Date() < $0 } ?? false
        #expect(refused > 0)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Seeded) {
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
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
