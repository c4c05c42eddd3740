/// The share coordinator.
extension Setting {
    static let shareCoordinator: [Setting] = [
        Setting(
            "share.coordinator.append.linger.ms", .int, "-1", .medium, rule: .atLeast(-1), effect: .notYet,
            ""),
        Setting(
            "share.coordinator.cached.buffer.max.bytes", .int, "1048588", .medium, .clusterWide,
            rule: .atLeast(524_288), effect: .notYet,
            ""),
        Setting(
            "share.coordinator.cold.partition.snapshot.interval.ms", .int, "300000", .low, rule: .atLeast(1),
            internal: true, effect: .notYet,
            ""),
        Setting(
            "share.coordinator.load.buffer.size", .int, "5242880", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "share.coordinator.snapshot.update.records.per.snapshot", .int, "500", .medium, rule: .range(0, 500),
            effect: .notYet,
            ""),
        Setting(
            "share.coordinator.state.topic.compression.codec", .int, "0", .high, effect: .notYet,
            ""),
        Setting(
            "share.coordinator.state.topic.min.isr", .short, "2", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "share.coordinator.state.topic.num.partitions", .int, "50", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "share.coordinator.state.topic.prune.interval.ms", .int, "300000", .low, rule: .atLeast(1),
            internal: true, effect: .notYet,
            ""),
        Setting(
            "share.coordinator.state.topic.replication.factor", .short, "3", .high, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "share.coordinator.state.topic.segment.bytes", .int, "104857600", .high, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "share.coordinator.threads", .int, "1", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "share.coordinator.write.timeout.ms", .int, "5000", .high, rule: .atLeast(1), effect: .notYet,
            ""),
    ]
}
