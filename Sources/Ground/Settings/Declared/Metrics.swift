/// Metrics.
extension Setting {
    static let metrics: [Setting] = [
        Setting(
            "kafka.metrics.polling.interval.secs", .int, "10", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "kafka.metrics.reporters", .list, "", .low, rule: .distinct(), effect: .javaOnly,
            ""),
        Setting(
            "metric.reporters", .list, "org.apache.kafka.common.metrics.JmxReporter", .low, .clusterWide,
            rule: .distinct(), effect: .javaOnly,
            ""),
        Setting(
            "metrics.num.samples", .int, "2", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "metrics.recording.level", .string, "INFO", .low, effect: .javaOnly,
            ""),
        Setting(
            "metrics.sample.window.ms", .long, "30000", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "telemetry.max.bytes", .int, "1048576", .low, rule: .atLeast(1), effect: .notYet,
            ""),
    ]
}
