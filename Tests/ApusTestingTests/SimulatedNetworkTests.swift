import ApusTesting
import Bytes
import Seams
import Testing

/// Sends back what it gets.
private final class Echo: StreamHandler {
    private let stream: any ByteStream
    private let buffer = ByteStorage(capacity: 1000)
    init(_ stream: any ByteStream) { self.stream = stream }
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: buffer.base, count: buffer.capacity) }
    func received(_ count: Int) {
        stream.write(ByteSlice(copying: UnsafeRawBufferPointer(start: buffer.base, count: count)))
    }
    func inputEnded() { stream.closeOutput() }
    func drained() {}
    func closed(_ reason: StreamClosing) {}
}

/// Writes something, collects what comes.
private final class Collector: StreamHandler {
    let stream: any ByteStream
    let notes: Notes
    var bytes: [UInt8] = []
    private let buffer = ByteStorage(capacity: 777)
    init(_ stream: any ByteStream, _ notes: Notes) {
        self.stream = stream
        self.notes = notes
    }
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: buffer.base, count: buffer.capacity) }
    func received(_ count: Int) {
        bytes += UnsafeRawBufferPointer(start: buffer.base, count: count)
        notes.bytes = bytes
    }
    func inputEnded() {
        notes.add("end")
        stream.close()
    }
    func drained() { notes.add("drained") }
    func closed(_ reason: StreamClosing) { notes.add("\(reason)") }
}

/// Reads nothing.
private final class Deaf: StreamHandler {
    func spaceForReading() -> UnsafeMutableRawBufferPointer { .init(start: nil, count: 0) }
    func received(_ count: Int) {}
    func inputEnded() {}
    func drained() {}
    func closed(_ reason: StreamClosing) {}
}

struct SimulatedNetworkTests {
    private let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    private func listen(
        _ host: SimulatedHost, _ accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?
    ) throws -> any ListeningSocket {
        try host.network.listen(
            on: SocketAddress(host: "0.0.0.0", port: 9092), backlog: 10, loops: host.loops, accept: accept)
    }

    private func send(
        _ bytes: [UInt8], from client: SimulatedHost, to server: SimulatedHost, _ notes: Notes, ends: Bool = true
    ) {
        client.network.connect(
            to: SocketAddress(host: server.address, port: 9092), on: client.loops[0]
        ) { result in
            guard case .success(let stream) = result else {
                notes.add("\(result)")
                return nil
            }
            stream.write(ByteSlice(bytes))
            if ends { stream.closeOutput() }
            notes.queued = { stream.queuedByteCount }
            return Collector(stream, notes)
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `an echo gives back every byte in order, then the end`(seed: UInt64) throws {
        let simulation = Simulation(seed: seed)
        let (server, client) = (simulation.host("server", loops: 2), simulation.host("client"))
        let listening = try listen(server) { Echo($0) }
        let notes = Notes()
        send(content, from: client, to: server, notes)
        try simulation.runUntilIdle()
        let isWhole = notes.bytes == content
        #expect(isWhole)
        #expect(notes.lines.filter { $0 != "drained" } == ["end", "byUs"])
        #expect(listening.address == SocketAddress(host: "server", port: 9092))
    }

    @Test func `a cut resets the stream after a true beginning of the bytes`() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let simulation = Simulation(seed: seed)
            simulation.fabric.window = 1000...8000
            let (server, client) = (simulation.host("server"), simulation.host("client"))
            let listening = try listen(server) { Echo($0) }
            let notes = Notes()
            send(content, from: client, to: server, notes)
            simulation.schedule(after: .milliseconds(4)) { simulation.fabric.cutStreams(server, client) }
            try simulation.runUntilIdle()
            let isBeginning = content.starts(with: notes.bytes)
            #expect(isBeginning)
            #expect(notes.bytes.count < content.count)
            #expect(notes.lines.last == "failed(\"connection reset\")")
            #expect(simulation.fabric.openStreamCount == 0)
            listening.close()
        }
    }

    @Test func `a peer that does not read holds the writer back`() throws {
        let simulation = Simulation(seed: 3)
        simulation.fabric.window = 10_000...10_000
        let (server, client) = (simulation.host("server"), simulation.host("client"))
        let listening = try listen(server) { _ in Deaf() }
        let notes = Notes()
        send(content, from: client, to: server, notes, ends: false)
        try simulation.runUntilIdle()
        #expect(notes.queued?() == content.count - 10_000)
        #expect(notes.lines.isEmpty)
        listening.close()
    }

    @Test func `a region of a file is sent from the disk`() throws {
        let simulation = Simulation(seed: 3)
        let (server, client) = (simulation.host("server"), simulation.host("client"))
        let file = try server.disk.open("/segment", .create)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        let listening = try listen(server) { stream in
            stream.write(FileRegion(file, position: 1000, count: 150_000))
            stream.closeOutput()
            return Echo(stream)
        }
        let notes = Notes()
        send([], from: client, to: server, notes)
        try simulation.runUntilIdle()
        #expect(notes.bytes == Array(content[1000..<151_000]))
        listening.close()
    }

    @Test func `connecting fails as it does in life`() throws {
        let simulation = Simulation(seed: 3)
        let (server, client) = (simulation.host("server"), simulation.host("client"))
        func attempt() throws -> String? {
            let notes = Notes()
            send([1], from: client, to: server, notes)
            try simulation.run(for: .seconds(200))
            return notes.lines.first
        }
        #expect(try attempt()?.contains("refused") == true)
        let listening = try listen(server) { Echo($0) }
        #expect(throws: NetworkError.addressInUse(SocketAddress(host: "0.0.0.0", port: 9092))) {
            try listen(server) { Echo($0) }
        }
        simulation.fabric.partition(server, client)
        #expect(try attempt()?.contains("timed out") == true)
        simulation.fabric.heal(server, client)
        #expect(try attempt() == "drained")
        server.crash()
        #expect(try attempt()?.contains("timed out") == true)
        listening.close()
    }

    @Test func `a partition stalls a stream and loses nothing`() throws {
        let simulation = Simulation(seed: 8)
        simulation.fabric.window = 1000...8000
        let (server, client) = (simulation.host("server"), simulation.host("client"))
        let listening = try listen(server) { Echo($0) }
        let notes = Notes()
        send(content, from: client, to: server, notes)
        try simulation.run(for: .milliseconds(3))
        simulation.fabric.partition(server, client)
        try simulation.run(for: .seconds(60))
        let before = notes.bytes.count
        #expect(before < content.count)
        simulation.fabric.heal(server, client)
        try simulation.runUntilIdle()
        let isWhole = notes.bytes == content
        #expect(isWhole)
        listening.close()
    }

    @Test func `a crash of one host resets the streams of its peers`() throws {
        let simulation = Simulation(seed: 8)
        simulation.fabric.window = 1000...8000
        let (server, client) = (simulation.host("server"), simulation.host("client"))
        let listening = try listen(server) { Echo($0) }
        let notes = Notes()
        send(content, from: client, to: server, notes)
        simulation.schedule(after: .milliseconds(3)) { server.crash() }
        try simulation.runUntilIdle()
        #expect(notes.lines.last == "failed(\"connection reset by peer\")")
        #expect(simulation.fabric.openStreamCount == 0)
        // The port is free again for the next process.
        server.restart()
        #expect(throws: Never.self) { try listen(server) { Echo($0) } }
        listening.close()
    }
}
