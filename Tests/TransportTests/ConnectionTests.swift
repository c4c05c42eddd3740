import ApusTesting
import Bytes
import Seams
import Testing
import Transport

/// Answers each request with its own frame when told to; the first byte of the body says how: 0 at once, 1 when all that
/// came so far are to be answered in reverse order, 2 not at all, 3 by closing, 4 never,
/// 5 after three seconds.
private final class Mirror: RequestService {
    private var held: [(UInt64, ByteSlice)] = []
    let log: Log
    init(_ log: Log) { self.log = log }

    func received(_ request: Request, on connection: Connection) {
        log.requests += 1
        log.connection = connection
        switch request.frame[8] {
        case 0: connection.answer(request.number, .frame(Self.framed(request.frame)))
        case 2: connection.answer(request.number, .nothing)
        case 3: connection.answer(request.number, .close)
        case 4: break
        case 5:
            let loop = connection.loop
            loop.schedule(after: .seconds(3)) {
                connection.answer(request.number, .frame(Self.framed(request.frame)))
            }
        default:
            held.append((request.number, request.frame))
            guard held.count == 5 else { return }
            for (number, frame) in held.reversed() { connection.answer(number, .frame(Self.framed(frame))) }
            held = []
        }
    }

    func connectionClosed(_ connection: Connection) { log.closed += 1 }

    static func framed(_ frame: ByteSlice) -> [AnswerPart] { [.bytes(size(frame.count)), .bytes(frame)] }
    static func size(_ count: Int) -> ByteSlice { ByteSlice((0..<4).map { UInt8(count >> (24 - 8 * $0) & 255) }) }
}

/// What is seen from outside. Touched by the one thread of the simulation.
private final class Log: @unchecked Sendable {
    var requests = 0
    var closed = 0
    var inputEnded = 0
    /// How long a client rests after each 333 bytes; from 1,000 seconds on it reads no more.
    var pauseAfterEachRead: Nanoseconds?
    var answered: [UInt8] = []
    var clientClosings: [StreamClosing] = []
    var client: (any ByteStream)?
    weak var connection: Connection?
}

private final class Client: StreamHandler {
    private let log: Log
    private let buffer = ByteStorage(capacity: 333)
    init(_ log: Log) { self.log = log }
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: buffer.base, count: buffer.capacity) }
    func received(_ count: Int) {
        log.answered += UnsafeRawBufferPointer(start: buffer.base, count: count)
        guard let pause = log.pauseAfterEachRead, let stream = log.client else { return }
        stream.pauseReading()
        if pause < .seconds(1_000) { stream.loop.schedule(after: pause) { stream.resumeReading() } }
    }
    func inputEnded() {
        log.inputEnded += 1
        log.client?.close()
    }
    func drained() {}
    func closed(_ reason: StreamClosing) { log.clientClosings.append(reason) }
}

struct ConnectionTests {
    private let simulation: Simulation
    private let server: SimulatedHost
    private let log = Log()

    init() {
        simulation = Simulation(seed: 7)
        server = simulation.host("10.0.0.1", loops: 2)
    }

    private func listen(
        _ limits: TransportLimits = .init(), budget: ByteBudget = .init(limit: nil), counts: ConnectionCounts = .init(),
        port: Int = 9092
    ) throws -> RequestListener {
        let log = self.log
        return try RequestListener(
            "L\(port)", on: SocketAddress(host: "0.0.0.0", port: port), in: server.world, limits: limits,
            budget: budget, counts: counts
        ) { _ in Mirror(log) }
    }

    private func connect(
        sending bytes: [UInt8], from address: String = "10.0.0.2", port: Int = 9092, thenEnding: Bool = false
    ) {
        let client = simulation.host(address)
        let log = self.log
        client.network.connect(to: SocketAddress(host: "10.0.0.1", port: port), on: client.loops[0]) { result in
            guard case .success(let stream) = result else { return nil }
            stream.write(ByteSlice(bytes))
            if thenEnding { stream.closeOutput() }
            log.client = stream
            return Client(log)
        }
    }

    /// A frame whose body asks for `kind` of answer and has `filling` bytes more; with its size.
    private func frame(_ kind: UInt8, id: UInt8 = 0, filling: Int = 0) -> [UInt8] {
        let body: [UInt8] = [0, 18, 0, 3, 0, 0, 0, id, kind] + [UInt8](repeating: id, count: filling)
        return Mirror.size(body.count).array + body
    }

    @Test func `answers leave in the order of the requests, whatever the order they are given in`() throws {
        let listener = try listen()
        let frames = (0..<20).flatMap { frame(1, id: UInt8($0), filling: Int($0) * 700) }
        connect(sending: frames)
        try simulation.run(for: .seconds(5))
        #expect(log.answered == frames)
        #expect(listener.connectionCount == 1)
    }

    @Test func `a frame of many blocks is read whole, and the small ones around it too`() throws {
        let listener = try listen()
        let frames =
            frame(0, id: 1) + frame(0, id: 2, filling: 900_000) + frame(0, id: 3) + frame(0, id: 4, filling: 20_000)
        connect(sending: frames)
        try simulation.run(for: .seconds(20))
        #expect(log.answered == frames)
        withExtendedLifetime(listener) {}
    }

    @Test func `a request that wants no answer gets none and holds nobody up`() throws {
        let listener = try listen()
        connect(sending: frame(2) + frame(0, id: 9))
        try simulation.run(for: .seconds(5))
        #expect(log.answered == frame(0, id: 9))
        withExtendedLifetime(listener) {}
    }

    @Test func `closing as an answer lets the earlier answers out first`() throws {
        let listener = try listen()
        connect(sending: frame(0, id: 1) + frame(3) + frame(0, id: 2))
        try simulation.run(for: .seconds(5))
        #expect(log.answered == frame(0, id: 1))
        #expect(log.closed == 1)
        #expect(listener.connectionCount == 0)
    }

    @Test func `closing lets out an answer that the socket does not take at once`() throws {
        let listener = try listen()
        connect(sending: frame(0, id: 1, filling: 900_000) + frame(3))
        try simulation.run(for: .seconds(20))
        #expect(log.answered == frame(0, id: 1, filling: 900_000))
        #expect(log.closed == 1)
        #expect(listener.connectionCount == 0)
    }

    @Test(arguments: [Int32.max, -1, 0x4745_5420, 7, 104_857_601])
    func `a size that cannot be closes the connection at once`(size: Int32) throws {
        let listener = try listen()
        connect(sending: Mirror.size(Int(UInt32(bitPattern: size))).array + [0, 1, 2, 3])
        try simulation.run(for: .seconds(5))
        #expect(log.requests == 0)
        #expect(log.closed == 1)
        #expect(listener.connectionCount == 0)
    }

    @Test func `an idle connection is closed, one with a request in flight is not`() throws {
        var limits = TransportLimits()
        limits.idle = .seconds(2)
        let listener = try listen(limits)
        connect(sending: frame(0))
        connect(sending: frame(4), from: "10.0.0.3")
        try simulation.run(for: .milliseconds(1_900))
        #expect(listener.connectionCount == 2)
        try simulation.run(for: .seconds(60))
        #expect(listener.connectionCount == 1)
        #expect(log.closed == 1)
    }

    @Test func `a client that reads its answer slowly is not idle, one that has stopped reading is`() throws {
        var limits = TransportLimits()
        limits.idle = .seconds(2)
        let listener = try listen(limits)
        log.pauseAfterEachRead = .milliseconds(100)
        connect(sending: frame(0, id: 1, filling: 600_000))
        try simulation.run(for: .seconds(60))
        #expect(log.answered.count > 100_000)
        #expect(listener.connectionCount == 1)
        log.pauseAfterEachRead = .seconds(1_000)
        try simulation.run(for: .seconds(10))
        #expect(listener.connectionCount == 0)
    }

    @Test func `a client is not idle while it is the byte budget that keeps its request from being read`() throws {
        var limits = TransportLimits()
        limits.idle = .seconds(2)
        let listener = try listen(limits, budget: ByteBudget(limit: 1_000))
        connect(sending: frame(4, filling: 2_000))
        try simulation.run(for: .milliseconds(500))
        connect(sending: frame(0, id: 1), from: "10.0.0.3")
        try simulation.run(for: .seconds(60))
        #expect(log.requests == 1)
        #expect(listener.connectionCount == 2)
    }

    @Test func `a client that has closed its side gets the answers that come soon`() throws {
        let listener = try listen()
        let frames = frame(0, id: 1) + frame(5, id: 2) + frame(0, id: 3, filling: 900_000)
        connect(sending: frames, thenEnding: true)
        try simulation.run(for: .seconds(20))
        #expect(log.answered == frames)
        #expect(log.inputEnded == 1)
        #expect(listener.connectionCount == 0)
    }

    @Test func `a client that has closed its side is not kept by a request that is never answered`() throws {
        let budget = ByteBudget(limit: 100_000)
        let listener = try listen(budget: budget)
        connect(sending: frame(0, id: 1) + frame(4), thenEnding: true)
        try simulation.run(for: .seconds(4))
        #expect(listener.connectionCount == 1)
        try simulation.run(for: .seconds(2))
        #expect(log.answered == frame(0, id: 1))
        #expect(listener.connectionCount == 0)
        #expect(budget.charged == 0)
    }

    @Test func `connections over the limit of an address are closed, other addresses are let in`() throws {
        var limits = ConnectionLimits()
        limits.perAddress = 0
        limits.perAddressOverrides = ["10.0.0.3": 1]
        let listener = try listen(counts: ConnectionCounts(limits))
        connect(sending: frame(0))
        connect(sending: frame(0), from: "10.0.0.3")
        try simulation.run(for: .seconds(5))
        #expect(listener.connectionCount == 1)
        #expect(log.requests == 1)
    }

    @Test func `the most connections are counted over all listeners, and a new limit holds from then on`() throws {
        var limits = ConnectionLimits()
        limits.total = 1
        let counts = ConnectionCounts(limits)
        let one = try listen(counts: counts)
        let other = try listen(counts: counts, port: 9094)
        connect(sending: frame(0))
        try simulation.run(for: .seconds(1))
        connect(sending: frame(0), from: "10.0.0.3", port: 9094)
        try simulation.run(for: .seconds(1))
        #expect([one.connectionCount, other.connectionCount, counts.total] == [1, 0, 1])
        counts.limits.total = 2
        connect(sending: frame(0), from: "10.0.0.4", port: 9094)
        try simulation.run(for: .seconds(1))
        #expect([one.connectionCount, other.connectionCount, counts.total] == [1, 1, 2])
        simulation.hosts[1].crash(.process)
        try simulation.run(for: .seconds(1))
        #expect([one.connectionCount, other.connectionCount, counts.total] == [0, 1, 1])
    }

    @Test func `a listener's own limit leaves room for the others`() throws {
        var limits = ConnectionLimits()
        (limits.total, limits.perListener) = (3, ["L9092": 1])
        let counts = ConnectionCounts(limits)
        let (one, other) = (try listen(counts: counts), try listen(counts: counts, port: 9094))
        for (host, port) in [(2, 9092), (3, 9092), (4, 9094), (5, 9094), (6, 9094)] {
            connect(sending: frame(0), from: "10.0.0.\(host)", port: port)
            try simulation.run(for: .seconds(1))
        }
        #expect([one.connectionCount, other.connectionCount, counts.total] == [1, 2, 3])
    }

    @Test func `requests beyond the byte budget wait until others are answered, and all are answered`() throws {
        let budget = ByteBudget(limit: 3_000)
        let listener = try listen(budget: budget)
        let frames = (0..<30).flatMap { frame(0, id: UInt8($0), filling: 1_000) }
        connect(sending: frames + frame(0, id: 99, filling: 10_000))
        connect(sending: frame(4, filling: 2_500), from: "10.0.0.3")
        try simulation.run(for: .seconds(5))
        // The one that is never answered leaves room for others one after another, and the last may be larger than that.
        #expect(budget.charged < 3_000 + 10_009)
        #expect(log.requests >= 1)
        withExtendedLifetime(listener) {}
    }

    @Test func `a large frame is let in as soon as anything is free, and then nothing more`() throws {
        let budget = ByteBudget(limit: 3_000)
        let listener = try listen(budget: budget)
        connect(sending: frame(4, filling: 2_500))
        try simulation.run(for: .milliseconds(500))
        connect(sending: frame(4, filling: 50_000) + frame(4), from: "10.0.0.3")
        try simulation.run(for: .seconds(5))
        #expect(log.requests == 2)
        #expect(budget.charged == 52_518)
        withExtendedLifetime(listener) {}
    }

    @Test(arguments: [0, -1]) func `a byte budget of nothing is none, as in Kafka`(limit: Int) throws {
        let listener = try listen(budget: ByteBudget(limit: limit))
        connect(sending: frame(4, filling: 2_500) + frame(4))
        try simulation.run(for: .seconds(5))
        #expect(log.requests == 2)
        withExtendedLifetime(listener) {}
    }

    @Test func `a small budget slows but never blocks`() throws {
        let budget = ByteBudget(limit: 1)
        let listener = try listen(budget: budget)
        let frames = (0..<30).flatMap { frame(0, id: UInt8($0), filling: 1_000) }
        connect(sending: frames)
        try simulation.run(for: .seconds(5))
        #expect(log.answered == frames)
        #expect(budget.charged == 0)
        withExtendedLifetime(listener) {}
    }

    @Test func `a client that asks without end for what is never answered is stopped at the limit`() throws {
        let listener = try listen()
        connect(sending: (0..<1_000).flatMap { _ in frame(4) })
        try simulation.run(for: .seconds(5))
        #expect(log.requests == 64)
        withExtendedLifetime(listener) {}
    }

    @Test func `a graceful stop answers what is in flight`() throws {
        let listener = try listen()
        let frames = (0..<4).flatMap { frame(1, id: UInt8($0)) }
        connect(sending: frames)
        try simulation.run(for: .milliseconds(500))
        #expect(log.answered.isEmpty)
        let loop = server.loops[0]
        loop.spawn { await listener.stop(by: loop.clock.now + .seconds(3), on: loop) }
        try simulation.run(for: .seconds(10))
        #expect(log.closed == 1)
        #expect(listener.connectionCount == 0)
    }

    @Test func `nothing of a closed connection stays in memory`() throws {
        let listener = try listen()
        connect(sending: frame(0) + frame(0, filling: 9_000).prefix(6_000))
        try simulation.run(for: .seconds(1))
        #expect(log.connection != nil)
        simulation.hosts.last?.crash(.process)
        try simulation.run(for: .seconds(1))
        #expect(log.closed == 1)
        #expect(log.connection == nil)
        withExtendedLifetime(listener) {}
    }

    @Test func `what a lost connection had charged is given back`() throws {
        let budget = ByteBudget(limit: 100_000)
        let listener = try listen(budget: budget)
        connect(sending: frame(4, filling: 5_000) + frame(0, filling: 50_000).prefix(20_000))
        try simulation.run(for: .seconds(5))
        #expect(budget.charged > 50_000)
        simulation.hosts.last?.crash(.process)
        try simulation.run(for: .seconds(5))
        #expect(budget.charged == 0)
        withExtendedLifetime(listener) {}
    }
}
