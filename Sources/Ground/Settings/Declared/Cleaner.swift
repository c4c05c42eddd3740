/// The log cleaner.
extension Setting {
    static let cleaner: [Setting] = [
        Setting(
            "log.cleaner.backoff.ms", .long, "15000", .medium, .clusterWide, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "log.cleaner.dedupe.buffer.size", .long, "134217728", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.cleaner.delete.retention.ms", .long, "86400000", .medium, .clusterWide, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "log.cleaner.enable", .boolean, "true", .medium, deprecated: true, effect: .notYet,
            ""),
        Setting(
            "log.cleaner.io.buffer.load.factor", .double, "0.9", .medium, .clusterWide, effect: .notYet,
            ""),
        Setting(
            "log.cleaner.io.buffer.size", .int, "524288", .medium, .clusterWide, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "log.cleaner.io.max.bytes.per.second", .double, "1.7976931348623157E308", .medium, .clusterWide,
            effect: .notYet,
            ""),
        Setting(
            "log.cleaner.max.compaction.lag.ms", .long, "9223372036854775807", .medium, .clusterWide,
            rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "log.cleaner.min.cleanable.ratio", .double, "0.5", .medium, .clusterWide, rule: .fraction(0, 1),
            effect: .notYet,
            ""),
        Setting(
            "log.cleaner.min.compaction.lag.ms", .long, "0", .medium, .clusterWide, rule: .atLeast(0),
            effect: .notYet,
            ""),
        Setting(
            "log.cleaner.threads", .int, "1", .medium, .clusterWide, rule: .atLeast(0), effect: .notYet,
            ""),
    ]
}
