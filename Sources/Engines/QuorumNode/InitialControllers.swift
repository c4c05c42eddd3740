import Quorum
import Vocabulary

/// `ID@HOST:PORT:DIRECTORY,…`: the voters that every node of a new cluster is formatted with.
struct InitialControllers {
    private(set) var voters: [Voter] = []

    init(_ text: String, _ listener: String) throws(FormatRefusal) {
        if text.isEmpty { throw .initialControllers("No voters given.") }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let voter = try Self.voter(part, listener)
            if voters.contains(where: { $0.id == voter.id }) {
                throw .initialControllers("Node id \(voter.id) was specified more than once.")
            }
            voters.append(voter)
        }
    }

    private static func voter(_ text: Substring, _ listener: String) throws(FormatRefusal) -> Voter {
        guard let at = text.firstIndex(of: "@") else {
            throw .initialControllers("No @ found in dynamic voter string.")
        }
        guard let id = Int32(text[..<at]), id >= 0 else {
            throw .initialControllers("Failed to parse node id in dynamic voter string.")
        }
        var rest = text[text.index(after: at)...]
        let host = try host(&rest)
        guard let colon = rest.firstIndex(of: ":") else {
            throw .initialControllers("No colon following port could be found.")
        }
        guard let port = UInt16(rest[..<colon]) else {
            throw .initialControllers("Failed to parse port in dynamic voter string.")
        }
        guard let directory = UUID128(String(rest[rest.index(after: colon)...])), directory != .zero else {
            throw .initialControllers("Failed to parse directory ID in dynamic voter string.")
        }
        let endpoint = Voter.Endpoint(name: listener, host: host, port: port)
        return Voter(id: BrokerID(id), directoryID: directory, endpoints: [endpoint])
    }

    /// Takes `host:` or `[v6]:` off the front.
    private static func host(_ rest: inout Substring) throws(FormatRefusal) -> String {
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else {
                throw .initialControllers("Hostname began with left bracket, but no right bracket was found.")
            }
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest[host.endIndex...]
        }
        guard rest.first == ":" else {
            throw .initialControllers("No colon following hostname could be found.")
        }
        rest = rest.dropFirst()
        if host.isEmpty { throw .initialControllers("Empty hostname in dynamic voter string.") }
        return String(host)
    }
}
