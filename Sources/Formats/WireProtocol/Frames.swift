import Bytes

/// A request as it stands on a connection, behind its four size bytes: its header read, its body not yet.
///
/// A header is read in any version of an API that exists, so that the answer can say which versions there are.
package struct ReceivedRequest: Sendable {
    package let apiKey: APIKey
    package let apiVersion: Int16
    package let correlationId: Int32
    /// Undecoded; empty where the client sent null.
    package let clientId: ByteSlice
    package let body: ByteSlice

    /// Whether the body has a reader of ours, the unstable versions included.
    package var isVersionSupported: Bool { apiKey.versions.contains(apiVersion) }
    /// The version of the header.
    package var headerVersion: Int16 { apiKey.requestHeaderVersion(apiVersion) }

    /// Reads the header of a frame, without its size. What fails here has no answer: Kafka closes the connection.
    package init(_ frame: ByteSlice) throws(WireError) {
        var reader = WireReader(frame)
        let key = try reader.int16()
        guard let apiKey = APIKey(rawValue: key) else { throw .unknownAPIKey(key) }
        self.apiKey = apiKey
        apiVersion = try reader.int16()
        correlationId = try reader.int32()
        // The client id has a fixed-size length even in the flexible header (KIP-482), and any negative one is null.
        clientId = try reader.optionalText(false) ?? .empty
        try reader.skipTaggedFields(apiKey.requestHeaderVersion(apiVersion) >= 2)
        body = reader.rest
    }
}

extension WireResponse {
    /// The whole answer in one buffer of its size: the frame's size, the header, the body.
    package func frame(version: Int16, correlationId: Int32) throws(WireError) -> ByteSlice {
        var header = ResponseHeader()
        header.correlationId = correlationId
        return try framed(version, header, Self.apiKey.responseHeaderVersion(version))
    }
}

extension WireRequest {
    /// The whole request in one buffer of its size: the frame's size, the header, the body.
    package func frame(version: Int16, correlationId: Int32, clientId: String?) throws(WireError) -> ByteSlice {
        var header = RequestHeader()
        header.requestApiKey = Self.apiKey.rawValue
        header.requestApiVersion = version
        header.correlationId = correlationId
        header.clientId = clientId
        return try framed(version, header, Self.apiKey.requestHeaderVersion(version))
    }
}

extension WireMessage {
    fileprivate func framed(
        _ version: Int16, _ header: some WireMessage, _ headerVersion: Int16
    ) throws(WireError) -> ByteSlice {
        let content = { (writer: inout WireWriter) throws(WireError) in
            try header.write(to: &writer, version: headerVersion)
            try self.write(to: &writer, version: version)
        }
        let size = try WireWriter.size(content)
        guard let frameSize = Int32(exactly: size) else { throw .frameTooLarge(size) }
        var writer = WireWriter(capacity: 4 + size)
        writer.int32(frameSize)
        try content(&writer)
        return writer.finish()
    }
}
