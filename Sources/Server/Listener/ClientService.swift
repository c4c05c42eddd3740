import Bytes
import ClusterImage
import Seams
import Telemetry
import Transport
import WireProtocol

/// What ApiVersions says beside the versions: the features of this build and of the cluster.
package struct FeatureAnswer: Sendable {
    package var supported: [String: FeatureRange]
    package var finalized: [String: Int16]
    /// The metadata offset that `finalized` is of; -1 when none is known.
    package var epoch: Int64

    package init(supported: [String: FeatureRange], finalized: [String: Int16], epoch: Int64) {
        (self.supported, self.finalized, self.epoch) = (supported, finalized, epoch)
    }
}

/// The requests of one connection: reads their headers and hands them to the handlers.
package final class ClientService: RequestService {
    private let handlers: HandlerTable
    private let listener: ListenerIdentity
    private let gate: ServingGate
    /// Requests that came before the gate was open, and those behind them: they are served in their order.
    private var held: [(Handler, IncomingRequest)] = []

    package init(_ handlers: HandlerTable, _ listener: ListenerIdentity, gate: ServingGate) {
        (self.handlers, self.listener, self.gate) = (handlers, listener, gate)
    }

    package func received(_ request: Request, on connection: Connection) {
        guard let key = APIKey(rawValue: request.apiKey) else { return connection.answer(request.number, .close) }
        if key == .apiVersions, !APIKey.apiVersions.versions.contains(request.apiVersion) {
            // Kafka's oldest rule of negotiation: version 0, which every client can read, with the range to choose from.
            let refusal = handlers.apiVersions(version: 0, error: .unsupportedVersion)
            let frame = try? refusal.frame(version: 0, correlationId: request.correlationID)
            return connection.answer(request.number, frame.map { .frame([.bytes($0)]) } ?? .close)
        }
        guard let handler = handlers[key], handler.versions.contains(request.apiVersion),
            let incoming = incoming(request, key, connection)
        else { return connection.answer(request.number, .close) }
        guard !gate.isOpen || !held.isEmpty else { return handler.serve(incoming) }
        held.append((handler, incoming))
        guard held.count == 1 else { return }
        let home = LoopBound(self, to: connection.loop)
        let isWaiting = gate.wait { home.loop.post { home.unwrapped.serveHeld() } }
        if !isWaiting { serveHeld() }
    }

    private func serveHeld() {
        // An answer may let in the next request, which has to wait for those that are here.
        while let (handler, request) = held.first {
            handler.serve(request)
            held.removeFirst()
        }
    }

    package func connectionClosed(_ connection: Connection) {}

    private func incoming(_ request: Request, _ key: APIKey, _ connection: Connection) -> IncomingRequest? {
        do throws(WireError) {
            var reader = WireReader(request.frame.dropFirst(Request.smallestFrame))
            let clientID = try reader.optionalText(false)
            if key.requestHeaderVersion(request.apiVersion) >= 2 { try reader.skipTaggedFields(true) }
            return IncomingRequest(
                key: key, version: request.apiVersion, correlationID: request.correlationID, clientID: clientID,
                body: reader.rest, number: request.number, arrival: request.arrival, connection: connection,
                listener: listener, logger: handlers.logger)
        } catch {
            return nil
        }
    }
}

/// The handlers of a listener by API key, and with them what it can do.
package final class HandlerTable: Sendable {
    private let handlers: [Handler?]
    private let features: @Sendable () -> FeatureAnswer
    private let sorted: [Handler]
    let logger: Logger

    /// ApiVersions itself need not be given.
    package init(_ given: [Handler], logger: Logger, features: @escaping @Sendable () -> FeatureAnswer) {
        (self.features, self.logger) = (features, logger)
        var table: [Handler?] = Array(repeating: nil, count: 128)
        for handler in given { table[Int(handler.key.rawValue)] = handler }
        let key = APIKey.apiVersions
        let own = Handler(key: key, versions: key.versions) { _ in }
        table[Int(key.rawValue)] = own
        sorted = table.compactMap(\.self)
        handlers = table
    }

    subscript(key: APIKey) -> Handler? {
        guard key == .apiVersions else { return handlers[Int(key.rawValue)] }
        return Handler(key: key, versions: key.versions) { [self] request in serveAPIVersions(request) }
    }

    private func serveAPIVersions(_ request: IncomingRequest) {
        guard let body = try? ApiVersionsRequest(request.body, version: request.version) else {
            return request.answer(.close)
        }
        let isNamed =
            request.version < 3
            || (Self.isSoftwareText(body.clientSoftwareName) && Self.isSoftwareText(body.clientSoftwareVersion))
        request.answer(
            ResponseFrame.answer(
                apiVersions(version: request.version, error: isNamed ? .none : .invalidRequest), to: request))
    }

    /// KIP-511: letters and digits at both ends, dots and dashes within.
    private static func isSoftwareText(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, isPlain(first), isPlain(last) else { return false }
        return bytes.allSatisfy { isPlain($0) || $0 == 45 || $0 == 46 }
    }

    func apiVersions(version: Int16, error: ErrorCode) -> ApiVersionsResponse {
        var response = ApiVersionsResponse()
        response.errorCode = error.rawValue
        // A client that cannot be understood learns the range of ApiVersions itself; a nameless one learns nothing.
        guard error != .invalidRequest else { return response }
        let listed = error == .unsupportedVersion ? sorted.filter { $0.key == .apiVersions } : sorted
        response.apiKeys = listed.map { handler in
            var entry = ApiVersionsResponse.ApiVersion()
            entry.apiKey = handler.key.rawValue
            entry.minVersion = handler.versions.lowerBound
            entry.maxVersion = handler.versions.upperBound
            return entry
        }
        guard error == .none else { return response }
        let features = features()
        response.supportedFeatures = features.supported.sorted { $0.key < $1.key }.compactMap { name, range in
            // Clients before version 4 take a lower bound of 0 for an error (KAFKA-17011).
            guard version >= 4 || range.min > 0 else { return nil }
            var entry = ApiVersionsResponse.SupportedFeatureKey()
            (entry.name, entry.minVersion, entry.maxVersion) = (name, range.min, range.max)
            return entry
        }
        response.finalizedFeaturesEpoch = features.epoch
        response.finalizedFeatures = features.finalized.sorted { $0.key < $1.key }.map { name, level in
            var entry = ApiVersionsResponse.FinalizedFeatureKey()
            (entry.name, entry.minVersionLevel, entry.maxVersionLevel) = (name, level, level)
            return entry
        }
        return response
    }
}
