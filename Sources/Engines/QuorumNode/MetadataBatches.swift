import Bytes
import Compression
import InternalRecords
import LogStore
import RecordFormat
import Seams
import Vocabulary
import WireProtocol

/// A control record as the metadata log and its snapshots hold it: schema version 0, as Apache writes all of them.
enum ControlRecord: Sendable {
    case leaderChange(LeaderChangeMessage)
    case snapshotHeader(SnapshotHeaderRecord)
    case snapshotFooter(SnapshotFooterRecord)
    case kraftVersion(KRaftVersionRecord)
    case voters(VotersRecord)
    /// Of a type that is not ours to act on.
    case other

    static func snapshotHeader(_ lastContained: Timestamp) -> ControlRecord {
        var record = SnapshotHeaderRecord()
        record.lastContainedLogTimestamp = lastContained.rawValue
        return .snapshotHeader(record)
    }

    static func snapshotFooter() -> ControlRecord { .snapshotFooter(SnapshotFooterRecord()) }

    static func kraftVersion(_ level: Int16) -> ControlRecord {
        var record = KRaftVersionRecord()
        record.kRaftVersion = level
        return .kraftVersion(record)
    }

    fileprivate var parts: (type: ControlRecordType, body: any WireMessage)? {
        switch self {
        case .leaderChange(let body): (.leaderChange, body)
        case .snapshotHeader(let body): (.snapshotHeader, body)
        case .snapshotFooter(let body): (.snapshotFooter, body)
        case .kraftVersion(let body): (.kraftVersion, body)
        case .voters(let body): (.kraftVoters, body)
        case .other: nil
        }
    }

    fileprivate init(_ type: ControlRecordType, _ value: ByteSlice) throws(WireError) {
        switch type {
        case .leaderChange: self = .leaderChange(try LeaderChangeMessage(value, version: 0))
        case .snapshotHeader: self = .snapshotHeader(try SnapshotHeaderRecord(value, version: 0))
        case .snapshotFooter: self = .snapshotFooter(try SnapshotFooterRecord(value, version: 0))
        case .kraftVersion: self = .kraftVersion(try KRaftVersionRecord(value, version: 0))
        case .kraftVoters: self = .voters(try VotersRecord(value, version: 0))
        case .abort, .commit: self = .other
        }
    }
}

enum ControlBatch {
    static func bytes(
        _ records: [ControlRecord], at offset: Offset, epoch: LeaderEpoch, now: Timestamp
    ) throws(MetadataError) -> [UInt8] {
        var builder = BatchBuilder(baseOffset: offset)
        builder.isControl = true
        builder.partitionLeaderEpoch = epoch
        for record in records {
            guard let (type, body) = record.parts else { continue }
            do throws(WireError) {
                builder.append(key: type.key, value: try body.bytes(version: 0), timestamp: now)
            } catch { throw .encoding(error) }
        }
        return try MetadataBatch.built(builder)
    }

    static func read(
        _ batch: ByteSlice, _ header: BatchHeader, _ path: String, _ body: (ControlRecord) -> Void
    ) throws(MetadataError) {
        try MetadataBatch.eachRecord(batch, header, path) { (record) throws(MetadataError) in
            guard let key = record.key, let value = record.value, let type = ControlRecordType(key: key) else {
                return body(.other)
            }
            do throws(WireError) { body(try ControlRecord(type, value)) } catch {
                throw .corrupt(path: path, what: "the control record at offset \(record.offset): \(error)")
            }
        }
    }
}

enum MetadataBatch {
    /// Data records have no key, and timestamp delta 0.
    static func bytes(
        _ records: [VersionedRecord], at offset: Offset, epoch: LeaderEpoch, now: Timestamp
    ) throws(MetadataError) -> [UInt8] {
        var builder = BatchBuilder(baseOffset: offset)
        builder.partitionLeaderEpoch = epoch
        for record in records {
            do throws(WireError) {
                builder.append(key: nil, value: try record.encoded(), timestamp: now)
            } catch { throw .encoding(error) }
        }
        return try built(builder)
    }

    static func built(_ builder: BatchBuilder) throws(MetadataError) -> [UInt8] {
        do throws(CompressionError) { return try builder.build() } catch {
            throw .corrupt(path: "a new batch", what: "\(error)")
        }
    }

    static func read(
        _ batch: ByteSlice, _ header: BatchHeader, _ path: String, _ body: (VersionedRecord) -> Void
    ) throws(MetadataError) {
        try eachRecord(batch, header, path) { (record) throws(MetadataError) in
            guard let value = record.value else {
                throw .corrupt(path: path, what: "the record at offset \(record.offset) has no value")
            }
            do throws(MetadataRecordError) { body(try VersionedRecord(decoding: value)) } catch {
                throw .record(path, record.offset, error)
            }
        }
    }

    static func eachRecord(
        _ batch: ByteSlice, _ header: BatchHeader, _ path: String, _ body: (Record) throws(MetadataError) -> Void
    ) throws(MetadataError) {
        guard header.magic == 2 else { throw .corrupt(path: path, what: "a batch of format \(header.magic)") }
        var reader: RecordReader
        do throws(RecordError) { reader = try RecordReader(batch, header) } catch {
            throw .corrupt(path: path, what: "the batch at offset \(header.baseOffset): \(error)")
        }
        while true {
            let next: Record?
            do throws(RecordError) { next = try reader.next() } catch {
                throw .corrupt(path: path, what: "the batch at offset \(header.baseOffset): \(error)")
            }
            guard let record = next else { return }
            try body(record)
        }
    }
}
