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
