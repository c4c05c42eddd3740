/// Partition logs.
extension Setting {
    static let log: [Setting] = [
        Setting(
            "alter.config.policy.class.name", .javaClass, .null, .low, effect: .javaOnly,
            ""),
        Setting(
            "auto.create.topics.enable", .boolean, "true", .high, effect: .inForce,
            "Whether a topic that a client asks metadata of is made when it does not exist."),
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
            "log.dir", .list, "/tmp/kafka-logs", .high, rule: .distinct(mayBeEmpty: false), effect: .inForce,
            "The directory of the logs; log.dirs covers it."),
        Setting(
            "log.dir.failure.timeout.ms", .long, "30000", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "log.dirs", .list, .null, .high, rule: .distinct(mayBeEmpty: false, mayBeNull: true), effect: .inForce,
            "The directories of the logs, separated by commas. A new partition goes where the fewest are."),
        Setting(
            "log.flush.interval.messages", .long, "9223372036854775807", .high, .clusterWide, rule: .atLeast(1),
            effect: .inForce,
            "After how many records a partition is synced to disk at the latest."),
        Setting(
            "log.flush.interval.ms", .long, .null, .high, .clusterWide, effect: .inForce,
            "How long records may wait before they are synced; null takes log.flush.scheduler.interval.ms."),
        Setting(
            "log.flush.offset.checkpoint.interval.ms", .int, "60000", .high, rule: .atLeast(0), effect: .inForce,
            "How often the recovery points are written down."),
        Setting(
            "log.flush.scheduler.interval.ms", .long, "9223372036854775807", .high, effect: .inForce,
            "How often the node looks for partitions whose sync is due."),
        Setting(
            "log.flush.start.offset.checkpoint.interval.ms", .int, "60000", .high, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "log.index.interval.bytes", .int, "4096", .medium, .clusterWide, rule: .atLeast(0), effect: .inForce,
            "How many bytes of a log lie between two entries of its offset index."),
        Setting(
            "log.index.size.max.bytes", .int, "10485760", .medium, .clusterWide, rule: .atLeast(4), effect: .inForce,
            "The largest size of an index; a segment whose index is full is closed."),
        Setting(
            "log.initial.task.delay.ms", .long, "30000", .low, rule: .atLeast(0), internal: true, effect: .inForce,
            "How long after its start the node begins with retention and the like."),
        Setting(
            "log.message.timestamp.after.max.ms", .long, "3600000", .medium, .clusterWide, rule: .atLeast(0),
            effect: .inForce,
            "How far a record's timestamp may lie in the future."),
        Setting(
            "log.message.timestamp.before.max.ms", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(0), effect: .inForce,
            "How far a record's timestamp may lie in the past."),
        Setting(
            "log.message.timestamp.type", .string, "CreateTime", .medium, .clusterWide,
            rule: .oneOf(["CreateTime", "LogAppendTime"]), effect: .inForce,
            "Whether records keep the producer's time (CreateTime) or get the time of their append (LogAppendTime)."),
        Setting(
            "log.preallocate", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.retention.bytes", .long, "-1", .high, .clusterWide, effect: .inForce,
            "How large a partition may become before its oldest segments go; -1 is without limit."),
        Setting(
            "log.retention.check.interval.ms", .long, "300000", .medium, rule: .atLeast(1), effect: .inForce,
            "How often the node looks for segments that retention takes."),
        Setting(
            "log.retention.hours", .int, "168", .high, effect: .inForce,
            "How long records are kept, in hours; log.retention.minutes and log.retention.ms cover it."),
        Setting(
            "log.retention.minutes", .int, .null, .high, effect: .inForce,
            "How long records are kept, in minutes; log.retention.ms covers it."),
        Setting(
            "log.retention.ms", .long, .null, .high, .clusterWide, effect: .inForce,
            "How long records are kept, in milliseconds; -1 is for ever."),
        Setting(
            "log.roll.hours", .int, "168", .high, rule: .atLeast(1), effect: .inForce,
            "After how many hours a segment is closed though it is not full; log.roll.ms covers it."),
        Setting(
            "log.roll.jitter.hours", .int, "0", .high, rule: .atLeast(0), effect: .inForce,
            "The most that is taken off log.roll.hours at random, so that not all segments close at once."),
        Setting(
            "log.roll.jitter.ms", .long, .null, .high, .clusterWide, effect: .inForce,
            "The most that is taken off log.roll.ms at random, so that not all segments close at once."),
        Setting(
            "log.roll.ms", .long, .null, .high, .clusterWide, effect: .inForce,
            "After how many milliseconds a segment is closed though it is not full."),
        Setting(
            "log.segment.bytes", .int, "1073741824", .high, .clusterWide, rule: .atLeast(1_048_576), effect: .inForce,
            "The largest size of a segment."),
        Setting(
            "log.segment.delete.delay.ms", .long, "60000", .high, .clusterWide, rule: .atLeast(0), effect: .inForce,
            "How long the files of a segment or topic stay after they were taken out of use."),
        Setting(
            "min.insync.replicas", .int, "1", .high, .clusterWide, rule: .atLeast(1), effect: .inForce,
            "How many replicas must have a record before acks=all is answered."),
        Setting(
            "num.partitions", .int, "1", .medium, rule: .atLeast(1), effect: .inForce,
            "How many partitions a topic has for which nobody says it."),
        Setting(
            "num.recovery.threads.per.data.dir", .int, "2", .high, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
    ]
}
