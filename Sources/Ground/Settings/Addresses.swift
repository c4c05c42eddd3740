import Vocabulary

/// `HOST:PORT`.
package struct HostPort: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init(_ text: String, of name: String) throws(SettingError) {
        guard let (host, port) = splitHostPort(text[...]), !host.isEmpty, port > 0 else {
            throw .invalid(name: name, value: text, why: "Must be of the form HOST:PORT")
        }
        self.init(host: host, port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// `ID@HOST:PORT` of `controller.quorum.voters`. The address 0.0.0.0:0 stands for one that is not known yet.
package struct QuorumVoter: Sendable, Hashable, CustomStringConvertible {
    package let id: BrokerID
    package let address: HostPort

    package init(id: BrokerID, address: HostPort) {
        self.id = id
        self.address = address
    }

    init(_ text: String, of name: String) throws(SettingError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = Int32(parts[0]), id >= 0, let (host, port) = splitHostPort(parts[1]),
            !host.isEmpty
        else {
            throw .invalid(
                name: name, value: text, why: "Each voter must be of the form {id}@{host}:{port}")
        }
        self.init(id: BrokerID(id), address: HostPort(host: host, port: port))
    }

    package var description: String { "\(id)@\(address)" }
}

/// Host and port of `host:port` or `[v6]:port`; the host may be empty, the port is 0 to 65535.
func splitHostPort(_ text: Substring) -> (host: String, port: Int)? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
        (0...65535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("[") {
        guard host.hasSuffix("]") else { return nil }
        host = host.dropFirst().dropLast()
    } else if host.contains(":") {
        return nil
    }
    return (String(host), port)
}
