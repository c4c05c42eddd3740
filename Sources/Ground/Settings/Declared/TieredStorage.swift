/// Tiered storage.
extension Setting {
    static let tieredStorage: [Setting] = [
        Setting(
            "log.local.retention.bytes", .long, "-2", .medium, .clusterWide, rule: .atLeast(-2), effect: .notYet,
            ""),
        Setting(
            "log.local.retention.ms", .long, "-2", .medium, .clusterWide, rule: .atLeast(-2), effect: .notYet,
            ""),
        Setting(
            "remote.fetch.max.wait.ms", .int, "500", .medium, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.list.offsets.request.timeout.ms", .long, "30000", .medium, .clusterWide, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "remote.log.index.file.cache.total.size.bytes", .long, "1073741824", .low, .clusterWide,
            rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.index.file.cache.ttl.ms", .long, "900000", .low, rule: .atLeast(-1), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.copier.thread.pool.size", .int, "10", .medium, .clusterWide, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.copy.max.bytes.per.second", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.copy.quota.window.num", .int, "11", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.copy.quota.window.size.seconds", .int, "1", .medium, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.expiration.thread.pool.size", .int, "10", .medium, .clusterWide, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.fetch.max.bytes.per.second", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.fetch.quota.window.num", .int, "11", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.fetch.quota.window.size.seconds", .int, "1", .medium, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.follower.thread.pool.size", .int, "2", .medium, .clusterWide, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.task.interval.ms", .long, "30000", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.task.retry.backoff.max.ms", .long, "30000", .low, rule: .atLeast(1), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.task.retry.backoff.ms", .long, "500", .low, rule: .atLeast(1), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.task.retry.jitter", .double, "0.2", .low, rule: .fraction(0, 0.5), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "remote.log.manager.thread.pool.size", .int, "2", .medium, rule: .atLeast(1), deprecated: true,
            effect: .notYet,
            ""),
        Setting(
            "remote.log.metadata.custom.metadata.max.bytes", .int, "128", .low, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "remote.log.metadata.manager.class.name", .string,
            "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", .medium,
            rule: .notEmpty, effect: .javaOnly,
            ""),
        Setting(
            "remote.log.metadata.manager.class.path", .string, .null, .medium, effect: .javaOnly,
            ""),
        Setting(
            "remote.log.metadata.manager.impl.prefix", .string, "rlmm.config.", .medium, rule: .notEmpty,
            effect: .javaOnly,
            ""),
        Setting(
            "remote.log.metadata.manager.listener.name", .string, .null, .medium, rule: .notEmpty, effect: .notYet,
            ""),
        Setting(
            "remote.log.reader.max.pending.tasks", .int, "100", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.reader.threads", .int, "10", .medium, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "remote.log.storage.manager.class.name", .string, .null, .medium, rule: .notEmpty, effect: .javaOnly,
            ""),
        Setting(
            "remote.log.storage.manager.class.path", .string, .null, .medium, effect: .javaOnly,
            ""),
        Setting(
            "remote.log.storage.manager.impl.prefix", .string, "rsm.config.", .medium, rule: .notEmpty,
            effect: .javaOnly,
            ""),
        Setting(
            "remote.log.storage.system.enable", .boolean, "false", .medium, effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.consume.wait.ms", .long, "120000", .low, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.initialization.retry.interval.ms", .long, "100", .low,
            rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.initialization.retry.max.timeout.ms", .long, "120000", .low,
            rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.topic.min.isr", .short, "2", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.topic.num.partitions", .int, "50", .low, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.topic.replication.factor", .short, "3", .low, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "rlmm.config.remote.log.metadata.topic.retention.ms", .long, "-1", .low, effect: .notYet,
            ""),
    ]
}
