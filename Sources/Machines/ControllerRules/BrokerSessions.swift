import ClusterImage
import Vocabulary

/// When brokers were last heard of, and how far they have read the metadata log: what the active controller knows beside
/// the log. Lost with leadership; a new controller gives every unfenced broker a whole session to be heard of.
///
/// Times are milliseconds of a clock that never goes back.
package struct BrokerSessions: Sendable {
    struct Session: Sendable, Hashable {
        /// The incarnation that this is about.
        var epoch: Int64
        /// nil: it may not be alive any more, and nothing is to be done when it stays silent.
        var lastContact: Int64?
        /// The last offset that the broker has applied; -1 until it said.
        var metadataOffset: Int64 = -1
        /// Where the record stands that registered it last.
        var registrationOffset: Int64
        /// What the others must have read before the broker may go; nil: it does not want to.
        var controlledShutdownOffset: Int64?
    }

    package let timeoutMs: Int64
    private(set) var sessions: [BrokerID: Session] = [:]

    package init(timeoutMs: Int) { self.timeoutMs = Int64(timeoutMs) }

    /// Starts anew when this node becomes the active controller. `gone` are brokers whose last incarnation cannot be alive:
    /// that of the own process, which holds the lock of its data directory.
    package mutating func activate(_ image: ClusterImage, now: Int64, gone: Set<BrokerID> = []) {
        sessions = [:]
        for broker in image.brokers.values {
            let isAwaited = !broker.isFenced && !gone.contains(broker.id)
            sessions[broker.id] = Session(
                epoch: broker.epoch, lastContact: isAwaited ? now : nil, registrationOffset: broker.epoch)
        }
    }

    /// Notes that a broker was heard of. To be called as soon as a heartbeat arrives, before it waits for anything, so that
    /// a busy controller does not fence healthy brokers.
    package mutating func heard(from broker: BrokerID, epoch: Int64, now: Int64) {
        guard sessions[broker]?.epoch == epoch else { return }
        sessions[broker]?.lastContact = now
    }

    /// Whether this incarnation was heard of within the session's time.
    package func isAlive(_ broker: BrokerID, epoch: Int64, now: Int64) -> Bool {
        guard let session = sessions[broker], session.epoch == epoch, let last = session.lastContact else {
            return false
        }
        return now - last <= timeoutMs
    }

    /// One broker that has been silent for longer than its session; each is given once. Silent brokers are fenced one by
    /// one, so that the next election sees what the last one did.
    package mutating func takeExpired(now: Int64) -> (broker: BrokerID, epoch: Int64)? {
        let expired = sessions.filter { _, session in
            session.lastContact.map { now - $0 > timeoutMs } ?? false
        }
        guard let (broker, session) = expired.min(by: { $0.key < $1.key }) else { return nil }
        sessions[broker]?.lastContact = nil
        return (broker, session.epoch)
    }

    /// When the next session runs out if nobody is heard of; nil: there is none.
    package var nextExpiry: Int64? { sessions.values.compactMap(\.lastContact).min().map { $0 + timeoutMs + 1 } }

    /// The last metadata offset that a broker reported, for those that want to show how far it is behind.
    package func metadataOffset(of broker: BrokerID) -> Int64? {
        sessions[broker].flatMap { $0.metadataOffset >= 0 ? $0.metadataOffset : nil }
    }

    // MARK: For the rules

    mutating func registered(_ broker: BrokerID, epoch: Int64, registrationOffset: Int64, now: Int64) {
        let old = sessions[broker]
        var session = Session(epoch: epoch, lastContact: now, registrationOffset: registrationOffset)
        if let old, old.epoch == epoch {
            session.metadataOffset = old.metadataOffset
            session.controlledShutdownOffset = old.controlledShutdownOffset
        }
        sessions[broker] = session
    }

    mutating func unregistered(_ broker: BrokerID) { sessions[broker] = nil }

    /// The session of a registration, made when there is none: an image may have been replayed that this has not seen.
    mutating func session(of broker: BrokerRegistration, now: Int64) -> Session {
        if let session = sessions[broker.id], session.epoch == broker.epoch { return session }
        let session = Session(epoch: broker.epoch, lastContact: now, registrationOffset: broker.epoch)
        sessions[broker.id] = session
        return session
    }

    mutating func update(_ broker: BrokerID, _ change: (inout Session) -> Void) {
        guard var session = sessions[broker] else { return }
        change(&session)
        sessions[broker] = session
    }

    /// The least that any active broker has read; nil when there is no other broker to wait for.
    func lowestActiveOffset(_ image: ClusterImage) -> Int64? {
        image.brokers.values.filter { broker in
            broker.isActive && sessions[broker.id]?.controlledShutdownOffset == nil
        }.map { sessions[$0.id]?.metadataOffset ?? -1 }.min()
    }
}
