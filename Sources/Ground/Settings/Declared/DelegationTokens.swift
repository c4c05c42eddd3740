/// Delegation tokens.
extension Setting {
    static let delegationTokens: [Setting] = [
        Setting(
            "delegation.token.expiry.check.interval.ms", .long, "3600000", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "delegation.token.expiry.time.ms", .long, "86400000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "delegation.token.max.lifetime.ms", .long, "604800000", .medium, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "delegation.token.secret.key", .password, .null, .medium, effect: .notYet,
            ""),
    ]
}
