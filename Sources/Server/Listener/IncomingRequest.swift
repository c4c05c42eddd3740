import Bytes
import Seams
import Telemetry
import Transport
import Vocabulary
import WireProtocol

/// A request whose header has been read; the body is still bytes. Loop-confined with its connection.
package struct IncomingRequest {
    package let key: APIKey
    package let version: Int16
    package let correlationID: Int32
    package let clientID: ByteSlice?
    package let body: ByteSlice
    package let number: UInt64
    package let arrival: Instant
    package let connection: Connection
    package let listener: ListenerIdentity
    package let logger: Logger

    package var loop: any EventLoop { connection.loop }

    package func answer(_ answer: Answer) { connection.answer(number, answer) }

    /// What handlers that are not on the hot path see of it.
    package var context: RequestContext {
        RequestContext(
            version: version, clientID: clientID?.text ?? "", clientHost: "/" + connection.peer.host,
            arrival: arrival, listener: listener, loop: loop)
    }
}

/// Which of the node's listeners a request came in by.
package struct ListenerIdentity: Sendable, Hashable {
    package let name: String
    /// Serves the quorum and administrators, not clients.
    package let isController: Bool

    package init(name: String, isController: Bool) { (self.name, self.isController) = (name, isController) }
}

/// Who asks, by which version, and where the answer will go from.
package struct RequestContext: Sendable {
    package let version: Int16
    /// Empty when the client has sent none.
    package let clientID: String
    /// `/127.0.0.1`, as Kafka writes it into groups.
    package let clientHost: String
    package let arrival: Instant
    package let listener: ListenerIdentity
    package let loop: any EventLoop
}
