import ClusterImage
import InternalRecords
import Vocabulary

/// What a node writes when it becomes the active controller.
extension ControllerRules {
    /// The records of a new cluster: its features, metadata.version first, and whatever else was given when it was
    /// formatted. `levels` are feature levels by name, without those of level 0 and without kraft.version, which the quorum
    /// keeps.
    package static func bootstrapRecords(
        _ version: MetadataVersion, levels: [String: Int16], others: [VersionedRecord] = []
    ) -> [VersionedRecord] {
        var records = [featureLevel(Feature.metadataVersion.rawValue, version.level)]
        let isOther = { name in name != Feature.metadataVersion.rawValue && name != Feature.kraftVersion.rawValue }
        for (name, level) in levels.sorted(by: { $0.key < $1.key }) where level != 0 && isOther(name) {
            records.append(featureLevel(name, level))
        }
        return records + others
    }

    /// The features that a new cluster of that version has when nobody asks for others.
    package static func defaultLevels(at version: MetadataVersion) -> [String: Int16] {
        var levels: [String: Int16] = [:]
        for feature in Feature.allCases where feature != .kraftVersion && feature != .metadataVersion {
            let level = feature.defaultLevel(at: version)
            if level != 0 { levels[feature.rawValue] = level }
        }
        return levels
    }

    static func featureLevel(_ name: String, _ level: Int16) -> VersionedRecord {
        var record = FeatureLevelRecord()
        record.name = name
        record.featureLevel = level
        return VersionedRecord(.featureLevel(record))
    }

    /// What is to be written before anything else. `bootstrap` is what the metadata directory was formatted with; it is
    /// used once, on an empty log. The image is the newest, without what stands in an open transaction.
    package func activate(
        _ image: ClusterImage, isInTransaction: Bool, bootstrap: [VersionedRecord]
    ) -> Decision<Void> {
        var records: [VersionedRecord] = []
        if isInTransaction {
            var abort = AbortTransactionRecord()
            abort.reason = "Controller failover"
            records.append(VersionedRecord(.abortTransaction(abort)))
        }
        guard image.metadataVersion == nil else { return Decision((), records: records, isAtomic: true) }
        let levels = Self.levels(in: bootstrap)
        let version = MetadataVersion(level: levels[Feature.metadataVersion.rawValue] ?? MetadataVersion.latest.level)
        if version.hasMetadataTransactions {
            var begin = BeginTransactionRecord()
            begin.name = "Bootstrap records"
            records.append(VersionedRecord(.beginTransaction(begin)))
        }
        var given = bootstrap
        if levels[Feature.metadataVersion.rawValue] == nil {
            // Formatted without features: the newest that this node knows, with the defaults of that version.
            given = Self.bootstrapRecords(version, levels: Self.defaultLevels(at: version), others: bootstrap)
        }
        records += given
        let isELREnabled = (Self.levels(in: given)[Feature.eligibleLeaderReplicas.rawValue] ?? 0) > 0
        if isELREnabled {
            // From now on the minimum is the cluster's, not each broker's.
            records.append(.config(.brokers, "min.insync.replicas", defaultMinISR))
        }
        guard version.hasMetadataTransactions else { return Decision((), records: records, isAtomic: true) }
        records.append(VersionedRecord(.endTransaction(EndTransactionRecord())))
        return Decision((), records: records)
    }

    private static func levels(in records: [VersionedRecord]) -> [String: Int16] {
        var levels: [String: Int16] = [:]
        for record in records {
            if case .featureLevel(let feature) = record.record { levels[feature.name] = feature.featureLevel }
        }
        return levels
    }
}
