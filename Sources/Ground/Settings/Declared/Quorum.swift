/// The metadata quorum.
extension Setting {
    static let quorum: [Setting] = [
        Setting(
            "controller.quorum.append.linger.ms", .int, "25", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.auto.join.enable", .boolean, "false", .low, effect: .notYet,
            ""),
        Setting(
            "controller.quorum.bootstrap.servers", .list, "", .high, rule: .endpoints, effect: .inForce,
            "Where the controllers of a dynamic quorum are to be found."),
        Setting(
            "controller.quorum.election.backoff.max.ms", .int, "1000", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.election.timeout.ms", .int, "1000", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.fetch.max.bytes", .int, "1048576", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.fetch.snapshot.max.bytes", .int, "1048576", .low, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.fetch.timeout.ms", .int, "2000", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.request.timeout.ms", .int, "2000", .medium, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.retry.backoff.ms", .int, "20", .low, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "controller.quorum.voters", .list, "", .high, rule: .voters, effect: .inForce,
            "The controllers of a static quorum: ID@HOST:PORT, separated by commas."),
    ]
}
