import Bytes
import Seams

/// A whole request as it stood on the wire, without its four size bytes. The body is a slice of what was read; nothing is
/// copied. Every request must lead to exactly one `Connection.answer` with its number.
package struct Request {
    /// The request's place on its connection, from 0: answers leave in this order.
    package let number: UInt64
    /// Header and body, from the API key on.
    package let frame: ByteSlice
    /// When the last of its bytes was read.
    package let arrival: Instant

    /// The first eight bytes, which all header versions share; a shorter frame never becomes a `Request`.
    package var apiKey: Int16 { frame.withBytes { $0.readBigEndian(at: 0) } }
    package var apiVersion: Int16 { frame.withBytes { $0.readBigEndian(at: 2) } }
    package var correlationID: Int32 { frame.withBytes { $0.readBigEndian(at: 4) } }

    package static let smallestFrame = 8
}

/// What becomes of a request.
package enum Answer {
    /// The parts of the frame in order, its four size bytes included.
    case frame([AnswerPart])
    /// Nothing is sent: Produce with acks=0.
    case nothing
    /// The connection is closed after the answers before this one: broken frames, errors under acks=0.
    case close
}

/// Bytes made in memory, or a region of a log file that the kernel sends by itself.
package enum AnswerPart {
    case bytes(ByteSlice)
    case region(FileRegion)
}

/// What a connection hands its requests to. On the connection's loop.
package protocol RequestService: AnyObject {
    /// May answer at once, within the call, or later.
    func received(_ request: Request, on connection: Connection)
    /// The peer is gone or was put out; answers given from now on are dropped.
    func connectionClosed(_ connection: Connection)
}
