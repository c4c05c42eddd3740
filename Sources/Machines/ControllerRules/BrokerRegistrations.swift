import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Answers BrokerRegistration. `nextOffset` is the offset that the first record will get; it becomes the epoch of a new
    /// incarnation. `kraftVersion` is what the quorum has finalized.
    package func registerBroker(
        _ request: BrokerRegistrationRequest, version: Int16, image: ClusterImage, sessions: inout BrokerSessions,
        kraftVersion: Int16, nextOffset: Offset, now: Int64
    ) -> Decision<BrokerRegistrationResponse> {
        var response = BrokerRegistrationResponse()
        let id = BrokerID(request.brokerId)
        let existing = image.brokers[id]
        do throws(Refusal) {
            try checkRegistration(request, existing, image, sessions, now: now)
            try checkFeatures(of: request, image, kraftVersion: kraftVersion)
        } catch {
            response.errorCode = error.code.rawValue
            return Decision(response)
        }
        var records: [VersionedRecord] = []
        var registration = BrokerRegistration(
            id: id, epoch: nextOffset.rawValue, request, hasDirectories: image.hasDirectoryAssignment)
        if let existing, existing.incarnationID == request.incarnationId {
            registration.epoch = existing.epoch
            registration.isFenced = existing.isFenced
            registration.isInControlledShutdown = existing.isInControlledShutdown
        } else {
            let isClean = version >= 3 && existing?.epoch == request.previousBrokerEpoch
            records = view(image).restart(of: id, isClean: isClean)
        }
        // The registration comes last: if only the first records survive, the broker tries again and the rest is made anew.
        records.append(registration.record(at: image.metadataVersion ?? .minimum))
        sessions.registered(
            id, epoch: registration.epoch, registrationOffset: nextOffset.rawValue + Int64(records.count) - 1,
            now: now)
        response.brokerEpoch = registration.epoch
        return Decision(response, records: records)
    }

    private func checkRegistration(
        _ request: BrokerRegistrationRequest, _ existing: BrokerRegistration?, _ image: ClusterImage,
        _ sessions: BrokerSessions, now: Int64
    ) throws(Refusal) {
        guard request.clusterId == clusterID else {
            throw Refusal(
                .inconsistentClusterId, "Expected cluster ID \(clusterID), but got cluster ID \(request.clusterId)")
        }
        guard request.brokerId >= 0 else { throw Refusal(.invalidRegistration, "A broker's id is 0 or more.") }
        if let existing, existing.incarnationID != request.incarnationId,
            sessions.isAlive(existing.id, epoch: existing.epoch, now: now)
        {
            throw Refusal(.duplicateBrokerRegistration, "Another broker with the id \(existing.id) is alive.")
        }
        if request.isMigratingZkBroker {
            throw Refusal(.brokerIdNotRegistered, "Brokers that use ZooKeeper cannot register.")
        }
        if image.hasDirectoryAssignment { try checkDirectories(request, image) }
    }

    private func checkDirectories(
        _ request: BrokerRegistrationRequest, _ image: ClusterImage
    ) throws(Refusal) {
        let directories = Set(request.logDirs)
        if directories.isEmpty { throw Refusal(.invalidRegistration, "No directories specified in request") }
        if directories.contains(where: DirectoryID.isReserved) {
            throw Refusal(.invalidRegistration, "Reserved directory ID in request")
        }
        if directories.count != request.logDirs.count {
            throw Refusal(.invalidRegistration, "Duplicate directory ID in request")
        }
        for other in image.brokers.values where other.id.rawValue != request.brokerId {
            if let shared = other.directories.first(where: directories.contains) {
                throw Refusal(
                    .invalidRegistration, "Broker \(other.id) is already registered with directory \(shared)")
            }
        }
    }

    /// A broker must be able to work at every finalized level. Features that it does not name it knows up to level 0.
    private func checkFeatures(
        of request: BrokerRegistrationRequest, _ image: ClusterImage, kraftVersion: Int16
    ) throws(Refusal) {
        var finalized = image.features
        finalized[Feature.kraftVersion.rawValue] = kraftVersion
        for feature in request.features {
            let level = finalized.removeValue(forKey: feature.name) ?? 0
            let range = FeatureRange(min: feature.minSupportedVersion, max: feature.maxSupportedVersion)
            guard range.contains(level) else {
                throw Refusal(
                    .unsupportedVersion,
                    "The broker knows levels \(range.min) to \(range.max) of \(feature.name); the cluster is at \(level)."
                )
            }
        }
        guard request.features.contains(where: { $0.name == Feature.metadataVersion.rawValue }) else {
            throw Refusal(.invalidRegistration, "The request does not tell the supported levels of metadata.version.")
        }
        if let (name, level) = finalized.first(where: { $0.value != 0 }) {
            throw Refusal(.unsupportedVersion, "The broker does not know \(name); the cluster is at \(level).")
        }
    }

    /// Answers ControllerRegistration.
    package func registerController(
        _ request: ControllerRegistrationRequest, image: ClusterImage
    ) -> Decision<ControllerRegistrationResponse> {
        var response = ControllerRegistrationResponse()
        response.errorMessage = nil
        guard image.metadataVersion?.hasControllerRegistration == true else {
            response.errorCode = ErrorCode.unsupportedVersion.rawValue
            response.errorMessage = "Controllers register from metadata.version 3.7-IV0 on."
            return Decision(response)
        }
        let registration = ControllerRegistration(
            id: BrokerID(request.controllerId), incarnationID: request.incarnationId,
            endpoints: request.listeners.map {
                Endpoint(
                    name: $0.name, host: $0.host, port: $0.port,
                    protocolID: SecurityProtocol(rawValue: $0.securityProtocol))
            },
            features: Dictionary(
                request.features.map {
                    ($0.name, FeatureRange(min: $0.minSupportedVersion, max: $0.maxSupportedVersion))
                }, uniquingKeysWith: { $1 }))
        return Decision(response, records: [registration.record], isAtomic: true)
    }
}

extension ClusterImage {
    var hasDirectoryAssignment: Bool { metadataVersion?.hasDirectoryAssignment ?? false }
}

extension BrokerRegistration {
    /// As a request asks for it: fenced.
    fileprivate init(id: BrokerID, epoch: Int64, _ request: BrokerRegistrationRequest, hasDirectories: Bool) {
        self.init(
            id: id, epoch: epoch, incarnationID: request.incarnationId,
            endpoints: request.listeners.map {
                Endpoint(
                    name: $0.name, host: $0.host, port: $0.port,
                    protocolID: SecurityProtocol(rawValue: $0.securityProtocol))
            },
            features: Dictionary(
                request.features.map {
                    ($0.name, FeatureRange(min: $0.minSupportedVersion, max: $0.maxSupportedVersion))
                }, uniquingKeysWith: { $1 }),
            rack: request.rack, directories: hasDirectories ? request.logDirs : [])
    }
}
