import InternalRecords
import Vocabulary

extension ClusterImage {
    /// The image as records, in the order and the versions in which Apache writes a snapshot: features (metadata.version
    /// first), brokers, controllers, topics, settings, quotas, producer ids, access rules, SCRAM, tokens. Within each by name
    /// or id, so that equal images give equal bytes.
    package var records: [VersionedRecord] {
        let version = metadataVersion ?? .minimum
        var records: [VersionedRecord] = []
        appendFeatures(to: &records)
        for broker in brokers.values.sorted(by: { $0.id < $1.id }) {
            records.append(broker.record(at: version))
        }
        if version.hasControllerRegistration {
            records += controllers.values.sorted { $0.id < $1.id }.map(\.record)
        }
        for topic in topics.values.sorted(by: { $0.name < $1.name }) {
            records.append(topic.record)
            for (index, state) in topic.partitions.enumerated() {
                records.append(state.record(of: topic.id, Int32(truncatingIfNeeded: index), at: version))
            }
        }
        appendConfigs(to: &records)
        if nextProducerID.rawValue > 0 {
            var record = ProducerIdsRecord()
            record.brokerId = -1
            record.brokerEpoch = -1
            record.nextProducerId = nextProducerID.rawValue
            records.append(VersionedRecord(.producerIds(record)))
        }
        appendAccess(to: &records, version)
        return records
    }

    private func appendFeatures(to records: inout [VersionedRecord]) {
        let first = Feature.metadataVersion.rawValue
        let names = features.keys.sorted { ($0 == first ? 0 : 1, $0) < ($1 == first ? 0 : 1, $1) }
        for name in names {
            var record = FeatureLevelRecord()
            record.name = name
            record.featureLevel = features[name] ?? 0
            records.append(VersionedRecord(.featureLevel(record)))
        }
    }

    private func appendConfigs(to records: inout [VersionedRecord]) {
        for (resource, values) in configs.sorted(by: { $0.key < $1.key }) {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                records.append(.config(resource, name, value))
            }
        }
        for (entity, values) in quotas.sorted(by: { $0.key < $1.key }) {
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                var record = ClientQuotaRecord()
                record.entity = entity.parts.map {
                    var part = ClientQuotaRecord.EntityData()
                    part.entityType = $0.kind
                    part.entityName = $0.name
                    return part
                }
                record.key = key
                record.value = value
                records.append(VersionedRecord(.clientQuota(record)))
            }
        }
    }

    private func appendAccess(to records: inout [VersionedRecord], _ version: MetadataVersion) {
        for entry in accessControlEntries.values.sorted(by: { $0.id < $1.id }) {
            var record = AccessControlEntryRecord()
            record.id = entry.id
            record.resourceType = entry.resourceType
            record.resourceName = entry.resourceName
            record.patternType = entry.patternType
            record.principal = entry.principal
            record.host = entry.host
            record.operation = entry.operation
            record.permissionType = entry.permissionType
            records.append(VersionedRecord(.accessControlEntry(record)))
        }
        for (key, credential) in scramCredentials.sorted(by: { $0.key < $1.key }) where version.isScramSupported {
            var record = UserScramCredentialRecord()
            record.name = key.user
            record.mechanism = key.mechanism
            record.salt = credential.salt
            record.storedKey = credential.storedKey
            record.serverKey = credential.serverKey
            record.iterations = credential.iterations
            records.append(VersionedRecord(.userScramCredential(record)))
        }
        for token in delegationTokens.values.sorted(by: { $0.id < $1.id }) where version.hasDelegationTokens {
            var record = DelegationTokenRecord()
            record.owner = token.owner
            record.requester = token.requester
            record.renewers = token.renewers
            record.issueTimestamp = token.issued.rawValue
            record.maxTimestamp = token.maximum.rawValue
            record.expirationTimestamp = token.expiration.rawValue
            record.tokenId = token.id
            records.append(VersionedRecord(.delegationToken(record)))
        }
    }
}

extension VersionedRecord {
    /// Sets a dynamic setting, or with a nil value removes it.
    package static func config(_ resource: ConfigResource, _ name: String, _ value: String?) -> VersionedRecord {
        var record = ConfigRecord()
        record.resourceType = resource.kind.rawValue
        record.resourceName = resource.name
        record.name = name
        record.value = value
        return VersionedRecord(.config(record))
    }
}

extension TopicImage {
    package var record: VersionedRecord {
        var record = TopicRecord()
        record.name = name
        record.topicId = id
        return VersionedRecord(.topic(record))
    }
}

extension PartitionState {
    /// The whole state, in the version that `version` allows.
    package func record(of topic: TopicID, _ index: Int32, at version: MetadataVersion) -> VersionedRecord {
        var record = PartitionRecord()
        record.partitionId = index
        record.topicId = topic
        record.replicas = replicas.map(\.rawValue)
        record.isr = isr.map(\.rawValue)
        record.removingReplicas = removingReplicas.map(\.rawValue)
        record.addingReplicas = addingReplicas.map(\.rawValue)
        record.leader = leader.rawValue
        record.leaderRecoveryState = leaderRecoveryState.rawValue
        record.leaderEpoch = leaderEpoch.rawValue
        record.partitionEpoch = partitionEpoch
        if version.hasDirectoryAssignment { record.directories = directories }
        if version.hasELR {
            // Empty sets stay out of the bytes, as Apache leaves them out.
            record.eligibleLeaderReplicas =
                eligibleLeaderReplicas.isEmpty ? nil : eligibleLeaderReplicas.map(\.rawValue)
            record.lastKnownElr = lastKnownELR.isEmpty ? nil : lastKnownELR.map(\.rawValue)
        }
        return VersionedRecord(.partition(record), version: version.partitionRecordVersion)
    }
}

extension BrokerRegistration {
    package func record(at version: MetadataVersion) -> VersionedRecord {
        var record = RegisterBrokerRecord()
        record.brokerId = id.rawValue
        record.isMigratingZkBroker = isMigratingZkBroker
        record.incarnationId = incarnationID
        record.brokerEpoch = epoch
        record.endPoints = endpoints.map {
            var endpoint = RegisterBrokerRecord.BrokerEndpoint()
            endpoint.name = $0.name
            endpoint.host = $0.host
            endpoint.port = $0.port
            endpoint.securityProtocol = $0.protocolID.rawValue
            return endpoint
        }
        record.features = features.sorted { $0.key < $1.key }.map {
            var feature = RegisterBrokerRecord.BrokerFeature()
            feature.name = $0.key
            feature.minSupportedVersion = $0.value.min
            feature.maxSupportedVersion = $0.value.max
            return feature
        }
        record.rack = rack
        record.fenced = isFenced
        record.inControlledShutdown = isInControlledShutdown
        if version.hasDirectoryAssignment { record.logDirs = directories }
        if version.hasCordonedDirectories { record.cordonedLogDirs = cordonedDirectories }
        return VersionedRecord(.registerBroker(record), version: version.registerBrokerRecordVersion)
    }
}

extension ControllerRegistration {
    package var record: VersionedRecord {
        var record = RegisterControllerRecord()
        record.controllerId = id.rawValue
        record.incarnationId = incarnationID
        record.zkMigrationReady = isZkMigrationReady
        record.endPoints = endpoints.map {
            var endpoint = RegisterControllerRecord.ControllerEndpoint()
            endpoint.name = $0.name
            endpoint.host = $0.host
            endpoint.port = $0.port
            endpoint.securityProtocol = $0.protocolID.rawValue
            return endpoint
        }
        record.features = features.sorted { $0.key < $1.key }.map {
            var feature = RegisterControllerRecord.ControllerFeature()
            feature.name = $0.key
            feature.minSupportedVersion = $0.value.min
            feature.maxSupportedVersion = $0.value.max
            return feature
        }
        return VersionedRecord(.registerController(record))
    }
}
