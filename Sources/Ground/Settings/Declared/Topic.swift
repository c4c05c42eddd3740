/// What can be set for one topic.
extension Setting {
    static let topic: [Setting] = [
        Setting(
            "cleanup.policy", .list, "delete", .medium, .clusterWide, rule: .distinct(of: ["compact", "delete"]),
            inherits: [Inheritance("log.cleanup.policy")], effect: .inForce,
            "What happens to old segments: delete removes them by age and size, compact keeps the last record "
                + "of each key; both may be given."),
        Setting(
            "compression.gzip.level", .int, "-1", .medium, .clusterWide, rule: .gzipLevel,
            inherits: [Inheritance("compression.gzip.level")], effect: .inForce,
            "The gzip level used when the broker compresses with gzip; -1 is the library's own choice."),
        Setting(
            "compression.lz4.level", .int, "9", .medium, .clusterWide, rule: .range(1, 17),
            inherits: [Inheritance("compression.lz4.level")], effect: .inForce,
            "The lz4 level used when the broker compresses with lz4."),
        Setting(
            "compression.type", .string, "producer", .medium, .clusterWide,
            rule: .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
            inherits: [Inheritance("compression.type")], effect: .inForce,
            "The codec in which batches are stored; producer keeps the one that the producer chose."),
        Setting(
            "compression.zstd.level", .int, "3", .medium, .clusterWide, rule: .range(-131_072, 22),
            inherits: [Inheritance("compression.zstd.level")], effect: .inForce,
            "The zstd level used when the broker compresses with zstd."),
        Setting(
            "delete.retention.ms", .long, "86400000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.cleaner.delete.retention.ms")], effect: .notYet,
            "How long compaction keeps a tombstone, so that readers have time to see the deletion."),
        Setting(
            "file.delete.delay.ms", .long, "60000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.segment.delete.delay.ms")], effect: .inForce,
            "How long a removed segment's files stay on disk under a name ending in .deleted."),
        Setting(
            "flush.messages", .long, "9223372036854775807", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("log.flush.interval.messages")], effect: .inForce,
            "After how many records the log is forced to disk; the default leaves it to the operating system."),
        Setting(
            "flush.ms", .long, "9223372036854775807", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.flush.interval.ms"), Inheritance("log.flush.scheduler.interval.ms")],
            effect: .inForce,
            "After how long the log is forced to disk; the default leaves it to the operating system."),
        Setting(
            "follower.replication.throttled.replicas", .list, "", .medium, .clusterWide, rule: .throttledReplicas,
            effect: .notYet,
            "The replicas whose fetching is throttled, as PARTITION:BROKER pairs, or * for all."),
        Setting(
            "index.interval.bytes", .int, "4096", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.index.interval.bytes")], effect: .inForce,
            "About how many bytes of records lie between two entries of the offset index."),
        Setting(
            "internal.segment.bytes", .int, .null, .medium, .clusterWide, internal: true, effect: .inForce,
            "A segment size without the lower bound of segment.bytes, for tests."),
        Setting(
            "leader.replication.throttled.replicas", .list, "", .medium, .clusterWide, rule: .throttledReplicas,
            effect: .notYet,
            "The replicas whose leader's sending is throttled, as PARTITION:BROKER pairs, or * for all."),
        Setting(
            "local.retention.bytes", .long, "-2", .medium, .clusterWide, rule: .atLeast(-2),
            inherits: [Inheritance("log.local.retention.bytes")], effect: .notYet,
            "How many bytes stay on local disk once they are in tiered storage; -2 takes retention.bytes."),
        Setting(
            "local.retention.ms", .long, "-2", .medium, .clusterWide, rule: .atLeast(-2),
            inherits: [Inheritance("log.local.retention.ms")], effect: .notYet,
            "How long records stay on local disk once they are in tiered storage; -2 takes retention.ms."),
        Setting(
            "max.compaction.lag.ms", .long, "9223372036854775807", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("log.cleaner.max.compaction.lag.ms")], effect: .notYet,
            "The longest time that a record may remain uncompacted."),
        Setting(
            "max.message.bytes", .int, "1048588", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("message.max.bytes")], effect: .inForce,
            "The largest batch that may be appended, as it is compressed."),
        Setting(
            "message.timestamp.after.max.ms", .long, "3600000", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.message.timestamp.after.max.ms")], effect: .inForce,
            "How far a record's timestamp may be ahead of the broker's clock when timestamps are the producer's."),
        Setting(
            "message.timestamp.before.max.ms", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(0), inherits: [Inheritance("log.message.timestamp.before.max.ms")], effect: .inForce,
            "How far a record's timestamp may be behind the broker's clock when timestamps are the producer's."),
        Setting(
            "message.timestamp.type", .string, "CreateTime", .medium, .clusterWide,
            rule: .oneOf(["CreateTime", "LogAppendTime"]), inherits: [Inheritance("log.message.timestamp.type")],
            effect: .inForce,
            "Whether a record has its producer's time (CreateTime) or the time of its append (LogAppendTime)."),
        Setting(
            "min.cleanable.dirty.ratio", .double, "0.5", .medium, .clusterWide, rule: .fraction(0, 1),
            inherits: [Inheritance("log.cleaner.min.cleanable.ratio")], effect: .notYet,
            "The share of a log that must be uncompacted before the cleaner takes it up."),
        Setting(
            "min.compaction.lag.ms", .long, "0", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.cleaner.min.compaction.lag.ms")], effect: .notYet,
            "How long a record is left uncompacted at the least."),
        Setting(
            "min.insync.replicas", .int, "1", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("min.insync.replicas")], effect: .inForce,
            "How many replicas must be in sync for a produce request with acks=all to be accepted."),
        Setting(
            "preallocate", .boolean, "false", .medium, .clusterWide, inherits: [Inheritance("log.preallocate")],
            effect: .notYet,
            "Whether a new segment's file gets its full size at once."),
        Setting(
            "remote.log.copy.disable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            "Stops copying of further segments to tiered storage while those there stay readable."),
        Setting(
            "remote.log.delete.on.disable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            "Whether switching tiered storage off for the topic deletes what it holds there."),
        Setting(
            "remote.storage.enable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            "Whether the topic's closed segments are copied to tiered storage."),
        Setting(
            "retention.bytes", .long, "-1", .medium, .clusterWide, inherits: [Inheritance("log.retention.bytes")],
            effect: .inForce,
            "How large a partition may grow before its oldest segments are deleted; -1 sets no limit."),
        Setting(
            "retention.ms", .long, "604800000", .medium, .clusterWide, rule: .atLeast(-1),
            inherits: [
                Inheritance("log.retention.ms"), Inheritance("log.retention.minutes", times: 60000),
                Inheritance("log.retention.hours", times: 3_600_000),
            ], effect: .inForce,
            "How long records are kept before their segment may be deleted; -1 sets no limit."),
        Setting(
            "segment.bytes", .int, "1073741824", .medium, .clusterWide, rule: .atLeast(1_048_576),
            inherits: [Inheritance("log.segment.bytes")], effect: .inForce,
            "The size at which a new segment is begun."),
        Setting(
            "segment.index.bytes", .int, "10485760", .medium, .clusterWide, rule: .atLeast(4),
            inherits: [Inheritance("log.index.size.max.bytes")], effect: .inForce,
            "The largest size of a segment's index files; a full index begins a new segment."),
        Setting(
            "segment.jitter.ms", .long, "0", .medium, .clusterWide, rule: .atLeast(0),
            inherits: [Inheritance("log.roll.jitter.ms"), Inheritance("log.roll.jitter.hours", times: 3_600_000)],
            effect: .inForce,
            "The most by which segment.ms is shortened at random, so that segments do not all roll together."),
        Setting(
            "segment.ms", .long, "604800000", .medium, .clusterWide, rule: .atLeast(1),
            inherits: [Inheritance("log.roll.ms"), Inheritance("log.roll.hours", times: 3_600_000)], effect: .inForce,
            "The age at which a new segment is begun even if the old one is not full."),
        Setting(
            "unclean.leader.election.enable", .boolean, "false", .medium, .clusterWide,
            inherits: [Inheritance("unclean.leader.election.enable")], effect: .inForce,
            "Whether a replica that is not in sync may become leader when no other is left, which can lose records."),
    ]
}
