import Bytes
import Foundation
import GoldenSupport

/// One line of a golden file.
struct Golden: CustomStringConvertible {
    let json: [String: Any]
    var name: String { json["name"] as? String ?? "" }
    var description: String { name }
    func bytes(_ key: String) -> ByteSlice { ByteSlice(Data(base64Encoded: json[key] as? String ?? "") ?? Data()) }
    var expect: [String: Any] { json["expect"] as? [String: Any] ?? [:] }

    /// The lines of a file of record goldens, from the fixtures or from APUS_GOLDENS.
    static func read(_ file: String) throws -> [Golden] {
        try Fixture.lines("records/\(file).jsonl").map(Golden.init)
    }
}

func integer(_ value: Any?) -> Int64? { (value as? NSNumber)?.int64Value }
func decoded(_ value: Any?) -> [UInt8]? { (value as? String).flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } }
