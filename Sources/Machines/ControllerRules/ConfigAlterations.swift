import ClusterImage
import InternalRecords
import Settings
import Vocabulary
import WireProtocol

/// The records that change a resource's settings, after the rules of its kind. The resource is there and the request well
/// formed.
extension ClusterView {
    func records(for alteration: ControllerRules.Alteration) throws(Refusal) -> [VersionedRecord] {
        let before = image.config(alteration.resource)
        var after = before
        var records: [VersionedRecord] = []
        for change in alteration.changes {
            let value = try newValue(of: change, alteration, before: before[change.name])
            // A broker's value is written even if it is the same: files that it names, key stores, are then read anew.
            if value != before[change.name] || alteration.kind == .broker {
                try checkTransition(change.name, to: value, alteration, before: before[change.name])
                records.append(.config(alteration.resource, change.name, value))
            }
            after[change.name] = value
        }
        if alteration.replacesAll {
            let named = Set(alteration.changes.map(\.name))
            for name in before.keys.sorted() where !named.contains(name) {
                try checkTransition(name, to: nil, alteration, before: before[name])
                records.append(.config(alteration.resource, name, nil))
                after[name] = nil
            }
        }
        switch alteration.kind {
        case .topic: try checkTogether(topic: after, before: before)
        case .group: try checkTogether(group: after)
        case .broker: try checkTogether(broker: alteration.name, after)
        default: break
        }
        return records
    }

    /// A change of the minimum of in-sync replicas changes which replicas count as eligible, so these are forgotten.
    func clearingELR(after records: [VersionedRecord]) -> [VersionedRecord] {
        guard image.isELREnabled else { return [] }
        return records.compactMap { record in
            guard case .config(let config) = record.record, config.name == "min.insync.replicas" else { return nil }
            var clear = ClearElrRecord()
            if config.resourceType == Resource.Kind.topic.rawValue { clear.topicName = config.resourceName }
            return VersionedRecord(.clearElr(clear))
        }
    }

    private func newValue(
        of change: ControllerRules.Alteration.Change, _ alteration: ControllerRules.Alteration, before: String?
    ) throws(Refusal) -> String? {
        let operation = ConfigOperation(rawValue: change.operation) ?? .set
        do throws(SettingError) {
            switch alteration.kind {
            case .topic: return try apply(operation, change, .topic, before)
            case .broker:
                return try apply(operation, change, alteration.name.isEmpty ? .brokerDefault : .broker, before)
            case .group: return try apply(operation, change, in: .group, "group config name", before)
            default: return try apply(operation, change, in: .clientMetrics, "client metrics config name", before)
            }
        } catch { throw Refusal(code(ofBadValue: change, alteration), error.description) }
    }

    /// A broker calls the whole request invalid when one of its own settings is (KAFKA-13609); only for lists that are none it
    /// agrees with the controller.
    private func code(
        ofBadValue change: ControllerRules.Alteration.Change, _ alteration: ControllerRules.Alteration
    ) -> ErrorCode {
        guard alteration.kind == .broker, alteration.isForwarded else { return .invalidConfig }
        let isOfLists = change.operation == 2 || change.operation == 3
        return isOfLists && SettingCatalog.broker[change.name]?.type != .list ? .invalidConfig : .invalidRequest
    }

    private func apply(
        _ operation: ConfigOperation, _ change: ControllerRules.Alteration.Change,
        _ kind: Settings.ConfigResource, _ before: String?
    ) throws(SettingError) -> String? {
        // Lists grow from the declared default, not from what a broader resource sets.
        let catalog = kind == .topic ? SettingCatalog.topic : SettingCatalog.broker
        let start = catalog[change.name]?.defaultValue.text
        return try kind.apply(operation, change.value, to: change.name, current: before, inherited: start)
    }

    /// For groups and for subscriptions to client metrics.
    private func apply(
        _ operation: ConfigOperation, _ change: ControllerRules.Alteration.Change, in catalog: SettingCatalog,
        _ what: String, _ before: String?
    ) throws(SettingError) -> String? {
        if operation == .delete { return nil }
        guard let setting = catalog[change.name] else {
            throw .conflict("Unknown \(what): \(change.name)")
        }
        var value = change.value ?? ""
        if operation != .set {
            guard setting.type == .list else {
                throw .conflict("Can't \(operation) to key \(change.name) because its type is not LIST.")
            }
            var elements = splitList(before ?? setting.defaultValue.text ?? "")
            let named = splitList(value)
            elements.removeAll(where: named.contains)
            value = (operation == .append ? elements + named : elements).joined(separator: ",")
        }
        if value.utf8.count > 32_767 {
            throw .invalid(name: setting.name, value: nil, why: "The value is longer than 32767 bytes")
        }
        try checkBounds(setting, try setting.read(value))
        return value
    }

    /// A group's settings stay within what the brokers allow.
    private func checkBounds(_ setting: Setting, _ value: SettingValue?) throws(SettingError) {
        guard case .number(let number)? = value else { return }
        func bound(_ name: String?) -> Int64? { name.flatMap { layers.text($0) }.flatMap { Int64($0) } }
        if let least = bound(setting.lowerBound), number < least {
            throw .invalid(
                name: setting.name, value: String(number),
                why: "It must be at least \(least), which \(setting.lowerBound ?? "") says")
        }
        if let most = bound(setting.upperBound), number > most {
            throw .invalid(
                name: setting.name, value: String(number),
                why: "It must be at most \(most), which \(setting.upperBound ?? "") says")
        }
    }

    private func checkTogether(group values: [String: String]) throws(Refusal) {
        for kind in ["consumer", "share", "streams"] {
            func number(_ name: String) -> Int64? {
                let setting = SettingCatalog.group[name]
                let text = values[name] ?? setting?.inherits.first.flatMap { layers.text($0.name) }
                return (text ?? setting?.defaultValue.text).flatMap { Int64($0) }
            }
            guard let session = number("\(kind).session.timeout.ms"),
                let heartbeat = number("\(kind).heartbeat.interval.ms"), session <= heartbeat
            else { continue }
            throw Refusal(
                .invalidConfig,
                "\(kind).session.timeout.ms (\(session)) must be greater than \(kind).heartbeat.interval.ms (\(heartbeat))"
            )
        }
    }

    /// This node must be able to work with what its settings would be together. Of other nodes only they themselves know
    /// what stands in their files.
    private func checkTogether(broker name: String, _ values: [String: String]) throws(Refusal) {
        let isDefault = name.isEmpty
        guard isDefault || Int32(name) == nodeID.rawValue else { return }
        let whole = layers.replacing(
            dynamicDefault: isDefault ? values : image.config(.brokers),
            dynamicBroker: isDefault ? image.config(.broker(nodeID)) : values)
        do throws(SettingError) {
            _ = try NodeSettings(whole.layers)
        } catch { throw Refusal(.invalidRequest, error.description) }
    }

    /// Rules about single settings that depend on the state of the cluster.
    private func checkTransition(
        _ name: String, to value: String?, _ alteration: ControllerRules.Alteration, before: String?
    ) throws(Refusal) {
        guard alteration.kind == .broker else { return }
        switch name {
        case "min.insync.replicas" where image.isELREnabled:
            // All must count alike, or a replica that one broker calls eligible is not for another.
            if !alteration.name.isEmpty {
                throw Refusal(
                    .invalidConfig, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.")
            }
            if value == nil {
                throw Refusal(
                    .invalidConfig, "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.")
            }
        case "cordoned.log.dirs":
            guard version.hasCordonedDirectories else {
                throw Refusal(
                    .invalidConfig,
                    "cordoned.log.dirs cannot be set: it needs metadata.version 4.3-IV0, the cluster is at \(version.name)."
                )
            }
            // Only the broker knows its paths; here, some can be taken away from what it has accepted.
            let known = Set(splitList(before ?? ""))
            if !alteration.isForwarded, !splitList(value ?? "").allSatisfy(known.contains) {
                throw Refusal(
                    .invalidConfig,
                    "Through a controller, directories can only be taken out of cordoned.log.dirs; ask a broker to add some."
                )
            }
        default: break
        }
    }
}
