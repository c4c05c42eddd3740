import Bytes
import Foundation
import GoldenSupport
import WireProtocol

/// One line of a file of wire goldens: a message's value and the bytes that Apache Kafka writes for it.
struct WireGolden {
    let json: [String: Any]
    let place: String

    var message: String { json["message"] as? String ?? "" }
    var version: Int16 { (json["version"] as? NSNumber)?.int16Value ?? -1 }
    var value: Any? { json["value"] }
    var hex: String { json["hex"] as? String ?? "" }
    var bytes: ByteSlice { Self.bytes(hex) }

    static func bytes(_ hex: String) -> ByteSlice {
        let digits = Array(hex.utf8)
        return ByteSlice(
            stride(from: 0, to: digits.count - 1, by: 2).map { nibble(digits[$0]) << 4 | nibble(digits[$0 + 1]) })
    }

    private static func nibble(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }

    static let types = Dictionary(uniqueKeysWithValues: allMessages.map { ($0.name, $0) })

    /// The lines of a file, from the fixtures or from APUS_GOLDENS.
    static func read(_ file: String) throws -> [WireGolden] {
        try Fixture.lines("wire/\(file).jsonl").enumerated().map { number, json in
            WireGolden(json: json, place: "\(file):\(number + 1) \(json["message"] ?? "") \(json["case"] ?? "")")
        }
    }
}
