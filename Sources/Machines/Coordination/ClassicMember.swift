import Bytes

/// A member of a classic group.
struct ClassicMember: Sendable {
    var memberID: String
    let instanceID: String?
    let clientID: String
    let clientHost: String
    var rebalanceTimeout: Int32
    var sessionTimeout: Int32
    let protocolType: String
    /// In the member's order of preference.
    var protocols: [GroupProtocol]
    var assignment = ByteSlice.empty
    /// Not yet through its first rebalance.
    var isNew = false
    /// Members are told of in the order in which they came; Kafka promises none.
    var order = 0
    var awaitingJoin: RequestToken?
    var awaitingSync: RequestToken?

    func metadata(_ name: String?) -> ByteSlice { protocols.first { $0.name == name }?.metadata ?? .empty }

    /// Members that take part in a rebalance need not send heartbeats; but a new one whose first JoinGroup has been parked
    /// for its whole time is dropped, for its client may be long gone.
    var hasSatisfiedHeartbeat: Bool { !isNew && (awaitingJoin != nil || awaitingSync != nil) }
}
