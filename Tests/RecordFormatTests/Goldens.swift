import Bytes
import Foundation
import GoldenSupport
import RecordFormat
import Testing
import Vocabulary

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

/// The batches of a row of bytes, each with its own.
struct BatchRow {
    struct Batch {
        let header: BatchHeader
        let position: Int
        let bytes: ByteSlice
    }

    private let row: ByteSlice
    private(set) var position = 0

    init(_ row: ByteSlice) { self.row = row }

    mutating func next() throws(BatchError) -> Batch? {
        let at = position
        let found = try row.withBytes { bytes throws(BatchError) in try BatchView(bytes, at: at)?.header }
        guard let header = found else { return nil }
        position += header.sizeInBytes
        return Batch(header: header, position: at, bytes: row[at..<position])
    }
}

/// What a golden says of a batch or of a record.
struct Wanted {
    let json: [String: Any]
    let name: String

    func equal(_ key: String, _ value: some BinaryInteger) {
        #expect(integer(json[key]) == Int64(value), "\(name): \(key)")
    }

    func equal(_ key: String, _ value: String?) { #expect(json[key] as? String == value, "\(name): \(key)") }

    /// Bytes too long to be shown are named by size and SHA-256.
    func equal(_ key: String, _ bytes: ByteSlice?) {
        guard let hash = json[key + "Sha256"] as? String else {
            #expect(json[key] != nil && decoded(json[key]) == bytes?.array, "\(name): \(key)")
            return
        }
        equal(key + "Size", bytes?.count ?? -1)
        var digest = SHA256()
        digest.update(bytes?.array ?? [])
        #expect(digest.finish() == hash, "\(name): \(key)")
    }

    func check(_ record: Record, _ header: BatchHeader) {
        equal("offset", record.offset.rawValue)
        equal("timestamp", record.timestamp.rawValue)
        #expect(integer(json["sequence"]) ?? -1 == Int64(header.sequence(at: record.offset)), "\(name): sequence")
        equal("key", record.key)
        equal("value", record.value)
        let headers = json["headers"] as? [[String: Any]] ?? []
        #expect(headers.count == record.headers.count, "\(name): headers")
        for (want, read) in zip(headers, record.headers) {
            #expect(want["key"] as? String == read.key.text, "\(name): header")
            Wanted(json: want, name: name).equal("value", read.value)
        }
    }
}

extension TimestampType {
    var name: String {
        switch self {
        case .none: "NoTimestampType"
        case .createTime: "CreateTime"
        case .logAppendTime: "LogAppendTime"
        }
    }
}
