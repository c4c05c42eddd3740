import ClusterImage
import InternalRecords
import Settings
import Vocabulary
import WireProtocol

/// The settings of topics: what may be set, and how a new topic's are shown.
extension ControllerRules {
    /// The records of a new topic's settings.
    func newTopicConfigs(
        _ topic: String, _ values: [String: String], _ view: ClusterView
    ) throws(Refusal) -> [VersionedRecord] {
        do throws(SettingError) {
            try Settings.ConfigResource.topic.check(values)
        } catch { throw Refusal(.invalidConfig, error.description) }
        try view.checkTogether(topic: values, before: [:])
        let records = values.sorted { $0.key < $1.key }.map { name, value in
            VersionedRecord.config(.topic(topic), name, value)
        }
        return records + view.clearingELR(after: records)
    }
}

extension ClusterView {
    /// All settings of a topic that overrides `overrides`, as CreateTopics answers them.
    func described(_ overrides: [String: String]) -> [CreateTopicsResponse.CreatableTopicConfigs] {
        layers.describeTopic(overrides: overrides).map { setting in
            var described = CreateTopicsResponse.CreatableTopicConfigs()
            described.name = setting.name
            described.value = setting.value
            described.readOnly = setting.isReadOnly
            described.configSource = setting.source.rawValue
            described.isSensitive = setting.isSensitive
            return described
        }
    }

    /// Rules about several of a topic's settings. Each for itself has been checked.
    func checkTogether(topic values: [String: String], before: [String: String]) throws(Refusal) {
        func text(_ name: String) -> String { values[name] ?? layers.inherited(byTopic: name)?.text ?? "" }
        func number(_ name: String) -> Int64 { Int64(text(name)) ?? 0 }
        func isTrue(_ text: String?) -> Bool { text?.lowercased() == "true" }
        func refusal(_ why: String) -> Refusal { Refusal(.invalidConfig, why) }
        let (least, most) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"))
        guard least <= most else {
            throw refusal(
                "conflict topic config setting min.compaction.lag.ms (\(least)) > max.compaction.lag.ms (\(most))")
        }
        guard isTrue(values["remote.storage.enable"]) else {
            if isTrue(before["remote.storage.enable"]) && !isTrue(values["remote.log.delete.on.disable"]) {
                throw refusal(
                    "It is invalid to disable remote storage without deleting remote data. To keep the data and write no "
                        + "more of it, set remote.storage.enable=true,remote.log.copy.disable=true. To delete it, set "
                        + "remote.storage.enable=false,remote.log.delete.on.disable=true.")
            }
            return
        }
        guard isTrue(layers.text("remote.log.storage.system.enable")) else {
            throw refusal(
                "Tiered Storage functionality is disabled in the broker. "
                    + "Topic cannot be configured with remote log storage.")
        }
        guard ["delete", ""].contains(text("cleanup.policy")) else {
            throw refusal(
                "Remote log storage only supports topics with cleanup.policy=delete or cleanup.policy being an empty "
                    + "list.")
        }
        try checkRetention("retention.bytes", "local.retention.bytes", number, isTrue(text("remote.log.copy.disable")))
        try checkRetention("retention.ms", "local.retention.ms", number, isTrue(text("remote.log.copy.disable")))
    }

    /// What is kept locally is a part of what is kept; -2 means the same, -1 without limit.
    private func checkRetention(
        _ whole: String, _ local: String, _ number: (String) -> Int64, _ isCopyDisabled: Bool
    ) throws(Refusal) {
        let (total, part) = (number(whole), number(local))
        if part == -2 { return }
        if isCopyDisabled && part != total {
            throw Refusal(
                .invalidConfig,
                "When remote.log.copy.disable is set to true, \(local) and \(whole) must have the same value, because no "
                    + "more is copied to the remote storage.")
        }
        if total != -1 && (part == -1 || part > total) {
            throw Refusal(
                .invalidConfig,
                "Invalid value \(part) for configuration \(local): Value must not be more than that of \(whole), \(total)"
            )
        }
    }
}
