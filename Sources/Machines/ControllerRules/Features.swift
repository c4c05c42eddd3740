import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// What an UpdateFeatures leads to beside records.
    package struct FeatureUpdate: Sendable {
        package var response: UpdateFeaturesResponse
        /// The level of kraft.version that the quorum is to go to. It keeps that one itself.
        package var kraftVersion: Int16?
    }

    /// What is known of the quorum, which is not in the image.
    package struct QuorumFeatures: Sendable {
        package let kraftVersion: Int16
        package let voters: [BrokerID]
        /// Why the quorum cannot go to a higher kraft.version; nil: it can.
        package let kraftObstacle: String?

        package init(kraftVersion: Int16, voters: [BrokerID], kraftObstacle: String?) {
            self.kraftVersion = kraftVersion
            self.voters = voters
            self.kraftObstacle = kraftObstacle
        }
    }

    /// Answers UpdateFeatures: all levels change, or none.
    package func updateFeatures(
        _ request: UpdateFeaturesRequest, version: Int16, image: ClusterImage, quorum: QuorumFeatures
    ) -> Decision<FeatureUpdate> {
        var response = UpdateFeaturesResponse()
        response.errorMessage = nil
        var records: [VersionedRecord] = []
        var kraftVersion: Int16?
        var proposed = image.features
        for update in request.featureUpdates { proposed[update.feature] = update.maxVersionLevel }
        do throws(Refusal) {
            for update in request.featureUpdates {
                try check(update, version, image, proposed, quorum)
                if update.feature == Feature.kraftVersion.rawValue {
                    guard update.maxVersionLevel != quorum.kraftVersion else { continue }
                    kraftVersion = update.maxVersionLevel
                    // Something to wait for until it is committed.
                    records.append(VersionedRecord(.noOp(NoOpRecord())))
                } else {
                    records.append(Self.featureLevel(update.feature, update.maxVersionLevel))
                }
            }
        } catch {
            response.errorCode = error.code.rawValue
            response.errorMessage =
                "The update failed for all features since the following feature had an error: \(error.message ?? "")"
            return Decision(FeatureUpdate(response: response))
        }
        if version <= 1 {
            response.results = request.featureUpdates.map { update in
                var result = UpdateFeaturesResponse.UpdatableFeatureResult()
                result.feature = update.feature
                result.errorMessage = nil
                return result
            }
        }
        if request.validateOnly { return Decision(FeatureUpdate(response: response)) }
        if !image.isELREnabled && (proposed[Feature.eligibleLeaderReplicas.rawValue] ?? 0) >= 1 {
            records = oneMinimum(image) + records
        }
        return Decision(
            FeatureUpdate(response: response, kraftVersion: kraftVersion), records: records, isAtomic: true)
    }

    /// With eligible leader replicas, the minimum of in-sync replicas is the cluster's and not each broker's.
    private func oneMinimum(_ image: ClusterImage) -> [VersionedRecord] {
        let name = "min.insync.replicas"
        var records: [VersionedRecord] = []
        if image.config(.brokers)[name] == nil { records.append(.config(.brokers, name, defaultMinISR)) }
        for resource in image.configs.keys.sorted() where resource.kind == .broker && !resource.name.isEmpty {
            if image.config(resource)[name] != nil { records.append(.config(resource, name, nil)) }
        }
        return records
    }

    private func check(
        _ update: UpdateFeaturesRequest.FeatureUpdateKey, _ version: Int16, _ image: ClusterImage,
        _ proposed: [String: Int16], _ quorum: QuorumFeatures
    ) throws(Refusal) {
        let (name, level) = (update.feature, update.maxVersionLevel)
        func refusal(_ why: String) -> Refusal {
            Refusal(.invalidUpdateVersion, "Invalid update version \(level) for feature \(name). \(why)")
        }
        // 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. Version 0 had a flag instead.
        let type = version == 0 ? (update.allowDowngrade ? 2 : 1) : update.upgradeType
        guard (1...3).contains(type) else { throw refusal("The controller does not know the upgrade type \(type).") }
        if level < 0 { throw refusal("A feature version cannot be less than 0.") }
        if let reason = reasonNotSupported(name, level, image, quorum) { throw refusal(reason) }
        let current = name == Feature.kraftVersion.rawValue ? quorum.kraftVersion : image.features[name] ?? 0
        if level < current && type == 1 {
            throw refusal(
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe "
                    + "downgrade.")
        }
        if level > current && type != 1 { throw refusal("Can't downgrade to a newer version.") }
        let feature = Feature(rawValue: name)
        for needed in feature?.dependencies(at: level) ?? []
        where (proposed[needed.feature.rawValue] ?? 0) < needed.level {
            throw refusal(
                "\(name) could not be set to \(level) because it depends on \(needed.feature.rawValue) level \(needed.level)"
            )
        }
        switch feature {
        case .metadataVersion: try Self.checkDowngrade(to: level, from: current, refusal)
        case .kraftVersion:
            if level < current { throw refusal("Can't downgrade the version of this feature.") }
            if level > current, let obstacle = quorum.kraftObstacle { throw refusal(obstacle) }
        default: break
        }
    }

    /// Older nodes could not read what newer levels wrote.
    private static func checkDowngrade(
        to level: Int16, from current: Int16, _ refusal: (String) -> Refusal
    ) throws(Refusal) {
        guard level < current else { return }
        let lost = (level + 1...current).first { MetadataVersion(level: $0).changesMetadata }
        if let lost {
            throw refusal(
                "Refusing to perform the requested downgrade because it might delete metadata information: level \(lost) "
                    + "(\(MetadataVersion(level: lost).name)) brought new metadata.")
        }
    }

    /// Every registered node must be able to work at the level, and every voter must have registered.
    private func reasonNotSupported(
        _ name: String, _ level: Int16, _ image: ClusterImage, _ quorum: QuorumFeatures
    ) -> String? {
        func reason(_ who: String, _ features: [String: FeatureRange]) -> String? {
            let range = features[name] ?? FeatureRange(min: 0, max: 0)
            if range.contains(level) { return nil }
            return range.max == 0
                ? "\(who) does not support this feature."
                : "\(who) only supports versions \(range.min)-\(range.max)"
        }
        if let reason = reason("Local controller \(nodeID)", Feature.allSupported) { return reason }
        for broker in image.brokers.values.sorted(by: { $0.id < $1.id }) {
            if let reason = reason("Broker \(broker.id)", broker.features) { return reason }
        }
        guard image.metadataVersion?.hasControllerRegistration == true else { return nil }
        for controller in image.controllers.values.sorted(by: { $0.id < $1.id }) where controller.id != nodeID {
            if let reason = reason("Controller \(controller.id)", controller.features) { return reason }
        }
        if let missing = quorum.voters.first(where: { $0 != nodeID && image.controllers[$0] == nil }) {
            return "controller \(missing) has not registered, and may not support this feature"
        }
        return nil
    }
}
