import Bytes

/// What can be read and written: a message, or a struct within one.
package protocol WireStruct: Sendable {
    /// Every field at its default.
    init()
    init(from reader: inout WireReader, version: Int16) throws(WireError)
    func write(to writer: inout WireWriter, version: Int16) throws(WireError)
}

/// A whole message, with its versions.
package protocol WireMessage: WireStruct {
    static var name: String { get }
    static var versions: ClosedRange<Int16> { get }
    /// Whether the version has compact lengths and tagged fields.
    static func isFlexible(_ version: Int16) -> Bool
}

package protocol WireRequest: WireMessage {
    associatedtype Response: WireResponse
    static var apiKey: APIKey { get }
}

package protocol WireResponse: WireMessage {
    static var apiKey: APIKey { get }
}

/// A tagged field that this version of us does not know: kept as it came, and written again.
package struct UnknownTaggedField: Sendable, Hashable {
    package var tag: Int
    package var data: ByteSlice

    package init(tag: Int, data: ByteSlice) {
        self.tag = tag
        self.data = data
    }
}

extension WireMessage {
    package static func check(_ version: Int16) throws(WireError) {
        guard versions.contains(version) else { throw .unsupportedVersion(message: name, version: version) }
    }

    /// Reads a message from the front of `bytes`; what follows it is ignored, as Kafka does.
    package init(_ bytes: ByteSlice, version: Int16) throws(WireError) {
        var reader = WireReader(bytes)
        try self.init(from: &reader, version: version)
    }

    /// The message's bytes.
    package func bytes(version: Int16) throws(WireError) -> ByteSlice {
        try WireWriter.bytes { (writer: inout WireWriter) throws(WireError) in
            try write(to: &writer, version: version)
        }
    }
}
