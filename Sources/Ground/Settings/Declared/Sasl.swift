/// SASL.
extension Setting {
    static let sasl: [Setting] = [
        Setting(
            "sasl.client.callback.handler.class", .javaClass, .null, .medium, effect: .javaOnly,
            ""),
        Setting(
            "sasl.enabled.mechanisms", .list, "GSSAPI", .medium, .perBroker, rule: .distinct(), listener: .listener,
            effect: .notYet,
            ""),
        Setting(
            "sasl.jaas.config", .password, .null, .medium, .perBroker, listener: .listenerAndMechanism,
            effect: .notYet,
            ""),
        Setting(
            "sasl.kerberos.kinit.cmd", .string, "/usr/bin/kinit", .medium, .perBroker, effect: .javaOnly,
            ""),
        Setting(
            "sasl.kerberos.min.time.before.relogin", .long, "60000", .medium, .perBroker, effect: .javaOnly,
            ""),
        Setting(
            "sasl.kerberos.principal.to.local.rules", .list, "DEFAULT", .medium, .perBroker, rule: .distinct(),
            effect: .javaOnly,
            ""),
        Setting(
            "sasl.kerberos.service.name", .string, .null, .medium, .perBroker, effect: .javaOnly,
            ""),
        Setting(
            "sasl.kerberos.ticket.renew.jitter", .double, "0.05", .medium, .perBroker, effect: .javaOnly,
            ""),
        Setting(
            "sasl.kerberos.ticket.renew.window.factor", .double, "0.8", .medium, .perBroker, effect: .javaOnly,
            ""),
        Setting(
            "sasl.login.callback.handler.class", .javaClass, .null, .medium, listener: .listenerAndMechanism,
            effect: .javaOnly,
            ""),
        Setting(
            "sasl.login.class", .javaClass, .null, .medium, listener: .listenerAndMechanism, effect: .javaOnly,
            ""),
        Setting(
            "sasl.login.connect.timeout.ms", .int, .null, .low, effect: .notYet,
            ""),
        Setting(
            "sasl.login.read.timeout.ms", .int, .null, .low, effect: .notYet,
            ""),
        Setting(
            "sasl.login.refresh.buffer.seconds", .short, "300", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "sasl.login.refresh.min.period.seconds", .short, "60", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "sasl.login.refresh.window.factor", .double, "0.8", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "sasl.login.refresh.window.jitter", .double, "0.05", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "sasl.login.retry.backoff.max.ms", .long, "10000", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.login.retry.backoff.ms", .long, "100", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.mechanism.inter.broker.protocol", .string, "GSSAPI", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.algorithm", .string, "RS256", .medium,
            rule: .oneOfInAnyCase(["ES256", "RS256"]), effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.claim.aud", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.claim.exp.seconds", .int, "300", .low, rule: .range(0, 86400),
            effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.claim.iss", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.claim.jti.include", .boolean, "false", .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.claim.nbf.seconds", .int, "60", .low, rule: .range(0, 3600), effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.claim.sub", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.file", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.private.key.file", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.private.key.passphrase", .password, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.assertion.template.file", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.client.credentials.client.id", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.client.credentials.client.secret", .password, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.clock.skew.seconds", .int, "30", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.expected.audience", .list, "", .high, rule: .distinct(), effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.expected.issuer", .string, .null, .high, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.jwks.endpoint.refresh.ms", .long, "3600000", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", .long, "10000", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", .long, "100", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.jwks.endpoint.url", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.jwt.retriever.class", .javaClass,
            "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", .medium, effect: .javaOnly,
            ""),
        Setting(
            "sasl.oauthbearer.jwt.validator.class", .javaClass,
            "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", .medium, effect: .javaOnly,
            ""),
        Setting(
            "sasl.oauthbearer.scope", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.scope.claim.name", .string, "scope", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.sub.claim.name", .string, "sub", .low, effect: .notYet,
            ""),
        Setting(
            "sasl.oauthbearer.token.endpoint.url", .string, .null, .medium, effect: .notYet,
            ""),
        Setting(
            "sasl.server.callback.handler.class", .javaClass, .null, .medium, listener: .listenerAndMechanism,
            effect: .javaOnly,
            ""),
        Setting(
            "sasl.server.max.receive.size", .int, "524288", .medium, effect: .notYet,
            ""),
    ]
}
