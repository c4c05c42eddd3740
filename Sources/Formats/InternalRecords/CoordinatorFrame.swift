import Bytes
import WireProtocol

// The keys and values of coordinators' topics: an int16 before the message, which in a key is the record's type and in a
// value the message's version.

extension WireMessage {
    /// The message as a key of records of `type`. Keys are always of version 0.
    package func key(type: Int16) throws(WireError) -> ByteSlice { try framed(type, version: 0) }

    /// The message as a value.
    package func value(version: Int16) throws(WireError) -> ByteSlice { try framed(version, version: version) }

    private func framed(_ number: Int16, version: Int16) throws(WireError) -> ByteSlice {
        try WireWriter.bytes { (writer: inout WireWriter) throws(WireError) in
            writer.int16(number)
            try write(to: &writer, version: version)
        }
    }

    /// Reads a value, in the version that stands before it.
    package init(value: ByteSlice) throws(WireError) {
        var reader = WireReader(value)
        let version = try reader.int16()
        try self.init(from: &reader, version: version)
    }
}

/// The types of the records of one coordinator's topic.
package protocol CoordinatorRecordType: RawRepresentable<Int16>, CaseIterable, Sendable {
    var key: any RecordMessage.Type { get }
    var value: any RecordMessage.Type { get }
}

/// A record of a coordinator's topic, of any type.
package struct CoordinatorRecord<RecordType: CoordinatorRecordType>: Sendable {
    package let type: RecordType
    package let key: any RecordMessage
    /// Nil is a tombstone.
    package let value: (any RecordMessage)?
    /// The version that the value is written in; 0 of a tombstone.
    package let valueVersion: Int16

    /// Reads a record. As in Kafka there must be a key, unknown types and versions are errors, and bytes after key or value
    /// are ignored.
    package init(key: ByteSlice?, value: ByteSlice?) throws(WireError) {
        guard let key else { throw .nullNotAllowed }
        var reader = WireReader(key)
        let number = try reader.int16()
        guard let type = RecordType(rawValue: number) else {
            throw .unsupportedVersion(message: "coordinator record of type \(number)", version: 0)
        }
        self.type = type
        self.key = try type.key.init(from: &reader, version: 0)
        guard let value else {
            (self.value, valueVersion) = (nil, 0)
            return
        }
        reader = WireReader(value)
        valueVersion = try reader.int16()
        self.value = try type.value.init(from: &reader, version: valueVersion)
    }

    /// The record as it stands in the topic.
    package func encoded() throws(WireError) -> (key: ByteSlice, value: ByteSlice?) {
        (try key.key(type: type.rawValue), try value?.value(version: valueVersion))
    }
}
