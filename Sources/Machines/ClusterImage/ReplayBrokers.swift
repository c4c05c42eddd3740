import InternalRecords
import Vocabulary

extension ClusterImage {
    /// The registration that a record speaks of. Records of an older incarnation are an error: nobody writes them.
    func registered(_ id: BrokerID, epoch: Int64) throws(ReplayError) -> BrokerRegistration {
        guard let broker = brokers[id] else { throw .unknownBroker(id) }
        guard broker.epoch == epoch else {
            throw .wrongBrokerEpoch(id, record: epoch, registered: broker.epoch)
        }
        return broker
    }

    mutating func apply(_ record: RegisterBrokerRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        let id = BrokerID(record.brokerId)
        brokers[id] = BrokerRegistration(
            id: id, epoch: record.brokerEpoch, incarnationID: record.incarnationId,
            endpoints: record.endPoints.map {
                Endpoint(
                    name: $0.name, host: $0.host, port: $0.port,
                    protocolID: SecurityProtocol(rawValue: $0.securityProtocol))
            },
            features: Dictionary(
                record.features.map {
                    ($0.name, FeatureRange(min: $0.minSupportedVersion, max: $0.maxSupportedVersion))
                },
                uniquingKeysWith: { $1 }),
            rack: record.rack, isFenced: record.fenced, isInControlledShutdown: record.inControlledShutdown,
            isMigratingZkBroker: record.isMigratingZkBroker, directories: record.logDirs,
            cordonedDirectories: record.cordonedLogDirs)
        delta.changedBrokers.insert(id)
    }

    mutating func setFenced(
        _ isFenced: Bool, _ id: BrokerID, _ epoch: Int64, _ delta: inout ClusterDelta
    ) throws(ReplayError) {
        var broker = try registered(id, epoch: epoch)
        broker.isFenced = isFenced
        brokers[id] = broker
        delta.changedBrokers.insert(id)
    }

    mutating func apply(_ record: BrokerRegistrationChangeRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        let id = BrokerID(record.brokerId)
        var broker = try registered(id, epoch: record.brokerEpoch)
        switch record.fenced {
        case 0: break
        case 1: broker.isFenced = true
        case -1: broker.isFenced = false
        default: throw .unknownValue(field: "Fenced", value: Int64(record.fenced))
        }
        switch record.inControlledShutdown {
        case 0: break
        case 1: broker.isInControlledShutdown = true
        default: throw .unknownValue(field: "InControlledShutdown", value: Int64(record.inControlledShutdown))
        }
        if !record.logDirs.isEmpty { broker.directories = record.logDirs }
        if let cordoned = record.cordonedLogDirs { broker.cordonedDirectories = cordoned }
        brokers[id] = broker
        delta.changedBrokers.insert(id)
    }

    mutating func apply(_ record: RegisterControllerRecord, _ delta: inout ClusterDelta) {
        let id = BrokerID(record.controllerId)
        controllers[id] = ControllerRegistration(
            id: id, incarnationID: record.incarnationId, isZkMigrationReady: record.zkMigrationReady,
            endpoints: record.endPoints.map {
                Endpoint(
                    name: $0.name, host: $0.host, port: $0.port,
                    protocolID: SecurityProtocol(rawValue: $0.securityProtocol))
            },
            features: Dictionary(
                record.features.map {
                    ($0.name, FeatureRange(min: $0.minSupportedVersion, max: $0.maxSupportedVersion))
                },
                uniquingKeysWith: { $1 }))
        delta.changedControllers.insert(id)
    }
}
