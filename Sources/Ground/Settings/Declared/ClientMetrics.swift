/// What can be set for a subscription to clients' metrics (KIP-714).
extension Setting {
    static let clientMetrics: [Setting] = [
        Setting(
            "interval.ms", .int, "300000", .medium, .clusterWide, rule: .range(100, 3_600_000), effect: .notYet,
            ""),
        Setting(
            "match", .list, "", .medium, .clusterWide, rule: .clientMatch, effect: .notYet,
            ""),
        Setting(
            "metrics", .list, "", .medium, .clusterWide, effect: .notYet,
            ""),
    ]
}
