import Bytes
import Compression
import Foundation

/// One line of a golden file.
struct Golden: CustomStringConvertible {
    let json: [String: Any]
    var name: String { json["name"] as? String ?? "" }
    var description: String { name }
    func bytes(_ key: String) -> ByteSlice { ByteSlice(Data(base64Encoded: json[key] as? String ?? "") ?? Data()) }
    var expect: [String: Any] { json["expect"] as? [String: Any] ?? [:] }

    /// The lines of a file of record goldens, from the fixtures or from APUS_GOLDENS.
    static func read(_ file: String) throws -> [Golden] {
        var data: Data
        if let folder = ProcessInfo.processInfo.environment["APUS_GOLDENS"] {
            data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/records/\(file).jsonl"))
        } else {
            let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let packed = try Data(contentsOf: fixtures.appendingPathComponent("Fixtures/records/\(file).jsonl.gz"))
            data = Data(try packed.withUnsafeBytes { try Decompressor.decompress(.gzip, $0, limit: 64 << 20) })
        }
        return try data.split(separator: 10).map {
            Golden(json: try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] ?? [:])
        }
    }
}

func integer(_ value: Any?) -> Int64? { (value as? NSNumber)?.int64Value }
func decoded(_ value: Any?) -> [UInt8]? { (value as? String).flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } }
