import Bytes
import Glibc
import Reactor
import Seams
import Synchronization
import Testing

/// What a test saw, waited for through a condition that the loop checks.
private final class Seen: Sendable {
    struct State {
        var bytes: [UInt8] = []
        var events: [String] = []
        var waiting: UnsafeContinuation<Void, Never>?
    }
    let state = Mutex(State())

    func note(_ event: String) { state.withLock { $0.events.append(event) } }

    func finish() {
        let waiting = state.withLock { state in
            state.events.append("closed")
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    func untilClosed() async {
        await withUnsafeContinuation { continuation in
            let isOver = state.withLock { state in
                if state.events.contains("closed") { return true }
                state.waiting = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}

private final class Recorder: StreamHandler {
    let stream: any ByteStream
    let seen: Seen
    let closesAtEnd: Bool
    private let buffer = ByteStorage(capacity: 7_000)
    init(_ stream: any ByteStream, _ seen: Seen, closesAtEnd: Bool = true) {
        (self.stream, self.seen, self.closesAtEnd) = (stream, seen, closesAtEnd)
    }
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: buffer.base, count: buffer.capacity) }
    func received(_ count: Int) {
        let got = UnsafeRawBufferPointer(start: buffer.base, count: count)
        seen.state.withLock { $0.bytes += got }
    }
    func inputEnded() {
        seen.note("end")
        if closesAtEnd { stream.close() }
    }
    func drained() { seen.note("drained") }
    func closed(_ reason: StreamClosing) {
        seen.note("\(reason)")
        seen.finish()
    }
}

/// Sends its content at once, below its low watermark, lowers that and closes when it is told that all has left.
private final class LastWords: StreamHandler {
    private let stream: any ByteStream
    private let buffer = ByteStorage(capacity: 1_000)
    init(_ stream: any ByteStream, _ content: [UInt8]) {
        self.stream = stream
        stream.lowWatermark = content.count
        stream.write(ByteSlice(content))
        stream.lowWatermark = 0
    }
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: buffer.base, count: buffer.capacity) }
    func received(_ count: Int) {}
    func inputEnded() {}
    func drained() { stream.close() }
    func closed(_ reason: StreamClosing) {}
}

/// Sends back what it gets, and FIN for FIN.
private final class Echo: StreamHandler {
    private let stream: any ByteStream
    private let buffer = ByteStorage(capacity: 64 * 1024)
    init(_ stream: any ByteStream) { self.stream = stream }
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: buffer.base, count: buffer.capacity) }
    func received(_ count: Int) {
        stream.write(ByteSlice(copying: UnsafeRawBufferPointer(start: buffer.base, count: count)))
    }
    func inputEnded() { stream.closeOutput() }
    func drained() {}
    func closed(_ reason: StreamClosing) {}
}

@Suite(.serialized) struct SocketTests {
    private let real = RealWorld(loops: 2)
    private var world: World { real.world }
    private let content = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 5) }

    private func listen(_ accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?) throws
        -> any ListeningSocket
    {
        try world.network.listen(
            on: SocketAddress(host: "127.0.0.1", port: 0), backlog: 10, loops: world.loops, accept: accept)
    }

    @Test func `an echo of many megabytes comes back whole and in order, then the end`() async throws {
        let listener = try listen { Echo($0) }
        let seen = Seen()
        let content = self.content
        world.network.connect(to: listener.address, on: world.loops[1]) { result in
            guard case .success(let stream) = result else { return nil }
            stream.write(ByteSlice(content))
            stream.closeOutput()
            return Recorder(stream, seen)
        }
        await seen.untilClosed()
        #expect(seen.state.withLock { $0.bytes == content })
        #expect(seen.state.withLock { $0.events.contains("end") })
        real.stop()
    }

    @Test func `file regions and bytes arrive in the order in which they were queued`() async throws {
        let directory = "/tmp/apus-reactor-\(world.chance.next())"
        try world.disk.createDirectory(directory)
        let file = try world.disk.open(directory + "/log", .create)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        let listener = try listen { stream in
            stream.write(ByteSlice([1, 2, 3]))
            stream.write(FileRegion(file, position: 100, count: 3_000_000))
            stream.write(ByteSlice([4]))
            stream.write(ByteSlice([5]))
            stream.write(FileRegion(file, position: 0, count: 1))
            stream.closeOutput()
            return Echo(stream)
        }
        let seen = Seen()
        world.network.connect(to: listener.address, on: world.loops[0]) { result in
            (try? result.get()).map { Recorder($0, seen) }
        }
        await seen.untilClosed()
        var expected: [UInt8] = [1, 2, 3]
        expected += content[100..<3_000_100]
        expected += [4, 5, content[0]]
        let got = seen.state.withLock { $0.bytes }
        #expect(got == expected)
        try world.disk.removeTree(directory)
        real.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `a low watermark that is lowered below what is queued is reached when that has left`() async throws {
        let content = self.content
        let listener = try listen { LastWords($0, content) }
        let seen = Seen()
        world.network.connect(to: listener.address, on: world.loops[0]) { result in
            (try? result.get()).map { Recorder($0, seen) }
        }
        await seen.untilClosed()
        #expect(seen.state.withLock { $0.bytes == content })
        real.stop()
    }

    @Test func `nobody at the port is told as refused, a port in use as in use`() async throws {
        let listener = try listen { Echo($0) }
        #expect(throws: NetworkError.addressInUse(listener.address)) {
            try world.network.listen(on: listener.address, backlog: 1, loops: world.loops) { _ in nil }
        }
        let address = listener.address
        listener.close()
        let outcome = Seen()
        world.network.connect(to: address, on: world.loops[0]) { result in
            if case .failure(let error) = result { outcome.note("\(error)") }
            outcome.finish()
            return nil
        }
        await outcome.untilClosed()
        #expect(outcome.state.withLock { $0.events.first } == "\(NetworkError.refused(address))")
        real.stop()
    }

    /// Where the machine has no IPv6, the listener says so by its address.
    @Test func `a listener without a host takes clients of IPv6, and of IPv4 by the address they have there`()
        async throws
    {
        let peers = Seen()
        let everywhere = SocketAddress(host: "", port: 0)
        let listener = try world.network.listen(on: everywhere, backlog: 10, loops: world.loops) { stream in
            peers.note(stream.peer.host)
            return nil
        }
        let hosts = listener.address.host == "::" ? ["127.0.0.1", "::1"] : ["127.0.0.1"]
        for host in hosts {
            let seen = Seen()
            let address = SocketAddress(host: host, port: listener.address.port)
            world.network.connect(to: address, on: world.loops[0]) { result in
                if let stream = try? result.get() { return Recorder(stream, seen) }
                seen.finish()
                return nil
            }
            await seen.untilClosed()
        }
        #expect(peers.state.withLock { $0.events } == hosts)
        real.stop()
    }

    @Test(arguments: [
        ([AF_INET6, AF_INET], 1), ([AF_INET6, AF_INET6, AF_INET, AF_INET], 2), ([AF_INET, AF_INET6], 0),
        ([AF_INET6, AF_INET6], 0),
    ])
    func `of a name's addresses the first IPv4 one is taken, as in Java`(families: [Int32], place: Int) {
        let found = UnsafeMutablePointer<addrinfo>.allocate(capacity: families.count)
        defer { found.deallocate() }
        for (index, family) in families.enumerated() {
            var entry = addrinfo()
            entry.ai_family = family
            entry.ai_next = index + 1 < families.count ? found + index + 1 : nil
            (found + index).initialize(to: entry)
        }
        #expect(SocketAddresses.preferred(found) == found + place)
        real.stop()
    }

    @Test func `a connection that nobody takes is closed`() async throws {
        let listener = try listen { _ in nil }
        let seen = Seen()
        world.network.connect(to: listener.address, on: world.loops[0]) { result in
            (try? result.get()).map { Recorder($0, seen) }
        }
        await seen.untilClosed()
        #expect(seen.state.withLock { $0.bytes.isEmpty })
        real.stop()
    }
}
