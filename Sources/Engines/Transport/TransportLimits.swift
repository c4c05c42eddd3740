import Seams

/// The limits of each connection, with Kafka's settings behind them.
package struct TransportLimits: Sendable {
    /// `socket.request.max.bytes`: a larger size prefix (or a negative one) closes the connection before anything is
    /// reserved. A browser's "GET " or a TLS hello reads as such a size.
    package var requestBytes = 104_857_600
    /// `connections.max.idle.ms`. Requests in flight keep a connection alive.
    package var idle: Nanoseconds = .milliseconds(600_000)
    /// Requests of one connection that may be unanswered at a time. Kafka works on one; with more, clients that pipeline
    /// are served without a pause, and with a bound, one of them cannot hold the node's memory.
    package var unansweredRequests = 64
    /// Unsent bytes of answers above which a connection takes no further request until half of them are gone.
    package var unsentBytes = 4 * 1024 * 1024

    package init() {}
}
