import Settings
import Transport

/// The connections of a node, counted as Kafka does: over all listeners of the broker, and apart from them over all of the
/// controller, so that a broker that is full can still be administered.
struct NodeConnections: Sendable {
    let broker: ConnectionCounts
    let controller: ConnectionCounts

    init(_ sockets: SocketSettings) {
        broker = ConnectionCounts(Self.limits(sockets))
        controller = ConnectionCounts(Self.limits(sockets))
    }

    /// The dynamic settings have changed.
    func adopt(_ sockets: SocketSettings) {
        broker.limits = Self.limits(sockets)
        controller.limits = Self.limits(sockets)
    }

    private static func limits(_ sockets: SocketSettings) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.total = sockets.maxConnections
        limits.perAddress = sockets.maxConnectionsPerIP
        limits.perAddressOverrides = sockets.maxConnectionsPerIPOverrides
        limits.perListener = sockets.maxConnectionsByListener
        return limits
    }
}
