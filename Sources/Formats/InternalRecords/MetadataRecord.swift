import Bytes
import WireProtocol

/// One record of the metadata log, of any type that Kafka 4.3 writes or has written.
package enum MetadataRecord: Sendable {
    case registerBroker(RegisterBrokerRecord)
    case unregisterBroker(UnregisterBrokerRecord)
    case topic(TopicRecord)
    case partition(PartitionRecord)
    case config(ConfigRecord)
    case partitionChange(PartitionChangeRecord)
    case fenceBroker(FenceBrokerRecord)
    case unfenceBroker(UnfenceBrokerRecord)
    case removeTopic(RemoveTopicRecord)
    case delegationToken(DelegationTokenRecord)
    case userScramCredential(UserScramCredentialRecord)
    case featureLevel(FeatureLevelRecord)
    case clientQuota(ClientQuotaRecord)
    case producerIds(ProducerIdsRecord)
    case brokerRegistrationChange(BrokerRegistrationChangeRecord)
    case accessControlEntry(AccessControlEntryRecord)
    case removeAccessControlEntry(RemoveAccessControlEntryRecord)
    case noOp(NoOpRecord)
    case zkMigrationState(ZkMigrationStateRecord)
    case removeUserScramCredential(RemoveUserScramCredentialRecord)
    case beginTransaction(BeginTransactionRecord)
    case endTransaction(EndTransactionRecord)
    case abortTransaction(AbortTransactionRecord)
    case removeDelegationToken(RemoveDelegationTokenRecord)
    case registerController(RegisterControllerRecord)
    case clearElr(ClearElrRecord)

    /// The number that stands before the record in the log.
    package var type: Int16 {
        switch self {
        case .registerBroker: 0
        case .unregisterBroker: 1
        case .topic: 2
        case .partition: 3
        case .config: 4
        case .partitionChange: 5
        case .fenceBroker: 7
        case .unfenceBroker: 8
        case .removeTopic: 9
        case .delegationToken: 10
        case .userScramCredential: 11
        case .featureLevel: 12
        case .clientQuota: 14
        case .producerIds: 15
        case .brokerRegistrationChange: 17
        case .accessControlEntry: 18
        case .removeAccessControlEntry: 19
        case .noOp: 20
        case .zkMigrationState: 21
        case .removeUserScramCredential: 22
        case .beginTransaction: 23
        case .endTransaction: 24
        case .abortTransaction: 25
        case .removeDelegationToken: 26
        case .registerController: 27
        case .clearElr: 28
        }
    }

    /// The newest version of the record that we know.
    package var maximumVersion: Int16 {
        switch self {
        case .registerBroker: 4
        case .brokerRegistrationChange: 3
        case .partition, .partitionChange: 2
        default: 0
        }
    }

    init(type: Int, version: Int16, from reader: inout WireReader) throws(WireError) {
        switch type {
        case 0: self = .registerBroker(try RegisterBrokerRecord(from: &reader, version: version))
        case 1: self = .unregisterBroker(try UnregisterBrokerRecord(from: &reader, version: version))
        case 2: self = .topic(try TopicRecord(from: &reader, version: version))
        case 3: self = .partition(try PartitionRecord(from: &reader, version: version))
        case 4: self = .config(try ConfigRecord(from: &reader, version: version))
        case 5: self = .partitionChange(try PartitionChangeRecord(from: &reader, version: version))
        case 7: self = .fenceBroker(try FenceBrokerRecord(from: &reader, version: version))
        case 8: self = .unfenceBroker(try UnfenceBrokerRecord(from: &reader, version: version))
        case 9: self = .removeTopic(try RemoveTopicRecord(from: &reader, version: version))
        case 10: self = .delegationToken(try DelegationTokenRecord(from: &reader, version: version))
        case 11: self = .userScramCredential(try UserScramCredentialRecord(from: &reader, version: version))
        case 12: self = .featureLevel(try FeatureLevelRecord(from: &reader, version: version))
        case 14: self = .clientQuota(try ClientQuotaRecord(from: &reader, version: version))
        case 15: self = .producerIds(try ProducerIdsRecord(from: &reader, version: version))
        case 17: self = .brokerRegistrationChange(try BrokerRegistrationChangeRecord(from: &reader, version: version))
        case 18: self = .accessControlEntry(try AccessControlEntryRecord(from: &reader, version: version))
        case 19: self = .removeAccessControlEntry(try RemoveAccessControlEntryRecord(from: &reader, version: version))
        case 20: self = .noOp(try NoOpRecord(from: &reader, version: version))
        case 21: self = .zkMigrationState(try ZkMigrationStateRecord(from: &reader, version: version))
        case 22: self = .removeUserScramCredential(try RemoveUserScramCredentialRecord(from: &reader, version: version))
        case 23: self = .beginTransaction(try BeginTransactionRecord(from: &reader, version: version))
        case 24: self = .endTransaction(try EndTransactionRecord(from: &reader, version: version))
        case 25: self = .abortTransaction(try AbortTransactionRecord(from: &reader, version: version))
        case 26: self = .removeDelegationToken(try RemoveDelegationTokenRecord(from: &reader, version: version))
        case 27: self = .registerController(try RegisterControllerRecord(from: &reader, version: version))
        case 28: self = .clearElr(try ClearElrRecord(from: &reader, version: version))
        default: throw .unsupportedVersion(message: "metadata record of type \(type)", version: version)
        }
    }

    /// The body of the record, without the frame before it.
    func write(to writer: inout WireWriter, version: Int16) throws(WireError) {
        switch self {
        case .registerBroker(let record): try record.write(to: &writer, version: version)
        case .unregisterBroker(let record): try record.write(to: &writer, version: version)
        case .topic(let record): try record.write(to: &writer, version: version)
        case .partition(let record): try record.write(to: &writer, version: version)
        case .config(let record): try record.write(to: &writer, version: version)
        case .partitionChange(let record): try record.write(to: &writer, version: version)
        case .fenceBroker(let record): try record.write(to: &writer, version: version)
        case .unfenceBroker(let record): try record.write(to: &writer, version: version)
        case .removeTopic(let record): try record.write(to: &writer, version: version)
        case .delegationToken(let record): try record.write(to: &writer, version: version)
        case .userScramCredential(let record): try record.write(to: &writer, version: version)
        case .featureLevel(let record): try record.write(to: &writer, version: version)
        case .clientQuota(let record): try record.write(to: &writer, version: version)
        case .producerIds(let record): try record.write(to: &writer, version: version)
        case .brokerRegistrationChange(let record): try record.write(to: &writer, version: version)
        case .accessControlEntry(let record): try record.write(to: &writer, version: version)
        case .removeAccessControlEntry(let record): try record.write(to: &writer, version: version)
        case .noOp(let record): try record.write(to: &writer, version: version)
        case .zkMigrationState(let record): try record.write(to: &writer, version: version)
        case .removeUserScramCredential(let record): try record.write(to: &writer, version: version)
        case .beginTransaction(let record): try record.write(to: &writer, version: version)
        case .endTransaction(let record): try record.write(to: &writer, version: version)
        case .abortTransaction(let record): try record.write(to: &writer, version: version)
        case .removeDelegationToken(let record): try record.write(to: &writer, version: version)
        case .registerController(let record): try record.write(to: &writer, version: version)
        case .clearElr(let record): try record.write(to: &writer, version: version)
        }
    }
}
