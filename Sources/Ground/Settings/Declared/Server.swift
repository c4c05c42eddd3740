/// The server as a whole.
extension Setting {
    static let server: [Setting] = [
        Setting(
            "authorizer.class.name", .string, "", .low, rule: .notNull, effect: .javaOnly,
            ""),
        Setting(
            "background.threads", .int, "10", .high, .clusterWide, rule: .atLeast(1), effect: .javaOnly,
            ""),
        Setting(
            "broker.id", .int, "-1", .high, effect: .inForce,
            "The old name of node.id."),
        Setting(
            "broker.rack", .string, .null, .medium, effect: .inForce,
            "Where the broker stands, for the placement of replicas."),
        Setting(
            "compression.gzip.level", .int, "-1", .medium, .clusterWide, rule: .gzipLevel, effect: .inForce,
            "How hard gzip tries, where compression.type asks for it."),
        Setting(
            "compression.lz4.level", .int, "9", .medium, .clusterWide, rule: .range(1, 17), effect: .inForce,
            "How hard lz4 tries, where compression.type asks for it."),
        Setting(
            "compression.type", .string, "producer", .high, .clusterWide,
            rule: .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), effect: .inForce,
            "The codec of stored batches; producer keeps each batch's own."),
        Setting(
            "compression.zstd.level", .int, "3", .medium, .clusterWide, rule: .range(-131_072, 22), effect: .inForce,
            "How hard zstd tries, where compression.type asks for it."),
        Setting(
            "config.providers", .list, "", .low, .clusterWide, rule: .distinct(), effect: .notYet,
            ""),
        Setting(
            "controlled.shutdown.enable", .boolean, "true", .medium, effect: .inForce,
            "Whether a broker that stops hands its leaderships over first."),
        Setting(
            "delete.topic.enable", .boolean, "true", .high, effect: .inForce,
            "Whether topics can be deleted."),
        Setting(
            "early.start.listeners", .list, .null, .high, rule: .distinct(mayBeNull: true), effect: .notYet,
            ""),
        Setting(
            "fetch.max.bytes", .int, "57671680", .medium, rule: .atLeast(1024), effect: .inForce,
            "The most that one answer to Fetch holds, unless its first batch is larger."),
        Setting(
            "max.incremental.fetch.session.cache.slots", .int, "1000", .medium, rule: .atLeast(0), effect: .inForce,
            "How many fetch sessions are kept."),
        Setting(
            "max.request.partition.size.limit", .int, "2000", .medium, rule: .atLeast(1), effect: .inForce,
            "The most partitions in one answer to DescribeTopicPartitions."),
        Setting(
            "message.max.bytes", .int, "1048588", .high, .clusterWide, rule: .atLeast(0), effect: .inForce,
            "The largest size of a batch, compressed."),
        Setting(
            "num.io.threads", .int, "8", .high, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "num.replica.alter.log.dirs.threads", .int, .null, .high, effect: .notYet,
            ""),
        Setting(
            "request.timeout.ms", .int, "30000", .high, effect: .notYet,
            ""),
        Setting(
            "socket.connection.setup.timeout.max.ms", .long, "30000", .medium, effect: .notYet,
            ""),
        Setting(
            "socket.connection.setup.timeout.ms", .long, "10000", .medium, effect: .notYet,
            ""),
        Setting(
            "unstable.api.versions.enable", .boolean, "false", .high, internal: true, effect: .notYet,
            ""),
        Setting(
            "unstable.feature.versions.enable", .boolean, "false", .high, internal: true, effect: .notYet,
            ""),
    ]
}
