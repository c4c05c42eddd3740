/// What can be set for one topic.
extension Setting {
    static let topic: [Setting] = [
        Setting(
            "cleanup.policy", .list, "delete", .medium, .clusterWide, rule: .distinct(of: ["compact", "delete"]),
            inherits: [Inheritance("log.cleanup.policy")], effect: .inForce,
            ""),
        Setting(
            "compression.gzip.level", .int, "-1", .medium, .clusterWide, rule: .gzipLevel,
            inherits: [Inheritance("compression.gzip.level")], effect: .notYet,
            ""),
        Setting(
            "compression.lz4.level", .int, "9", .medium, .clusterWide, rule: .range(1, 17),
            inherits: [Inheritance("compression.lz4.level")], effect: .notYet,
            ""),
        Setting(
            "compression.type", .string, "producer", .medium, .clusterWide,
            rule: .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
            inherits: [Inheritance("compression.type")], effect: .notYet,
            ""),
        Setting(
            "compression.zstd.level", .int, "3", .medium, .clusterWide, rule: .range(-131_072, 22),
            inherits: [Inheritance("compression.zstd.level")], effect: .notYet,
            ""),
        Setting(
            "delete.retention.ms", .long, "86400000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.cleaner.delete.retention.ms")], effect: .notYet,
            ""),
        Setting(
            "file.delete.delay.ms", .long, "60000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.segment.delete.delay.ms")], effect: .notYet,
            ""),
        Setting(
            "flush.messages", .long, "9223372036854775807", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("log.flush.interval.messages")], effect: .notYet,
            ""),
        Setting(
            "flush.ms", .long, "9223372036854775807", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.flush.interval.ms"), Inheritance("log.flush.scheduler.interval.ms")],
            effect: .notYet,
            ""),
        Setting(
            "follower.replication.throttled.replicas", .list, "", .medium, .clusterWide, rule: .throttledReplicas,
            effect: .notYet,
            ""),
        Setting(
            "index.interval.bytes", .int, "4096", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.index.interval.bytes")], effect: .notYet,
            ""),
        Setting(
            "internal.segment.bytes", .int, .null, .medium, .clusterWide, internal: true, effect: .notYet,
            ""),
        Setting(
            "leader.replication.throttled.replicas", .list, "", .medium, .clusterWide, rule: .throttledReplicas,
            effect: .notYet,
            ""),
        Setting(
            "local.retention.bytes", .long, "-2", .medium, .clusterWide, rule: .atLeast(-2),
            inherits: [Inheritance("log.local.retention.bytes")], effect: .notYet,
            ""),
        Setting(
            "local.retention.ms", .long, "-2", .medium, .clusterWide, rule: .atLeast(-2),
            inherits: [Inheritance("log.local.retention.ms")], effect: .notYet,
            ""),
        Setting(
            "max.compaction.lag.ms", .long, "9223372036854775807", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("log.cleaner.max.compaction.lag.ms")], effect: .notYet,
            ""),
        Setting(
            "max.message.bytes", .int, "1048588", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("message.max.bytes")], effect: .inForce,
            ""),
        Setting(
            "message.timestamp.after.max.ms", .long, "3600000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.message.timestamp.after.max.ms")], effect: .notYet,
            ""),
        Setting(
            "message.timestamp.before.max.ms", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(0), inherits: [Inheritance("log.message.timestamp.before.max.ms")], effect: .notYet,
            ""),
        Setting(
            "message.timestamp.type", .string, "CreateTime", .medium, .clusterWide,
            rule: .oneOf(["CreateTime", "LogAppendTime"]), inherits: [Inheritance("log.message.timestamp.type")],
            effect: .notYet,
            ""),
        Setting(
            "min.cleanable.dirty.ratio", .double, "0.5", .medium, .clusterWide, rule: .fraction(0, 1),
            inherits: [Inheritance("log.cleaner.min.cleanable.ratio")], effect: .notYet,
            ""),
        Setting(
            "min.compaction.lag.ms", .long, "0", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.cleaner.min.compaction.lag.ms")], effect: .notYet,
            ""),
        Setting(
            "min.insync.replicas", .int, "1", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("min.insync.replicas")], effect: .notYet,
            ""),
        Setting(
            "preallocate", .boolean, "false", .medium, .clusterWide, inherits: [Inheritance("log.preallocate")],
            effect: .notYet,
            ""),
        Setting(
            "remote.log.copy.disable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "remote.log.delete.on.disable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "remote.storage.enable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "retention.bytes", .long, "-1", .medium, .clusterWide, inherits: [Inheritance("log.retention.bytes")],
            effect: .inForce,
            ""),
        Setting(
            "retention.ms", .long, "604800000", .medium, .clusterWide, rule: .atLeast(-1),
            inherits: [
                Inheritance("log.retention.ms"), Inheritance("log.retention.minutes", times: 60000),
                Inheritance("log.retention.hours", times: 3_600_000),
            ],
            effect: .inForce,
            ""),
        Setting(
            "segment.bytes", .int, "1073741824", .medium, .clusterWide, rule: .atLeast(1_048_576),
            inherits: [Inheritance("log.segment.bytes")], effect: .inForce,
            ""),
        Setting(
            "segment.index.bytes", .int, "10485760", .medium, .clusterWide, rule: .atLeast(4),
            inherits: [Inheritance("log.index.size.max.bytes")], effect: .notYet,
            ""),
        Setting(
            "segment.jitter.ms", .long, "0", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.roll.jitter.ms"), Inheritance("log.roll.jitter.hours", times: 3_600_000)],
            effect: .notYet,
            ""),
        Setting(
            "segment.ms", .long, "604800000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("log.roll.ms"), Inheritance("log.roll.hours", times: 3_600_000)],
            effect: .inForce,
            ""),
        Setting(
            "unclean.leader.election.enable", .boolean, "false", .medium, .clusterWide,
            inherits: [Inheritance("unclean.leader.election.enable")], effect: .notYet,
            ""),
    ]
}
