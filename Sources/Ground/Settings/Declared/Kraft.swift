/// Roles and life in the cluster.
extension Setting {
    static let kraft: [Setting] = [
        Setting(
            "broker.heartbeat.interval.ms", .int, "2000", .medium, effect: .inForce,
            "How often a broker reports to the controller."),
        Setting(
            "broker.session.timeout.ms", .int, "9000", .medium, effect: .inForce,
            "After which silence the controller fences a broker."),
        Setting(
            "controller.listener.names", .list, .required, .high, rule: .distinct(mayBeEmpty: false), effect: .inForce,
            "The listeners of the controller."),
        Setting(
            "controller.performance.always.log.threshold.ms", .long, "2000", .medium, rule: .atLeast(0),
            internal: true, effect: .notYet,
            ""),
        Setting(
            "controller.performance.sample.period.ms", .long, "60000", .medium, rule: .atLeast(100), internal: true,
            effect: .notYet,
            ""),
        Setting(
            "initial.broker.registration.timeout.ms", .int, "60000", .medium, effect: .inForce,
            "How long a starting broker tries to be unfenced before it gives up."),
        Setting(
            "node.id", .int, .required, .high, rule: .atLeast(0), effect: .inForce,
            "The node's number in its cluster."),
        Setting(
            "process.roles", .list, .required, .high,
            rule: .distinct(of: ["broker", "controller"], mayBeEmpty: false), effect: .inForce,
            "What the node is: broker,controller."),
        Setting(
            "sasl.mechanism.controller.protocol", .string, "GSSAPI", .high, effect: .notYet,
            ""),
        Setting(
            "server.max.startup.time.ms", .long, "9223372036854775807", .medium, rule: .atLeast(0), internal: true,
            effect: .notYet,
            ""),
    ]
}
