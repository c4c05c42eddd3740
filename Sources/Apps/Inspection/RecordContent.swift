import Bytes
import InternalRecords
import RecordFormat
import WireProtocol

/// What a record says, read as what its topic holds.
enum RecordContent {
    case plain
    case metadata(VersionedRecord)
    /// Of a coordinator's topic. Without a value: a tombstone.
    case coordinator(type: Int16, key: any RecordMessage, value: (any RecordMessage)?, version: Int16)
    /// The end of a transaction.
    case marker(ControlRecordType, coordinatorEpoch: Int32)
    case control(ControlRecordType, any RecordMessage, version: Int16)
    /// A control record of a type that we do not know.
    case unknownControl
    case unreadable(String)

    init(_ record: Record, isControl: Bool, as kind: RecordKind) {
        do {
            if isControl {
                self = try Self.control(record)
                return
            }
            switch kind {
            case .plain: self = .plain
            case .metadata:
                guard let value = record.value else { throw WireError.nullNotAllowed }
                self = .metadata(try VersionedRecord(decoding: value))
            case .groups: self = try Self.coordinator(record, GroupCoordinatorRecordType.self)
            case .transactions: self = try Self.coordinator(record, TransactionCoordinatorRecordType.self)
            case .shareGroups: self = try Self.coordinator(record, ShareCoordinatorRecordType.self)
            }
        } catch let error as MetadataRecordError {
            self = .unreadable(error.words)
        } catch let error as WireError {
            self = .unreadable(error.words)
        } catch { self = .unreadable("\(error)") }
    }

    private static func coordinator<RecordType: CoordinatorRecordType>(
        _ record: Record, _: RecordType.Type
    ) throws(WireError) -> RecordContent {
        let read = try CoordinatorRecord<RecordType>(key: record.key, value: record.value)
        return .coordinator(type: read.type.rawValue, key: read.key, value: read.value, version: read.valueVersion)
    }

    private static func control(_ record: Record) throws(WireError) -> RecordContent {
        guard let key = record.key, let type = ControlRecordType(key: key) else { return .unknownControl }
        guard let value = record.value else { throw .nullNotAllowed }
        // The version stands before the fields of a marker, and is the first field of the others.
        var reader = WireReader(value)
        let version = try reader.int16()
        return switch type {
        case .abort, .commit:
            .marker(type, coordinatorEpoch: try EndTxnMarker(from: &reader, version: version).coordinatorEpoch)
        case .leaderChange: .control(type, try LeaderChangeMessage(value, version: version), version: version)
        case .snapshotHeader: .control(type, try SnapshotHeaderRecord(value, version: version), version: version)
        case .snapshotFooter: .control(type, try SnapshotFooterRecord(value, version: version), version: version)
        case .kraftVersion: .control(type, try KRaftVersionRecord(value, version: version), version: version)
        case .kraftVoters: .control(type, try VotersRecord(value, version: version), version: version)
        }
    }
}

extension ControlRecordType {
    /// The word that Kafka's dump tool puts before the record.
    var label: String {
        switch self {
        case .abort: "ABORT"
        case .commit: "COMMIT"
        case .leaderChange: "LeaderChange:"
        case .snapshotHeader: "SnapshotHeader"
        case .snapshotFooter: "SnapshotFooter"
        case .kraftVersion: "KRaftVersion"
        case .kraftVoters: "KRaftVoters"
        }
    }

    var name: String {
        switch self {
        case .abort: "ABORT"
        case .commit: "COMMIT"
        case .leaderChange: "LEADER_CHANGE"
        case .snapshotHeader: "SNAPSHOT_HEADER"
        case .snapshotFooter: "SNAPSHOT_FOOTER"
        case .kraftVersion: "KRAFT_VERSION"
        case .kraftVoters: "KRAFT_VOTERS"
        }
    }
}

extension WireError {
    var words: String {
        switch self {
        case .truncated(let needed, let left): "\(needed) more bytes are needed where \(left) are left"
        case .nullNotAllowed: "null stands where it may not"
        case .unsupportedVersion(let message, let version): "version \(version) of \(message) is not known"
        default: "\(self)"
        }
    }
}

extension MetadataRecordError {
    var words: String {
        switch self {
        case .malformed(let error): error.words
        case .trailingBytes(let count): "\(count) bytes follow the record"
        }
    }
}
