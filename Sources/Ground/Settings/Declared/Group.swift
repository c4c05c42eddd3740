/// What can be set for one group.
extension Setting {
    static let group: [Setting] = [
        Setting(
            "consumer.assignment.interval.ms", .int, "1000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("group.consumer.assignment.interval.ms")],
            atLeast: "group.consumer.min.assignment.interval.ms",
            atMost: "group.consumer.max.assignment.interval.ms", effect: .notYet,
            ""),
        Setting(
            "consumer.heartbeat.interval.ms", .int, "5000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("group.consumer.heartbeat.interval.ms")],
            atLeast: "group.consumer.min.heartbeat.interval.ms", atMost: "group.consumer.max.heartbeat.interval.ms",
            effect: .notYet,
            ""),
        Setting(
            "consumer.session.timeout.ms", .int, "45000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("group.consumer.session.timeout.ms")],
            atLeast: "group.consumer.min.session.timeout.ms", atMost: "group.consumer.max.session.timeout.ms",
            effect: .notYet,
            ""),
        Setting(
            "share.assignment.interval.ms", .int, "1000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("group.share.assignment.interval.ms")],
            atLeast: "group.share.min.assignment.interval.ms", atMost: "group.share.max.assignment.interval.ms",
            effect: .notYet,
            ""),
        Setting(
            "share.auto.offset.reset", .string, "latest", .medium, .clusterWide,
            rule: .offsetReset(["latest", "earliest"]), effect: .notYet,
            ""),
        Setting(
            "share.delivery.count.limit", .int, "5", .medium, .clusterWide, rule: .atLeast(2),
            inherits: [Inheritance("group.share.delivery.count.limit")],
            atLeast: "group.share.min.delivery.count.limit", atMost: "group.share.max.delivery.count.limit",
            effect: .notYet,
            ""),
        Setting(
            "share.heartbeat.interval.ms", .int, "5000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("group.share.heartbeat.interval.ms")],
            atLeast: "group.share.min.heartbeat.interval.ms", atMost: "group.share.max.heartbeat.interval.ms",
            effect: .notYet,
            ""),
        Setting(
            "share.isolation.level", .string, "read_uncommitted", .medium, .clusterWide,
            rule: .oneOf(["read_committed", "read_uncommitted"]), effect: .notYet,
            ""),
        Setting(
            "share.partition.max.record.locks", .int, "2000", .medium, .clusterWide, rule: .atLeast(100),
            inherits: [Inheritance("group.share.partition.max.record.locks")],
            atLeast: "group.share.min.partition.max.record.locks",
            atMost: "group.share.max.partition.max.record.locks", effect: .notYet,
            ""),
        Setting(
            "share.record.lock.duration.ms", .int, "30000", .medium, .clusterWide, rule: .atLeast(1000),
            inherits: [Inheritance("group.share.record.lock.duration.ms")],
            atLeast: "group.share.min.record.lock.duration.ms", atMost: "group.share.max.record.lock.duration.ms",
            effect: .notYet,
            ""),
        Setting(
            "share.renew.acknowledge.enable", .boolean, "true", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "share.session.timeout.ms", .int, "45000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("group.share.session.timeout.ms")], atLeast: "group.share.min.session.timeout.ms",
            atMost: "group.share.max.session.timeout.ms", effect: .notYet,
            ""),
        Setting(
            "streams.assignment.interval.ms", .int, "1000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("group.streams.assignment.interval.ms")],
            atLeast: "group.streams.min.assignment.interval.ms", atMost: "group.streams.max.assignment.interval.ms",
            effect: .notYet,
            ""),
        Setting(
            "streams.heartbeat.interval.ms", .int, "5000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("group.streams.heartbeat.interval.ms")],
            atLeast: "group.streams.min.heartbeat.interval.ms", atMost: "group.streams.max.heartbeat.interval.ms",
            effect: .notYet,
            ""),
        Setting(
            "streams.initial.rebalance.delay.ms", .int, "3000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("group.streams.initial.rebalance.delay.ms")], effect: .notYet,
            ""),
        Setting(
            "streams.num.standby.replicas", .int, "0", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("group.streams.num.standby.replicas")],
            atMost: "group.streams.max.standby.replicas", effect: .notYet,
            ""),
        Setting(
            "streams.session.timeout.ms", .int, "45000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("group.streams.session.timeout.ms")],
            atLeast: "group.streams.min.session.timeout.ms", atMost: "group.streams.max.session.timeout.ms",
            effect: .notYet,
            ""),
    ]
}
