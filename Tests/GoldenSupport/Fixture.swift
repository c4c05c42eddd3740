import Compression
import Foundation

/// The files that the reference implementation made. They stand gzipped below `Tests/Fixtures`; with APUS_GOLDENS=DIR
/// those of that folder, which has the same layout unpacked, are taken instead.
package enum Fixture {
    /// Most that one file unpacks to.
    private static let unpackedLimit = 64 << 20

    /// The content of a file by its unpacked name, such as `wire/requests.jsonl`.
    package static func content(_ name: String) throws -> Data {
        if let folder = ProcessInfo.processInfo.environment["APUS_GOLDENS"] {
            let plain = "\(folder)/\(name)"
            if !FileManager.default.fileExists(atPath: plain) {
                return try unpacked(URL(fileURLWithPath: plain + ".gz"))
            }
            return try Data(contentsOf: URL(fileURLWithPath: plain))
        }
        return try kept(name)
    }

    /// The same, of a file that is ours alone and has no place among the goldens.
    package static func kept(_ name: String) throws -> Data {
        try unpacked(folder.appendingPathComponent(name + ".gz"))
    }

    private static func unpacked(_ file: URL) throws -> Data {
        let packed = try Data(contentsOf: file)
        return Data(try packed.withUnsafeBytes { try Decompressor.decompress(.gzip, $0, limit: unpackedLimit) })
    }

    /// The object in a JSON file.
    package static func object(_ name: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: try content(name)) as? [String: Any] ?? [:]
    }

    /// The objects of a file of JSON lines.
    package static func lines(_ name: String) throws -> [[String: Any]] {
        try content(name).split(separator: 10).map {
            try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] ?? [:]
        }
    }

    /// `Tests/Fixtures`, for what stands there unpacked.
    package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
}
