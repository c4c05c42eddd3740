import InternalRecords
import Vocabulary

/// Why a record cannot be applied: the log contradicts itself, or is of a Kafka that we do not know.
package enum ReplayError: Error, Sendable, Hashable {
    case unknownTopic(TopicID)
    case duplicateTopic(name: String, id: TopicID)
    case unknownPartition(TopicID, Int32)
    /// Partition records of a topic must come in order, from 0.
    case partitionOutOfOrder(TopicID, Int32, expected: Int)
    case directoriesDoNotMatchReplicas(TopicID, Int32)
    case unknownBroker(BrokerID)
    case wrongBrokerEpoch(BrokerID, record: Int64, registered: Int64)
    case unknownValue(field: String, value: Int64)
    case unsupportedFeatureLevel(String, Int16)
    case transactionAlreadyOpen
    case noOpenTransaction
}

/// Applies the records of the log to an image, one batch after another, and notes what they change.
///
/// Records between BeginTransaction and EndTransaction are held back: `image` stays as it was before the transaction until
/// it ends, and an abort forgets them.
package struct ImageReplay: Sendable {
    /// The image with every record applied that is not in an open transaction.
    package private(set) var image: ClusterImage
    /// What changed since `takeDelta` was last called.
    private var delta: ClusterDelta
    private var transaction: (image: ClusterImage, delta: ClusterDelta)?

    package init(_ image: ClusterImage = .empty) {
        self.image = image
        delta = ClusterDelta(from: image)
    }

    package var isInTransaction: Bool { transaction != nil }

    /// The image with the records of an open transaction applied too: what a controller decides by.
    package var newest: ClusterImage { transaction?.image ?? image }

    package mutating func replay(_ record: MetadataRecord) throws(ReplayError) {
        switch record {
        case .beginTransaction:
            guard transaction == nil else { throw .transactionAlreadyOpen }
            transaction = (image, ClusterDelta(from: image))
        case .endTransaction:
            guard let open = transaction else { throw .noOpenTransaction }
            image = open.image
            delta.absorb(open.delta)
            transaction = nil
        case .abortTransaction:
            guard transaction != nil else { throw .noOpenTransaction }
            transaction = nil
        default:
            if var open = transaction {
                // Taken out meanwhile, so that the image is changed in place instead of copied.
                transaction = nil
                defer { transaction = open }
                try open.image.apply(record, noting: &open.delta)
            } else {
                try image.apply(record, noting: &delta)
            }
        }
    }

    /// Notes how far the log has been replayed. Call it at the end of each batch.
    package mutating func reached(_ offset: Offset, epoch: LeaderEpoch, timestamp: Timestamp) {
        let place = ClusterImage.Provenance(lastOffset: offset, epoch: epoch, timestamp: timestamp)
        guard transaction != nil else {
            image.provenance = place
            return
        }
        transaction?.image.provenance = place
    }

    /// What changed since the last call, and the image that it led to.
    package mutating func takeDelta() -> (image: ClusterImage, delta: ClusterDelta) {
        let taken = delta
        delta = ClusterDelta(from: image)
        return (image, taken)
    }
}

extension ClusterImage {
    /// Applies one record that is not about transactions.
    mutating func apply(_ record: MetadataRecord, noting delta: inout ClusterDelta) throws(ReplayError) {
        switch record {
        case .registerBroker(let record): try apply(record, &delta)
        case .unregisterBroker(let record):
            let id = BrokerID(record.brokerId)
            _ = try registered(id, epoch: record.brokerEpoch)
            brokers[id] = nil
            delta.changedBrokers.insert(id)
        case .fenceBroker(let record): try setFenced(true, BrokerID(record.id), record.epoch, &delta)
        case .unfenceBroker(let record): try setFenced(false, BrokerID(record.id), record.epoch, &delta)
        case .brokerRegistrationChange(let record): try apply(record, &delta)
        case .registerController(let record): apply(record, &delta)
        case .topic(let record): try apply(record, &delta)
        case .partition(let record): try apply(record, &delta)
        case .partitionChange(let record): try apply(record, &delta)
        case .removeTopic(let record): try removeTopic(record.topicId, &delta)
        case .clearElr(let record): try clearELR(record, &delta)
        case .config(let record): try apply(record, &delta)
        case .clientQuota(let record): apply(record, &delta)
        case .featureLevel(let record): try apply(record, &delta)
        case .producerIds(let record):
            nextProducerID = ProducerID(record.nextProducerId)
            delta.hasProducerIDChanged = true
        case .accessControlEntry, .removeAccessControlEntry, .userScramCredential, .removeUserScramCredential,
            .delegationToken, .removeDelegationToken:
            applyAccess(record, &delta)
        case .noOp, .zkMigrationState, .beginTransaction, .endTransaction, .abortTransaction: break
        }
    }

    private mutating func apply(_ record: FeatureLevelRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        // kraft.version lives in control records; one found here, in an old log, is ignored.
        guard record.name != Feature.kraftVersion.rawValue else { return }
        if let feature = Feature(rawValue: record.name), !feature.supported.contains(record.featureLevel) {
            throw .unsupportedFeatureLevel(record.name, record.featureLevel)
        }
        features[record.name] = record.featureLevel == 0 ? nil : record.featureLevel
        delta.changedFeatures.insert(record.name)
    }

    private mutating func apply(_ record: ConfigRecord, _ delta: inout ClusterDelta) throws(ReplayError) {
        guard let kind = ConfigResource.Kind(rawValue: record.resourceType) else {
            throw .unknownValue(field: "ResourceType", value: Int64(record.resourceType))
        }
        let resource = ConfigResource(kind, record.resourceName)
        configs[resource, default: [:]][record.name] = record.value
        if configs[resource]?.isEmpty == true { configs[resource] = nil }
        delta.changedConfigs.insert(resource)
    }

    private mutating func apply(_ record: ClientQuotaRecord, _ delta: inout ClusterDelta) {
        let entity = QuotaEntity(record.entity.map { QuotaEntity.Part(kind: $0.entityType, name: $0.entityName) })
        quotas[entity, default: [:]][record.key] = record.remove ? nil : record.value
        if quotas[entity]?.isEmpty == true { quotas[entity] = nil }
        delta.changedQuotas.insert(entity)
    }

    private mutating func applyAccess(_ record: MetadataRecord, _ delta: inout ClusterDelta) {
        switch record {
        case .accessControlEntry(let entry):
            accessControlEntries[entry.id] = AccessControlEntry(
                id: entry.id, resourceType: entry.resourceType, resourceName: entry.resourceName,
                patternType: entry.patternType, principal: entry.principal, host: entry.host,
                operation: entry.operation, permissionType: entry.permissionType)
            delta.haveAccessControlEntriesChanged = true
        case .removeAccessControlEntry(let entry):
            accessControlEntries[entry.id] = nil
            delta.haveAccessControlEntriesChanged = true
        case .userScramCredential(let entry):
            let key = ScramCredential.Key(user: entry.name, mechanism: entry.mechanism)
            scramCredentials[key] = ScramCredential(
                salt: entry.salt, storedKey: entry.storedKey, serverKey: entry.serverKey, iterations: entry.iterations)
            delta.changedScram.insert(key)
        case .removeUserScramCredential(let entry):
            let key = ScramCredential.Key(user: entry.name, mechanism: entry.mechanism)
            scramCredentials[key] = nil
            delta.changedScram.insert(key)
        case .delegationToken(let token):
            delegationTokens[token.tokenId] = DelegationToken(
                id: token.tokenId, owner: token.owner, requester: token.requester, renewers: token.renewers,
                issued: Timestamp(token.issueTimestamp), maximum: Timestamp(token.maxTimestamp),
                expiration: Timestamp(token.expirationTimestamp))
            delta.changedTokens.insert(token.tokenId)
        case .removeDelegationToken(let token):
            delegationTokens[token.tokenId] = nil
            delta.changedTokens.insert(token.tokenId)
        default: break
        }
    }
}
