/// The security protocols of Kafka's listeners.
package enum SecurityProtocol: String, Sendable, Hashable {
    case plaintext = "PLAINTEXT"
    case ssl = "SSL"
    case saslPlaintext = "SASL_PLAINTEXT"
    case saslSSL = "SASL_SSL"

    /// The number in the metadata log and in requests.
    package var code: Int16 {
        switch self {
        case .plaintext: 0
        case .ssl: 1
        case .saslPlaintext: 2
        case .saslSSL: 3
        }
    }
}

/// An address that the node listens on, or that it tells clients: `NAME://HOST:PORT`.
package struct ListenerSettings: Sendable, Hashable, CustomStringConvertible {
    /// In capitals, as everywhere on the wire.
    package let name: String
    /// Empty: all addresses.
    package let host: String
    package let port: Int
    package let securityProtocol: SecurityProtocol

    package init(name: String, host: String, port: Int, securityProtocol: SecurityProtocol) {
        self.name = name
        self.host = host
        self.port = port
        self.securityProtocol = securityProtocol
    }

    package var description: String { "\(name)://\(HostPort(host: host, port: port))" }
}

/// `listeners` and what belongs to it.
package struct ListenerPlan: Sendable, Hashable {
    /// What this node listens on, in the order of `listeners`.
    package let listeners: [ListenerSettings]
    /// What clients and other brokers are told; controller listeners are not among them.
    package let advertised: [ListenerSettings]
    /// What other controllers are told.
    package let advertisedControllers: [ListenerSettings]
    package let controllerNames: [String]
    package let interBrokerName: String

    package func isController(_ listener: ListenerSettings) -> Bool { controllerNames.contains(listener.name) }

    init(_ read: SettingReader, isBroker: Bool, isController: Bool) throws(SettingError) {
        let controllers = try read.list("controller.listener.names").map { $0.uppercased() }
        let protocols = try Self.protocols(read, controllers: controllers)
        listeners = try Self.parse(read.list("listeners"), setting: "listeners", protocols)
        controllerNames = controllers
        let told = try read.list(orNil: "advertised.listeners").map { (texts) throws(SettingError) in
            try Self.parse(texts, setting: "advertised.listeners", protocols)
        }
        let isControllers = { (listener: ListenerSettings) in controllers.contains(listener.name) }
        advertised = (told ?? listeners).filter { !isControllers($0) }
        let toldControllers = told?.filter(isControllers) ?? []
        advertisedControllers = toldControllers.isEmpty ? listeners.filter(isControllers) : toldControllers
        interBrokerName = try Self.interBroker(read)
        try check(isBroker: isBroker, isController: isController, areTold: told != nil)
    }

    /// `listener.security.protocol.map`, with PLAINTEXT for controller listeners that it leaves out while it has its default.
    private static func protocols(
        _ read: SettingReader, controllers: [String]
    ) throws(SettingError) -> [String: SecurityProtocol] {
        let name = "listener.security.protocol.map"
        let text = try read.string(name)
        var map: [String: SecurityProtocol] = [:]
        for pair in splitList(text) {
            let parts = pair.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmingSpace() }
            guard parts.count == 2, let known = SecurityProtocol(rawValue: parts[1].uppercased()) else {
                throw .invalid(
                    name: name, value: text, why: "'\(pair)' is not of the form NAME:PROTOCOL with a known protocol")
            }
            map[parts[0].uppercased()] = known
        }
        if text == SettingCatalog.broker[name]?.defaultValue.text {
            for controller in controllers where map[controller] == nil { map[controller] = .plaintext }
        }
        return map
    }

    private static func parse(
        _ texts: [String], setting: String, _ protocols: [String: SecurityProtocol]
    ) throws(SettingError) -> [ListenerSettings] {
        var made: [ListenerSettings] = []
        for text in texts {
            guard let divider = text.firstIndex(of: ":"), text[divider...].hasPrefix("://"),
                let (host, port) = splitHostPort(text[text.index(divider, offsetBy: 3)...])
            else {
                throw .invalid(
                    name: setting, value: texts.joined(separator: ","),
                    why: "\(text) is not of the form NAME://HOST:PORT")
            }
            let name = text[..<divider].uppercased()
            guard let securityProtocol = protocols[name] else {
                throw .conflict(
                    "No security protocol defined for listener \(name): add it to listener.security.protocol.map.")
            }
            if securityProtocol != .plaintext {
                throw .unsupported(
                    "Listener \(name) in \(setting) asks for \(securityProtocol.rawValue), which Apus does not have yet: "
                        + "use PLAINTEXT.")
            }
            if made.contains(where: { $0.name == name }) {
                throw .conflict("Each listener must have a different name, \(setting): \(texts.joined(separator: ","))")
            }
            if setting == "listeners", port != 0, made.contains(where: { $0.port == port && $0.host == host }) {
                throw .conflict("Each listener must have a different port, \(setting): \(texts.joined(separator: ","))")
            }
            made.append(ListenerSettings(name: name, host: host, port: port, securityProtocol: securityProtocol))
        }
        return made
    }

    private static func interBroker(_ read: SettingReader) throws(SettingError) -> String {
        let name = try read.string(orNil: "inter.broker.listener.name")
        let securityProtocol = try read.string("security.inter.broker.protocol")
        if name != nil && securityProtocol != "PLAINTEXT" {
            throw .conflict(
                "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.")
        }
        return (name ?? securityProtocol).uppercased()
    }

    private func check(isBroker: Bool, isController: Bool, areTold: Bool) throws(SettingError) {
        let names = Set(listeners.map(\.name))
        if isController, !controllerNames.contains(where: names.contains) {
            throw .conflict(
                "controller.listener.names must contain at least one value appearing in the 'listeners' configuration "
                    + "when running the KRaft controller role")
        }
        if !isController, let wrong = controllerNames.first(where: names.contains) {
            throw .conflict(
                "controller.listener.names must not contain a value appearing in the 'listeners' configuration when "
                    + "running KRaft with just the broker role: \(wrong)")
        }
        guard isBroker else { return }
        if controllerNames.contains(interBrokerName) {
            throw .conflict(
                "inter.broker.listener.name (\(interBrokerName)) must not be one of controller.listener.names.")
        }
        if let wild = advertised.first(where: { $0.host == "0.0.0.0" || $0.host == "::" }) {
            let from = areTold ? "advertised.listeners" : "listeners, since advertised.listeners is not set"
            throw .conflict(
                "advertised.listeners cannot use the nonroutable meta-address \(wild.host) (from \(from)). "
                    + "Use a routable IP address.")
        }
        if let unknown = advertised.first(where: { !names.contains($0.name) }) {
            throw .conflict(
                "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners: "
                    + "\(unknown.name) is not.")
        }
        if !advertised.contains(where: { $0.name == interBrokerName }) {
            throw .conflict(
                "inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options "
                    + "based on currently configured listeners are \(advertised.map(\.name).joined(separator: ","))")
        }
    }
}
