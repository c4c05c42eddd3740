import Arguments
import Bytes
import InternalRecords
import Reactor
import RecordFormat
import Seams
import Vocabulary

/// `apus dump`: the batches of segment files, as text or JSON.
struct Dump {
    private let files: [String]
    private let asJSON: Bool
    private let namesRecords: Bool

    init(_ arguments: Arguments) {
        files = arguments.operands
        asJSON = arguments.has("json")
        namesRecords = arguments.has("metadata")
    }

    /// Shows every file; false if one could not be read to its end.
    func run() -> Bool {
        if files.isEmpty { SystemProcess.complain("apus dump: no file is named; see 'apus dump --help'") }
        return files.map(show).allSatisfy { $0 } && !files.isEmpty
    }

    private func show(_ path: String) -> Bool {
        do {
            let log = try SystemDisk().contents(path)
            if !asJSON { print("Dumping \(path)") }
            return try log.withBytes { try show($0, of: log, path) }
        } catch {
            SystemProcess.complain("apus dump: \(path): \(error)")
            return false
        }
    }

    private func show(_ bytes: UnsafeRawBufferPointer, of log: ByteSlice, _ path: String) throws -> Bool {
        var walk = BatchWalk(bytes)
        while let batch = try walk.next() {
            print(line(batch))
            if namesRecords, batch.header.magic >= 2, !batch.header.isControl {
                try showRecords(log[batch.position..<batch.position + batch.header.sizeInBytes], batch.header)
            }
        }
        guard walk.position < log.count else { return true }
        SystemProcess.complain("apus dump: \(path): a batch is cut short at byte \(walk.position)")
        return false
    }

    private func line(_ batch: BatchView) -> String {
        let header = batch.header
        let isValid = (try? batch.checkChecksum()) != nil
        let fields: [(String, String)] = [
            ("baseOffset", "\(header.baseOffset)"), ("lastOffset", "\(header.lastOffset)"),
            ("count", "\(header.recordCount)"), ("baseSequence", "\(header.baseSequence)"),
            ("lastSequence", "\(header.lastSequence)"), ("producerId", "\(header.producerID)"),
            ("producerEpoch", "\(header.producerEpoch)"), ("partitionLeaderEpoch", "\(header.partitionLeaderEpoch)"),
            ("isTransactional", "\(header.isTransactional)"), ("isControl", "\(header.isControl)"),
            ("position", "\(batch.position)"), ("maxTimestamp", "\(header.maxTimestamp)"),
            ("size", "\(header.sizeInBytes)"), ("magic", "\(header.magic)"), ("crc", "\(header.crc)"),
            ("isValid", "\(isValid)"),
        ]
        let codec = header.codec.map { "\($0)" } ?? "unknown"
        if asJSON {
            return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + ",\"compression\":\"\(codec)\"}"
        }
        return fields.map { "\($0.0): \($0.1)" }.joined(separator: " ") + " compression: \(codec)"
    }

    /// Largest content that is unpacked from one batch.
    private static let unpackedLimit = 64 << 20

    private func showRecords(_ batch: ByteSlice, _ header: BatchHeader) throws {
        var reader = try RecordReader(batch, header, limit: Self.unpackedLimit)
        while let record = try reader.next() {
            guard let value = record.value else { continue }
            let decoded = try VersionedRecord(decoding: value)
            let name = "\(decoded.record)".prefix { $0 != "(" }
            print(
                asJSON
                    ? "{\"offset\":\(record.offset),\"type\":\(decoded.record.type),\"name\":\"\(name)\",\"version\":\(decoded.version)}"
                    : "| offset: \(record.offset) type: \(decoded.record.type) \(name) version: \(decoded.version)")
        }
    }
}
