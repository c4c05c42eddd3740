/// The group coordinator.
extension Setting {
    static let groups: [Setting] = [
        Setting(
            "group.consumer.assignment.interval.ms", .int, "1000", .medium, .clusterWide, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "group.consumer.assignors", .list, "uniform,range", .medium, rule: .distinct(mayBeEmpty: false),
            effect: .notYet,
            ""),
        Setting(
            "group.consumer.heartbeat.interval.ms", .int, "5000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.consumer.max.assignment.interval.ms", .int, "15000", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.consumer.max.heartbeat.interval.ms", .int, "15000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.consumer.max.session.timeout.ms", .int, "60000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.consumer.max.size", .int, "2147483647", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.consumer.migration.policy", .string, "bidirectional", .medium,
            rule: .oneOfInAnyCase(["BIDIRECTIONAL", "DISABLED", "DOWNGRADE", "UPGRADE"]), effect: .notYet,
            ""),
        Setting(
            "group.consumer.min.assignment.interval.ms", .int, "0", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.consumer.min.heartbeat.interval.ms", .int, "5000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.consumer.min.session.timeout.ms", .int, "45000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.consumer.regex.refresh.interval.ms", .int, "600000", .medium, rule: .atLeast(10000),
            internal: true, effect: .notYet,
            ""),
        Setting(
            "group.consumer.session.timeout.ms", .int, "45000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.coordinator.append.linger.ms", .int, "-1", .medium, rule: .atLeast(-1), effect: .notYet,
            ""),
        Setting(
            "group.coordinator.background.threads", .int, "2", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.coordinator.cached.buffer.max.bytes", .int, "1048588", .medium, .clusterWide,
            rule: .atLeast(524_288), effect: .notYet,
            ""),
        Setting(
            "group.coordinator.rebalance.protocols", .list, "classic,consumer,streams", .medium,
            rule: .distinct(of: ["consumer", "classic", "share", "streams"], mayBeEmpty: false), deprecated: true,
            effect: .notYet,
            ""),
        Setting(
            "group.coordinator.threads", .int, "4", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.initial.rebalance.delay.ms", .int, "3000", .medium, effect: .inForce,
            "How long the first rebalance of an empty group waits for more members."),
        Setting(
            "group.max.session.timeout.ms", .int, "1800000", .medium, effect: .inForce,
            "The longest session timeout that a member of a classic group may ask for."),
        Setting(
            "group.max.size", .int, "2147483647", .medium, rule: .atLeast(1), effect: .inForce,
            "The most members of a classic group."),
        Setting(
            "group.min.session.timeout.ms", .int, "6000", .medium, effect: .inForce,
            "The shortest session timeout that a member of a classic group may ask for."),
        Setting(
            "group.share.assignment.interval.ms", .int, "1000", .medium, .clusterWide, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "group.share.assignors", .list, "simple", .medium, rule: .distinct(mayBeEmpty: false), effect: .notYet,
            ""),
        Setting(
            "group.share.heartbeat.interval.ms", .int, "5000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.share.initialize.retry.interval.ms", .int, "30000", .low, rule: .atLeast(1), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "group.share.max.assignment.interval.ms", .int, "15000", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.share.max.heartbeat.interval.ms", .int, "15000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.share.max.session.timeout.ms", .int, "60000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.share.max.size", .int, "200", .medium, rule: .range(1, 1000), effect: .notYet,
            ""),
        Setting(
            "group.share.min.assignment.interval.ms", .int, "0", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.share.min.heartbeat.interval.ms", .int, "5000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.share.min.session.timeout.ms", .int, "45000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.share.session.timeout.ms", .int, "45000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.assignment.interval.ms", .int, "1000", .medium, .clusterWide, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "group.streams.heartbeat.interval.ms", .int, "5000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.initial.rebalance.delay.ms", .int, "3000", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.streams.max.assignment.interval.ms", .int, "15000", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.streams.max.heartbeat.interval.ms", .int, "15000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.max.session.timeout.ms", .int, "60000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.max.size", .int, "2147483647", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.max.standby.replicas", .int, "2", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.streams.min.assignment.interval.ms", .int, "0", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.streams.min.heartbeat.interval.ms", .int, "5000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.min.session.timeout.ms", .int, "45000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.streams.num.standby.replicas", .int, "0", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "group.streams.session.timeout.ms", .int, "45000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "offset.metadata.max.bytes", .int, "4096", .high, effect: .inForce,
            "The longest text that a consumer may leave with a committed offset."),
        Setting(
            "offsets.commit.timeout.ms", .int, "5000", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "offsets.load.buffer.size", .int, "5242880", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "offsets.retention.check.interval.ms", .long, "600000", .high, rule: .atLeast(1), effect: .inForce,
            "How often the node looks for offsets that have expired."),
        Setting(
            "offsets.retention.minutes", .int, "10080", .high, rule: .atLeast(1), effect: .inForce,
            "How long the offsets of a group without members are kept."),
        Setting(
            "offsets.topic.compression.codec", .int, "0", .high, effect: .inForce,
            "The codec of the records of __consumer_offsets, by Kafka's number."),
        Setting(
            "offsets.topic.num.partitions", .int, "50", .high, rule: .atLeast(1), effect: .inForce,
            "How many partitions __consumer_offsets is made with."),
        Setting(
            "offsets.topic.replication.factor", .short, "3", .high, rule: .atLeast(1), effect: .inForce,
            "How many replicas __consumer_offsets is made with."),
        Setting(
            "offsets.topic.segment.bytes", .int, "104857600", .high, rule: .atLeast(1), effect: .inForce,
            "The size of the segments of __consumer_offsets."),
    ]
}
