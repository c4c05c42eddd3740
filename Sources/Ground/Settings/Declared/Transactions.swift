/// Transactions.
extension Setting {
    static let transactions: [Setting] = [
        Setting(
            "add.partitions.to.txn.retry.backoff.max.ms", .int, "100", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "add.partitions.to.txn.retry.backoff.ms", .int, "20", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "producer.id.expiration.check.interval.ms", .int, "600000", .low, rule: .atLeast(1), internal: true,
            effect: .inForce,
            "How often the node looks for producers to forget."),
        Setting(
            "producer.id.expiration.ms", .int, "86400000", .low, .clusterWide, rule: .atLeast(1), effect: .inForce,
            "How long a producer is remembered after its last batch."),
        Setting(
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", .int, "10000", .low, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "transaction.max.timeout.ms", .int, "900000", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "transaction.partition.verification.enable", .boolean, "true", .low, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "transaction.remove.expired.transaction.cleanup.interval.ms", .int, "3600000", .low, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "transaction.state.log.load.buffer.size", .int, "5242880", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "transaction.state.log.min.isr", .int, "2", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "transaction.state.log.num.partitions", .int, "50", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "transaction.state.log.replication.factor", .short, "3", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "transaction.state.log.segment.bytes", .int, "104857600", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "transaction.two.phase.commit.enable", .boolean, "false", .low, effect: .notYet,
            ""),
        Setting(
            "transactional.id.expiration.ms", .int, "604800000", .high, rule: .atLeast(1), effect: .notYet,
            ""),
    ]
}
