import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Where a broker stands in its life.
    private enum BrokerState {
        case fenced, unfenced, controlledShutdown, shutdownNow

        var isFenced: Bool { self == .fenced || self == .shutdownNow }
    }

    /// Answers BrokerHeartbeat. `nextOffset` is the offset that the first record will get.
    package func heartbeat(
        _ request: BrokerHeartbeatRequest, image: ClusterImage, sessions: inout BrokerSessions, nextOffset: Offset,
        now: Int64
    ) -> Decision<BrokerHeartbeatResponse> {
        var response = BrokerHeartbeatResponse()
        guard let broker = image.brokers[BrokerID(request.brokerId)], broker.epoch == request.brokerEpoch else {
            response.errorCode = ErrorCode.staleBrokerEpoch.rawValue
            return Decision(response)
        }
        let session = sessions.session(of: broker, now: now)
        let current = Self.state(broker, session)
        let next = Self.next(after: current, request, broker, session, image, sessions)
        var records: [VersionedRecord] = []
        if current != next {
            let view = view(image)
            switch next {
            case .fenced, .shutdownNow: records = broker.isFenced ? [] : view.fencing(broker)
            case .unfenced: records = view.unfencing(broker)
            case .controlledShutdown: records = view.controlledShutdown(broker)
            }
        }
        records += directoryChanges(request, broker, image, after: records)
        sessions.update(broker.id) { session in
            session.metadataOffset = request.currentMetadataOffset
            // Whoever was told to go is not waited for, and its next incarnation need not wait for the session's end.
            session.lastContact = next == .shutdownNow ? nil : now
            if next.isFenced {
                session.controlledShutdownOffset = nil
            } else if next == .controlledShutdown && session.controlledShutdownOffset == nil {
                session.controlledShutdownOffset = nextOffset.rawValue + Int64(records.count) - 1
            }
        }
        response.isCaughtUp = request.currentMetadataOffset >= session.registrationOffset
        response.isFenced = next.isFenced
        response.shouldShutDown = next == .shutdownNow
        return Decision(response, records: records)
    }

    /// Directories that went offline, or are cordoned now. They are worked out with the image from before the heartbeat,
    /// so a heartbeat that changes the broker's state as well leaves them to the next one: brokers repeat them.
    private func directoryChanges(
        _ request: BrokerHeartbeatRequest, _ broker: BrokerRegistration, _ image: ClusterImage,
        after records: [VersionedRecord]
    ) -> [VersionedRecord] {
        guard records.isEmpty, let version = image.metadataVersion else { return [] }
        var changes: [VersionedRecord] = []
        if version.hasDirectoryAssignment && !request.offlineLogDirs.isEmpty {
            changes = view(image).directoriesOffline(request.offlineLogDirs, of: broker)
        }
        if version.hasCordonedDirectories { changes += broker.cordoning(request.cordonedLogDirs) }
        return changes
    }

    private static func state(_ broker: BrokerRegistration, _ session: BrokerSessions.Session) -> BrokerState {
        if broker.isFenced { return .fenced }
        return session.controlledShutdownOffset == nil ? .unfenced : .controlledShutdown
    }

    private static func next(
        after current: BrokerState, _ request: BrokerHeartbeatRequest, _ broker: BrokerRegistration,
        _ session: BrokerSessions.Session, _ image: ClusterImage, _ sessions: BrokerSessions
    ) -> BrokerState {
        switch current {
        case .fenced:
            if request.wantShutDown { return .shutdownNow }
            let isCaughtUp = request.currentMetadataOffset >= session.registrationOffset
            return !request.wantFence && isCaughtUp ? .unfenced : .fenced
        case .unfenced:
            if request.wantFence { return request.wantShutDown ? .shutdownNow : .fenced }
            if request.wantShutDown { return image.leadsAny(broker.id) ? .controlledShutdown : .shutdownNow }
            return .unfenced
        case .controlledShutdown:
            if image.leadsAny(broker.id) { return .controlledShutdown }
            guard let lowest = sessions.lowestActiveOffset(image), let mine = session.controlledShutdownOffset else {
                return .shutdownNow
            }
            return mine <= lowest ? .shutdownNow : .controlledShutdown
        case .shutdownNow: return .shutdownNow
        }
    }

    /// Fences one broker whose session has run out; nil when there is none. To be called until it gives nil, each time with
    /// the image that the last records led to.
    package func fenceSilentBroker(
        image: ClusterImage, sessions: inout BrokerSessions, now: Int64
    ) -> Decision<BrokerID>? {
        while let (id, epoch) = sessions.takeExpired(now: now) {
            // Unregistered or registered anew since; or a fenced one, of which nothing more can be taken.
            guard let broker = image.brokers[id], broker.epoch == epoch, !broker.isFenced else { continue }
            sessions.update(id) { $0.controlledShutdownOffset = nil }
            return Decision(id, records: view(image).fencing(broker))
        }
        return nil
    }

    package func unregisterBroker(
        _ request: UnregisterBrokerRequest, image: ClusterImage, sessions: inout BrokerSessions
    ) -> Decision<UnregisterBrokerResponse> {
        var response = UnregisterBrokerResponse()
        response.errorMessage = nil
        guard let broker = image.brokers[BrokerID(request.brokerId)] else {
            response.errorCode = ErrorCode.brokerIdNotRegistered.rawValue
            response.errorMessage = "Broker ID \(request.brokerId) is not currently registered"
            return Decision(response)
        }
        sessions.unregistered(broker.id)
        return Decision(response, records: view(image).unregistration(of: broker))
    }
}
