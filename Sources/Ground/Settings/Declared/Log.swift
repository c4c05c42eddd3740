/// Partition logs.
extension Setting {
    static let log: [Setting] = [
        Setting(
            "alter.config.policy.class.name", .javaClass, .null, .low, effect: .javaOnly,
            ""),
        Setting(
            "auto.create.topics.enable", .boolean, "true", .high, effect: .notYet,
            ""),
        Setting(
            "cordoned.log.dirs", .list, "", .medium, .perBroker, rule: .distinct(mayBeNull: true), effect: .notYet,
            ""),
        Setting(
            "create.topic.policy.class.name", .javaClass, .null, .low, effect: .javaOnly,
            ""),
        Setting(
            "log.cleanup.policy", .list, "delete", .medium, .clusterWide, rule: .distinct(of: ["compact", "delete"]),
            effect: .notYet,
            ""),
        Setting(
            "log.dir", .list, "/tmp/kafka-logs", .high, rule: .distinct(mayBeEmpty: false), effect: .notYet,
            ""),
        Setting(
            "log.dir.failure.timeout.ms", .long, "30000", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "log.dirs", .list, .null, .high, rule: .distinct(mayBeEmpty: false, mayBeNull: true), effect: .notYet,
            ""),
        Setting(
            "log.flush.interval.messages", .long, "9223372036854775807", .high, .clusterWide, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "log.flush.interval.ms", .long, .null, .high, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.flush.offset.checkpoint.interval.ms", .int, "60000", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "log.flush.scheduler.interval.ms", .long, "9223372036854775807", .high, effect: .notYet,
            ""),
        Setting(
            "log.flush.start.offset.checkpoint.interval.ms", .int, "60000", .high, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "log.index.interval.bytes", .int, "4096", .medium, .clusterWide, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "log.index.size.max.bytes", .int, "10485760", .medium, .clusterWide, rule: .atLeast(4), effect: .notYet,
            ""),
        Setting(
            "log.initial.task.delay.ms", .long, "30000", .low, rule: .atLeast(0), internal: true, effect: .notYet,
            ""),
        Setting(
            "log.message.timestamp.after.max.ms", .long, "3600000", .medium, .clusterWide, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "log.message.timestamp.before.max.ms", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "log.message.timestamp.type", .string, "CreateTime", .medium, .clusterWide,
            rule: .oneOf(["CreateTime", "LogAppendTime"]), effect: .notYet,
            ""),
        Setting(
            "log.preallocate", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.retention.bytes", .long, "-1", .high, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.retention.check.interval.ms", .long, "300000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "log.retention.hours", .int, "168", .high, effect: .notYet,
            ""),
        Setting(
            "log.retention.minutes", .int, .null, .high, effect: .notYet,
            ""),
        Setting(
            "log.retention.ms", .long, .null, .high, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.roll.hours", .int, "168", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "log.roll.jitter.hours", .int, "0", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "log.roll.jitter.ms", .long, .null, .high, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.roll.ms", .long, .null, .high, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.segment.bytes", .int, "1073741824", .high, .clusterWide, rule: .atLeast(1_048_576), effect: .notYet,
            ""),
        Setting(
            "log.segment.delete.delay.ms", .long, "60000", .high, .clusterWide, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "min.insync.replicas", .int, "1", .high, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "num.partitions", .int, "1", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "num.recovery.threads.per.data.dir", .int, "2", .high, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
    ]
}
