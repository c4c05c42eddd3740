/// Quotas.
extension Setting {
    static let quotas: [Setting] = [
        Setting(
            "alter.log.dirs.replication.quota.window.num", .int, "11", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "alter.log.dirs.replication.quota.window.size.seconds", .int, "1", .low, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "client.quota.callback.class", .javaClass, .null, .low, effect: .javaOnly,
            ""),
        Setting(
            "controller.quota.window.num", .int, "11", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "controller.quota.window.size.seconds", .int, "1", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "follower.replication.throttled.rate", .long, "9223372036854775807", .medium, .dynamicOnly,
            rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "leader.replication.throttled.rate", .long, "9223372036854775807", .medium, .dynamicOnly,
            rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "quota.window.num", .int, "11", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "quota.window.size.seconds", .int, "1", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "replica.alter.log.dirs.io.max.bytes.per.second", .long, "9223372036854775807", .medium, .dynamicOnly,
            rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "replication.quota.window.num", .int, "11", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "replication.quota.window.size.seconds", .int, "1", .low, rule: .atLeast(1), effect: .notYet,
            ""),
    ]
}
