import Bytes
import WireProtocol

/// Why a value of the metadata log is not a record. An unknown type or version is an error, never skipped: what it says
/// would be lost.
package enum MetadataRecordError: Error, Sendable, Hashable {
    case malformed(WireError)
    /// Kafka refuses bytes after a metadata record, unlike those after any other message.
    case trailingBytes(Int)
}

/// A record and the version it is written in: what the controller generates and the log holds as one value.
package struct VersionedRecord: Sendable {
    package let record: MetadataRecord
    package let version: Int16

    package init(_ record: MetadataRecord, version: Int16 = 0) {
        self.record = record
        self.version = version
    }

    /// Reads a value of the metadata log: its frame, then the record.
    package init(decoding value: ByteSlice) throws(MetadataRecordError) {
        var reader = WireReader(value)
        do throws(WireError) {
            let frame = try RecordFrame(from: &reader)
            version = frame.version
            record = try MetadataRecord(type: Int(frame.type), version: version, from: &reader)
        } catch { throw .malformed(error) }
        guard reader.left == 0 else { throw .trailingBytes(reader.left) }
    }

    /// The value as it stands in the log.
    package func encoded() throws(WireError) -> ByteSlice {
        let (frame, body) = (RecordFrame(type: record.type, version: version), record.body)
        return try WireWriter.bytes { (writer: inout WireWriter) throws(WireError) in
            try frame.write(to: &writer)
            try body.write(to: &writer, version: frame.version)
        }
    }
}
