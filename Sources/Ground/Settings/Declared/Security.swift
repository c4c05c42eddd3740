/// TLS and what TLS and SASL have in common.
extension Setting {
    static let security: [Setting] = [
        Setting(
            "connections.max.reauth.ms", .long, "0", .medium, listener: .listenerAndMechanism, effect: .notYet,
            ""),
        Setting(
            "principal.builder.class", .javaClass,
            "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", .medium, .perBroker,
            listener: .listener, effect: .javaOnly,
            ""),
        Setting(
            "security.providers", .string, .null, .low, effect: .javaOnly,
            ""),
        Setting(
            "ssl.allow.dn.changes", .boolean, "false", .low, effect: .notYet,
            ""),
        Setting(
            "ssl.allow.san.changes", .boolean, "false", .low, effect: .notYet,
            ""),
        Setting(
            "ssl.cipher.suites", .list, "", .medium, .perBroker, rule: .distinct(), effect: .notYet,
            ""),
        Setting(
            "ssl.client.auth", .string, "none", .medium, .perBroker, rule: .oneOf(["required", "requested", "none"]),
            effect: .notYet,
            ""),
        Setting(
            "ssl.enabled.protocols", .list, "TLSv1.2,TLSv1.3", .medium, .perBroker, rule: .distinct(),
            effect: .notYet,
            ""),
        Setting(
            "ssl.endpoint.identification.algorithm", .string, "https", .low, .perBroker, effect: .notYet,
            ""),
        Setting(
            "ssl.engine.factory.class", .javaClass, .null, .low, .perBroker, effect: .javaOnly,
            ""),
        Setting(
            "ssl.key.password", .password, .null, .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.keymanager.algorithm", .string, "SunX509", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "ssl.keystore.certificate.chain", .password, .null, .medium, .perBroker, listener: .listener,
            effect: .notYet,
            ""),
        Setting(
            "ssl.keystore.key", .password, .null, .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.keystore.location", .string, .null, .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.keystore.password", .password, .null, .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.keystore.type", .string, "JKS", .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.principal.mapping.rules", .string, "DEFAULT", .low, effect: .notYet,
            ""),
        Setting(
            "ssl.protocol", .string, "TLSv1.3", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "ssl.provider", .string, .null, .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "ssl.secure.random.implementation", .string, .null, .low, .perBroker, effect: .notYet,
            ""),
        Setting(
            "ssl.trustmanager.algorithm", .string, "PKIX", .medium, .perBroker, effect: .notYet,
            ""),
        Setting(
            "ssl.truststore.certificates", .password, .null, .medium, .perBroker, listener: .listener,
            effect: .notYet,
            ""),
        Setting(
            "ssl.truststore.location", .string, .null, .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.truststore.password", .password, .null, .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
        Setting(
            "ssl.truststore.type", .string, "JKS", .medium, .perBroker, listener: .listener, effect: .notYet,
            ""),
    ]
}
