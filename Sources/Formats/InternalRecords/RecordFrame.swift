import Bytes
import WireProtocol

/// What stands before each record of the metadata log and of the topic of remote log metadata: the frame's version, the
/// record's type and its version, all as varints. The two have record types of their own.
package struct RecordFrame: Sendable {
    package let type: Int16
    package let version: Int16

    /// The frame's own version. There has only been this one.
    private static let frameVersion: UInt32 = 1

    package init(type: Int16, version: Int16) { (self.type, self.version) = (type, version) }

    package init(from reader: inout WireReader) throws(WireError) {
        let frame = try reader.unsignedVarint()
        guard frame == Self.frameVersion else {
            throw .unsupportedVersion(message: "record frame", version: Int16(truncatingIfNeeded: frame))
        }
        // Kafka refuses a number past 16 bits; cut to them, 65,536 would pass as 0.
        let type = try reader.unsignedVarint()
        guard let small = Int16(exactly: type) else {
            throw .unsupportedVersion(message: "record of type \(type)", version: .max)
        }
        guard let version = Int16(exactly: try reader.unsignedVarint()) else {
            throw .unsupportedVersion(message: "record of type \(type)", version: .max)
        }
        self.init(type: small, version: version)
    }

    package func write(to writer: inout WireWriter) throws(WireError) {
        guard type >= 0, let number = UInt32(exactly: version) else {
            throw .unsupportedVersion(message: "record of type \(type)", version: version)
        }
        writer.unsignedVarint(Self.frameVersion)
        writer.unsignedVarint(UInt32(type))
        writer.unsignedVarint(number)
    }
}
