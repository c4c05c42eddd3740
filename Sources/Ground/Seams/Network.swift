import Bytes

/// An IPv4 or IPv6 address in text, and a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

package enum NetworkError: Error, Sendable, Hashable {
    case addressInUse(SocketAddress)
    case addressNotAvailable(SocketAddress)
    case refused(SocketAddress)
    case unknownHost(String)
    case notPermitted(SocketAddress)
    case other(String)
}

/// TCP. Streams call their handler on the loop they belong to, synchronously and never from within one of the handler's
/// own calls to the stream.
package protocol Network: AnyObject, Sendable {
    /// Listens (SO_REUSEADDR set; port 0 takes a free one) and deals accepted connections to `loops` in turn. On the chosen
    /// loop `accept` gets the stream and gives its handler, or nil to close it at once.
    func listen(
        on address: SocketAddress, backlog: Int, loops: [any EventLoop],
        accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?
    ) throws(NetworkError) -> any ListeningSocket

    /// Connects; `opened` is called on `loop` with the stream or what went wrong, and gives the handler.
    func connect(
        to address: SocketAddress, on loop: any EventLoop,
        opened: @escaping @Sendable (Result<any ByteStream, NetworkError>) -> (any StreamHandler)?
    )
}

/// A listening socket, closed by `close` (connections already accepted stay) or when released.
package protocol ListeningSocket: AnyObject, Sendable {
    /// The address with the port that was really taken.
    var address: SocketAddress { get }
    func close()
}

/// What a stream tells its owner. All calls are made on the stream's loop.
package protocol StreamHandler: AnyObject {
    /// Where the next bytes go. Valid until the matching `received` or the next call; an empty buffer means "not now", and
    /// reading rests until `resumeReading`.
    func spaceForReading() -> UnsafeMutableRawBufferPointer
    /// `count` (1 or more) bytes were put at the front of the space last given.
    func received(_ count: Int)
    /// The peer sends no more (half-close). The stream stays open for writing until `close`.
    func inputEnded()
    /// The write queue has fallen to `ByteStream.lowWatermark` after it was above it.
    func drained()
    /// The stream is gone. Called once, last, whoever closed it.
    func closed(_ reason: StreamClosing)
}

package enum StreamClosing: Sendable, Hashable {
    case byUs
    case byPeer
    case failed(String)
}

/// An open TCP connection. Loop-confined: made, used and released on its loop.
package protocol ByteStream: AnyObject {
    var loop: any EventLoop { get }
    var peer: SocketAddress { get }
    var local: SocketAddress { get }

    /// Bytes queued and not yet taken by the kernel, file regions included.
    var queuedByteCount: Int { get }
    /// Where `drained` is called, also when it is lowered below what is queued. Set by the owner; 0 at first.
    var lowWatermark: Int { get set }

    /// Queues bytes. They leave at `flush`, or at the end of the loop's turn at the latest.
    func write(_ bytes: ByteSlice)
    /// Queues part of a file, sent without copying it through user space where the platform can (`sendfile`).
    func write(_ region: FileRegion)
    /// Sends what can be sent now.
    func flush()

    func pauseReading()
    func resumeReading()

    /// Sends what is queued, then FIN.
    func closeOutput()
    /// Closes now, dropping what is queued. `closed` follows later in this turn or the next, never within this call.
    func close()
}

/// Bytes of a file, from `position` on. Holds the file open.
package struct FileRegion: Sendable {
    package let file: any File
    package let position: Int64
    package let count: Int

    package init(_ file: any File, position: Int64, count: Int) {
        self.file = file
        self.position = position
        self.count = count
    }
}
