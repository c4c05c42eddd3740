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

    /// The version of the frame before each record. There has only been this one.
    private static let frameVersion: UInt32 = 1

    /// Reads a value of the metadata log: frame version, record type and record version as varints, then the record.
    package init(decoding value: ByteSlice) throws(MetadataRecordError) {
        var reader = WireReader(value)
        do throws(WireError) {
            let frame = try reader.unsignedVarint()
            guard frame == Self.frameVersion else {
                throw .unsupportedVersion(message: "metadata record frame", version: Int16(truncatingIfNeeded: frame))
            }
            let type = Int(try reader.unsignedVarint())
            let number = try reader.unsignedVarint()
            // Kafka refuses a version past 16 bits; cut to them, 65,536 would pass as 0.
            guard let small = Int16(exactly: number) else {
                throw .unsupportedVersion(message: "metadata record of type \(type)", version: .max)
            }
            version = small
            record = try MetadataRecord(type: type, version: version, from: &reader)
        } catch { throw .malformed(error) }
        guard reader.left == 0 else { throw .trailingBytes(reader.left) }
    }

    /// The value as it stands in the log.
    package func encoded() throws(WireError) -> ByteSlice {
        guard let number = UInt32(exactly: version) else {
            throw .unsupportedVersion(message: "metadata record of type \(record.type)", version: version)
        }
        let (type, body) = (UInt32(record.type), record.body)
        return try WireWriter.bytes { (writer: inout WireWriter) throws(WireError) in
            writer.unsignedVarint(Self.frameVersion)
            writer.unsignedVarint(type)
            writer.unsignedVarint(number)
            try body.write(to: &writer, version: version)
        }
    }
}
