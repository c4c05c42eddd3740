import Bytes
import Seams
import Telemetry
import Transport
import WireProtocol

/// How the requests of one API are served. The set of handlers is what ApiVersions answers.
package struct Handler: Sendable {
    package let key: APIKey
    package let versions: ClosedRange<Int16>
    let serve: @Sendable (IncomingRequest) -> Void

    /// The same, with the versions that a controller's listener advertises.
    package func onController() -> Handler {
        Handler(key: key, versions: key.controllerVersions ?? versions, serve: serve)
    }

    /// On the hot path: `serve` answers by itself, at once or later, without a task.
    package static func hot(_ key: APIKey, _ serve: @escaping @Sendable (IncomingRequest) -> Void) -> Handler {
        Handler(key: key, versions: key.brokerVersions ?? key.versions, serve: serve)
    }

    /// Everything else: a task on the connection's loop. A body that cannot be read closes the connection, as in Kafka.
    package static func task<R: WireRequest>(
        _ type: R.Type, _ serve: @escaping @Sendable (R, RequestContext) async -> R.Response
    ) -> Handler {
        Handler(key: R.apiKey, versions: R.apiKey.brokerVersions ?? R.apiKey.versions) { request in
            guard let body = try? R(request.body, version: request.version) else { return request.answer(.close) }
            let home = LoopBound(request, to: request.loop)
            let context = request.context
            request.loop.spawn {
                let response = await serve(body, context)
                home.loop.post {
                    let request = home.unwrapped
                    request.answer(ResponseFrame.answer(response, to: request))
                }
            }
        }
    }

    /// An answer that needs no waiting.
    package static func direct<R: WireRequest>(
        _ type: R.Type, _ serve: @escaping @Sendable (R, RequestContext) -> R.Response
    ) -> Handler {
        Handler(key: R.apiKey, versions: R.apiKey.brokerVersions ?? R.apiKey.versions) { request in
            guard let body = try? R(request.body, version: request.version) else { return request.answer(.close) }
            request.answer(ResponseFrame.answer(serve(body, request.context), to: request))
        }
    }
}

/// A response as a frame: size, header, body.
package enum ResponseFrame {
    /// Closes the connection when the response cannot be written in the request's version: that would be a mistake of ours,
    /// and the client must not wait for ever.
    package static func answer(_ response: some WireResponse, to request: IncomingRequest) -> Answer {
        do throws(WireError) {
            return .frame([.bytes(try response.frame(version: request.version, correlationId: request.correlationID))])
        } catch {
            request.logger.log(
                .error, "an answer could not be written",
                [LogField("api", request.key.name), LogField("version", request.version), LogField("why", "\(error)")])
            return .close
        }
    }
}
