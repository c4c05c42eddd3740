/// Share groups.
extension Setting {
    static let shareGroups: [Setting] = [
        Setting(
            "group.share.delivery.count.limit", .int, "5", .medium, rule: .range(2, 10), effect: .notYet,
            ""),
        Setting(
            "group.share.max.delivery.count.limit", .int, "10", .medium, rule: .range(5, 25), effect: .notYet,
            ""),
        Setting(
            "group.share.max.partition.max.record.locks", .int, "4000", .medium, rule: .range(2000, 10000),
            effect: .notYet,
            ""),
        Setting(
            "group.share.max.record.lock.duration.ms", .int, "60000", .medium, rule: .range(30000, 3_600_000),
            effect: .notYet,
            ""),
        Setting(
            "group.share.max.share.sessions", .int, "2000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "group.share.min.delivery.count.limit", .int, "2", .medium, rule: .range(2, 5), effect: .notYet,
            ""),
        Setting(
            "group.share.min.partition.max.record.locks", .int, "100", .medium, rule: .range(100, 2000),
            effect: .notYet,
            ""),
        Setting(
            "group.share.min.record.lock.duration.ms", .int, "15000", .medium, rule: .range(1000, 30000),
            effect: .notYet,
            ""),
        Setting(
            "group.share.partition.max.record.locks", .int, "2000", .medium, rule: .range(100, 10000),
            effect: .notYet,
            ""),
        Setting(
            "group.share.persister.class.name", .string,
            "org.apache.kafka.server.share.persister.DefaultStatePersister", .medium, internal: true,
            effect: .javaOnly,
            ""),
        Setting(
            "group.share.record.lock.duration.ms", .int, "30000", .medium, rule: .range(1000, 3_600_000),
            effect: .notYet,
            ""),
        Setting(
            "share.fetch.purgatory.purge.interval.requests", .int, "1000", .medium, effect: .notYet,
            ""),
    ]
}
