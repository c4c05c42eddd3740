import ApusTesting
import Bytes
import Seams
import Vocabulary
import WireProtocol

/// Why a call has no answer.
enum CallFailure: Error, Sendable {
    /// No connection could be made.
    case unreachable(String)
    /// The connection ended before the answer came.
    case closed(String)
    /// The test wrote or read what it cannot.
    case unreadable(String)
}

/// One client's connection to the node: frames requests, matches answers to them, reconnects.
///
/// It holds the node to its part: answers come in the order of the requests, each once, and every request gets one or has
/// its connection closed.
///
/// Owner: its loop.
final class WireClient: @unchecked Sendable {
    let name: String
    let loop: any EventLoop
    private let network: any Network
    private let address: SocketAddress
    private let ledger: Ledger
    private var wire: Wire?
    private var nextCorrelation: Int32 = 0

    /// How long an answer may take at most. Faults of the network are shorter.
    static let patience: Nanoseconds = .seconds(12)

    init(_ name: String, _ ledger: Ledger, on world: World, loop: any EventLoop, to address: SocketAddress) {
        (self.name, self.ledger, self.loop, network) = (name, ledger, loop, world.network)
        self.address = address
    }

    var isConnected: Bool { wire.map { $0.end == nil } ?? false }

    func disconnect() {
        wire?.close()
        wire = nil
    }

    func connect() async throws(CallFailure) {
        if let wire, wire.end == nil { return }
        let made = Wire(ledger, name)
        let outcome: Result<Void, CallFailure> = await withUnsafeContinuation { continuation in
            let box = Once(continuation)
            network.connect(to: address, on: loop) { result in
                switch result {
                case .success(let stream):
                    made.stream = stream
                    box.resume(.success(()))
                    return made
                case .failure(let error):
                    box.resume(.failure(.unreachable("\(error)")))
                    return nil
                }
            }
        }
        try outcome.get()
        wire = made
    }

    /// Sends a request; its answer is awaited later. Connected only.
    func send<R: WireRequest>(_ request: R, _ version: Int16, patience: Nanoseconds = patience) throws(CallFailure)
        -> Ticket
    {
        guard let wire, wire.end == nil else { throw .closed("not connected") }
        nextCorrelation &+= 1
        let frame: ByteSlice
        do throws(WireError) {
            frame = try request.frame(version: version, correlationId: nextCorrelation, clientId: name)
        } catch {
            ledger.violate("\(name) cannot write \(R.apiKey.name) \(version): \(error)")
            throw .unreadable("\(error)")
        }
        let ticket = Ticket("\(R.apiKey.name) \(version)", nextCorrelation, at: loop.clock.now)
        wire.send(frame, ticket)
        ticket.timer = loop.schedule(after: patience) { [ledger, name, loop] in
            guard ticket.outcome == nil else { return }
            ledger.violate(
                "\(name) has no answer to \(ticket.what) after \((loop.clock.now - ticket.sent).milliseconds) ms")
            wire.close()
        }
        return ticket
    }

    /// Sends what has no answer: acks=0.
    func post<R: WireRequest>(_ request: R, _ version: Int16) throws(CallFailure) {
        guard let wire, wire.end == nil else { throw .closed("not connected") }
        nextCorrelation &+= 1
        guard let frame = try? request.frame(version: version, correlationId: nextCorrelation, clientId: name) else {
            throw .unreadable("\(R.apiKey.name) \(version)")
        }
        wire.stream?.write(frame)
    }

    func answer<R: WireRequest>(_ type: R.Type, _ version: Int16, _ ticket: Ticket) async throws(CallFailure)
        -> R.Response
    {
        let bytes = try await ticket.value().get()
        if let timer = ticket.timer { loop.cancel(timer) }
        do throws(WireError) {
            var reader = WireReader(bytes)
            _ = try reader.int32()
            try reader.skipTaggedFields(R.apiKey.responseHeaderVersion(version) >= 1)
            let response = try R.Response(from: &reader, version: version)
            if !reader.rest.isEmpty {
                ledger.violate("\(name): \(reader.rest.count) bytes behind the answer to \(R.apiKey.name) \(version)")
            }
            return response
        } catch {
            ledger.violate("\(name) cannot read the answer to \(R.apiKey.name) \(version): \(error)")
            throw .unreadable("\(error)")
        }
    }

    func call<R: WireRequest>(
        _ request: R, _ version: Int16, patience: Nanoseconds = patience
    ) async throws(CallFailure) -> R.Response {
        try await connect()
        return try await answer(R.self, version, try send(request, version, patience: patience))
    }
}

/// A request on its way.
final class Ticket: @unchecked Sendable {
    let what: String
    let correlation: Int32
    let sent: Instant
    var timer: TimerID?
    private(set) var outcome: Result<ByteSlice, CallFailure>?
    private var waiter: UnsafeContinuation<Result<ByteSlice, CallFailure>, Never>?

    init(_ what: String, _ correlation: Int32, at sent: Instant) {
        (self.what, self.correlation, self.sent) = (what, correlation, sent)
    }

    func fill(_ outcome: Result<ByteSlice, CallFailure>) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        waiter?.resume(returning: outcome)
        waiter = nil
    }

    func value() async -> Result<ByteSlice, CallFailure> {
        // Looked at inside: on the way there the task may give up its turn, and the outcome come meanwhile.
        await withUnsafeContinuation { continuation in
            if let outcome { continuation.resume(returning: outcome) } else { waiter = continuation }
        }
    }
}

/// One connection.
private final class Wire: StreamHandler, @unchecked Sendable {
    var stream: (any ByteStream)?
    private(set) var end: String?
    private let ledger: Ledger
    private let name: String
    private let space = ByteStorage(capacity: 32_768)
    private var inbox: [UInt8] = []
    private var pending: [Ticket] = []

    init(_ ledger: Ledger, _ name: String) { (self.ledger, self.name) = (ledger, name) }

    func send(_ frame: ByteSlice, _ ticket: Ticket) {
        pending.append(ticket)
        stream?.write(frame)
    }

    func close() {
        stream?.close()
        finish("closed by the client")
    }

    func spaceForReading() -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: space.base, count: space.capacity)
    }

    func received(_ count: Int) {
        inbox.append(contentsOf: UnsafeRawBufferPointer(start: space.base, count: count))
        var at = 0
        while inbox.count - at >= 4 {
            let size = Int(inbox.withUnsafeBytes { $0.readBigEndian(Int32.self, at: at) })
            guard inbox.count - at - 4 >= size else { break }
            take(
                inbox.withUnsafeBytes {
                    ByteSlice(copying: UnsafeRawBufferPointer(rebasing: $0[at + 4..<at + 4 + size]))
                })
            at += 4 + size
        }
        if at > 0 { inbox.removeFirst(at) }
    }

    private func take(_ frame: ByteSlice) {
        guard frame.count >= 4, !pending.isEmpty else {
            return ledger.violate("\(name) has an answer of \(frame.count) bytes that it has not asked for")
        }
        let ticket = pending.removeFirst()
        let correlation: Int32 = frame.withBytes { $0.readBigEndian(at: 0) }
        if correlation != ticket.correlation {
            ledger.violate("\(name) waits for answer \(ticket.correlation) to \(ticket.what) and gets \(correlation)")
        }
        ticket.fill(.success(frame))
    }

    func inputEnded() { close() }
    func drained() {}
    func closed(_ reason: StreamClosing) { finish("\(reason)") }

    private func finish(_ why: String) {
        guard end == nil else { return }
        end = why
        let left = pending
        pending = []
        for ticket in left { ticket.fill(.failure(.closed(why))) }
    }
}

/// Resumes once, whoever calls first.
private final class Once<Value: Sendable>: @unchecked Sendable {
    private var continuation: UnsafeContinuation<Value, Never>?
    init(_ continuation: UnsafeContinuation<Value, Never>) { self.continuation = continuation }
    func resume(_ value: Value) {
        continuation?.resume(returning: value)
        continuation = nil
    }
}
