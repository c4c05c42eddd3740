/// Replication.
extension Setting {
    static let replication: [Setting] = [
        Setting(
            "auto.leader.rebalance.enable", .boolean, "true", .high, effect: .notYet,
            ""),
        Setting(
            "controller.socket.timeout.ms", .int, "30000", .medium, effect: .notYet,
            ""),
        Setting(
            "default.replication.factor", .int, "1", .medium, effect: .inForce,
            "How many replicas a topic has for which nobody says it."),
        Setting(
            "delete.records.purgatory.purge.interval.requests", .int, "1", .medium, effect: .notYet,
            ""),
        Setting(
            "fetch.purgatory.purge.interval.requests", .int, "1000", .medium, effect: .notYet,
            ""),
        Setting(
            "follower.fetch.last.tiered.offset.enable", .boolean, "false", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "inter.broker.listener.name", .string, .null, .medium, effect: .inForce,
            "The listener that brokers use among themselves."),
        Setting(
            "leader.imbalance.check.interval.seconds", .long, "300", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "num.replica.fetchers", .int, "1", .high, .clusterWide, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "producer.purgatory.purge.interval.requests", .int, "1000", .medium, effect: .notYet,
            ""),
        Setting(
            "replica.fetch.backoff.ms", .int, "1000", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "replica.fetch.max.bytes", .int, "1048576", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "replica.fetch.min.bytes", .int, "1", .high, effect: .notYet,
            ""),
        Setting(
            "replica.fetch.response.max.bytes", .int, "10485760", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "replica.fetch.wait.max.ms", .int, "500", .high, effect: .notYet,
            ""),
        Setting(
            "replica.high.watermark.checkpoint.interval.ms", .long, "5000", .high, effect: .inForce,
            "How often the high watermarks are written down."),
        Setting(
            "replica.lag.time.max.ms", .long, "30000", .high, effect: .notYet,
            ""),
        Setting(
            "replica.selector.class", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "replica.socket.receive.buffer.bytes", .int, "65536", .high, effect: .notYet,
            ""),
        Setting(
            "replica.socket.timeout.ms", .int, "30000", .high, effect: .notYet,
            ""),
        Setting(
            "security.inter.broker.protocol", .string, "PLAINTEXT", .medium,
            rule: .oneOf(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]), effect: .notYet,
            ""),
        Setting(
            "unclean.leader.election.enable", .boolean, "false", .high, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "unclean.leader.election.interval.ms", .long, "300000", .medium, rule: .atLeast(1), internal: true,
            effect: .notYet,
            ""),
    ]
}
