/// Listeners and connections.
extension Setting {
    static let sockets: [Setting] = [
        Setting(
            "advertised.listeners", .list, .null, .high, rule: .distinct(mayBeEmpty: false, mayBeNull: true),
            effect: .inForce,
            "What clients are told to connect to, where that is not listeners."),
        Setting(
            "connection.failed.authentication.delay.ms", .int, "100", .low, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "connections.max.idle.ms", .long, "600000", .medium, effect: .inForce,
            "After which idleness a connection is closed."),
        Setting(
            "listener.security.protocol.map", .string,
            "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", .low, .perBroker,
            effect: .inForce,
            "How each listener is secured. Only PLAINTEXT so far."),
        Setting(
            "listeners", .list, "PLAINTEXT://:9092", .high, .perBroker, rule: .distinct(mayBeEmpty: false),
            effect: .inForce,
            "What the node listens on: NAME://HOST:PORT, separated by commas."),
        Setting(
            "max.connection.creation.rate", .int, "2147483647", .medium, .clusterWide, rule: .atLeast(0),
            listener: .listener, effect: .notYet,
            ""),
        Setting(
            "max.connections", .int, "2147483647", .medium, .clusterWide, rule: .atLeast(0), listener: .listener,
            effect: .inForce,
            "The most connections of the broker's listeners together, and of the controller's; with a listener's prefix, of it."
        ),
        Setting(
            "max.connections.per.ip", .int, "2147483647", .medium, .clusterWide, rule: .atLeast(0), effect: .inForce,
            "The most connections from one address."),
        Setting(
            "max.connections.per.ip.overrides", .string, "", .medium, .clusterWide, effect: .inForce,
            "Other limits than max.connections.per.ip for some addresses: HOST:COUNT, separated by commas."),
        Setting(
            "num.network.threads", .int, "3", .high, .clusterWide, rule: .atLeast(1), listener: .listener,
            effect: .inForce,
            "How many event loops serve connections; without it one for each processor."),
        Setting(
            "queued.max.request.bytes", .long, "-1", .medium, effect: .inForce,
            "The most bytes of requests that are held at a time; 0 and below are without limit."),
        Setting(
            "queued.max.requests", .int, "500", .high, rule: .atLeast(1), effect: .notYet,
            ""),
        Setting(
            "socket.listen.backlog.size", .int, "50", .medium, rule: .atLeast(1), effect: .inForce,
            "How many new connections of a listener may wait to be accepted."),
        Setting(
            "socket.receive.buffer.bytes", .int, "102400", .high, effect: .notYet,
            ""),
        Setting(
            "socket.request.max.bytes", .int, "104857600", .high, rule: .atLeast(1), effect: .inForce,
            "The largest request."),
        Setting(
            "socket.send.buffer.bytes", .int, "102400", .high, effect: .notYet,
            ""),
    ]
}
