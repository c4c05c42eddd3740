/// Roles and life in the cluster.
extension Setting {
    static let kraft: [Setting] = [
        Setting(
            "broker.heartbeat.interval.ms", .int, "2000", .medium, effect: .notYet,
            ""),
        Setting(
            "broker.session.timeout.ms", .int, "9000", .medium, effect: .notYet,
            ""),
        Setting(
            "controller.listener.names", .list, .required, .high, rule: .distinct(mayBeEmpty: false),
            effect: .notYet,
            ""),
        Setting(
            "controller.performance.always.log.threshold.ms", .long, "2000", .medium, rule: .atLeast(0),
            internal: true, effect: .notYet,
            ""),
        Setting(
            "controller.performance.sample.period.ms", .long, "60000", .medium, rule: .atLeast(100), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "initial.broker.registration.timeout.ms", .int, "60000", .medium, effect: .notYet,
            ""),
        Setting(
            "node.id", .int, .required, .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "process.roles", .list, .required, .high,
            rule: .distinct(of: ["broker", "controller"], mayBeEmpty: false), effect: .notYet,
            ""),
        Setting(
            "sasl.mechanism.controller.protocol", .string, "GSSAPI", .high, effect: .notYet,
            ""),
        Setting(
            "server.max.startup.time.ms", .long, "9223372036854775807", .medium, rule: .atLeast(0), internal: true,
            effect: .notYet,
            ""),
    ]
}
