import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import Seams
import Testing

/// Broken bytes on the connections of a whole node. A crash or a hang is the failure; and so is anything that others notice:
/// who behaves is served all the while, in time, and finds the records that were acknowledged.
@Suite struct ConnectionFuzzTests {
    /// Whole requests as they stand on a connection, of every API that the node has. Topics that are made with a changed number
    /// may rightly have a million partitions.
    private static let frames: [[UInt8]] = {
        let goldens = (try? Fixture.lines("wire/frames.jsonl")) ?? []
        return goldens.filter {
            $0["kind"] as? String == "request" && $0["message"] as? String != "CreateTopicsRequest"
        }
        .compactMap { ($0["hex"] as? String).map(Self.bytes) }
    }()

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        func nibble(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { nibble(digits[$0]) << 4 | nibble(digits[$0 + 1]) }
    }

    @Test func `broken connections end or wait, and nobody else notices`() throws {
        #expect(Self.frames.count > 30)
        var answers = 0
        try Fuzzing.rounds(80) { seed in
            let bench = try ConnectionBench(seed: seed, Self.frames)
            try bench.run()
            #expect(bench.violations.isEmpty, "seed \(seed): \(bench.violations.prefix(3))")
            answers += bench.answers
        }
        #expect(answers > 20)
    }
}

/// A node, one client that behaves, and many that do not.
///
/// Owner: the thread that calls `run`.
private final class ConnectionBench: @unchecked Sendable {
    private let simulation: Simulation
    private let ledger: Ledger
    private let chance: SimulatedChance
    private let process: NodeProcess
    private let host: SimulatedHost
    private let frames: [[UInt8]]
    private var open: [BrokenPeer] = []
    private(set) var answers = 0

    var violations: [String] { ledger.violations }

    init(seed: UInt64, _ frames: [[UInt8]]) throws {
        self.frames = frames
        simulation = Simulation(seed: seed)
        simulation.limits.steps = 3_000_000
        simulation.limits.time = .seconds(600)
        ledger = Ledger(seed: seed, clock: simulation.clock)
        chance = SimulatedChance(seed: seed)
        host = simulation.host("10.0.0.2")
        process = try NodeProcess(simulation, ledger, chance)
    }

    deinit { simulation.end() }

    func run() throws {
        do {
            try simulation.run { [self] in await drive() }
        } catch { ledger.violate("\(error)") }
    }

    private func drive() async {
        process.start()
        while !process.isServing, ledger.violations.isEmpty { await simulation.driver.sleep(for: .milliseconds(2)) }
        let wire = WireClient("sound", ledger, on: host.world, loop: host.loops[0], to: NodeProcess.address)
        do throws(CallFailure) {
            let sound = SoundClient(wire, ledger)
            try await sound.begin()
            for _ in 0..<12 {
                for _ in 0...chance.below(4) { await connect() }
                try await sound.work()
            }
            for peer in open { peer.end() }
            try await sound.work()
            try await sound.readAll()
        } catch { ledger.violate("the sound client: \(error)") }
        answers = open.reduce(0) { $0 + $1.received }
        wire.disconnect()
        await process.stop(within: .seconds(12), on: simulation.driver)
    }

    private func connect() async {
        let peer = BrokenPeer(chance, script())
        open.append(peer)
        host.world.network.connect(to: NodeProcess.address, on: host.loops[0]) { result in
            guard case .success(let stream) = result else { return nil }
            peer.begin(stream)
            return peer
        }
        await simulation.driver.sleep(for: chance.delay(.milliseconds(0)...(.milliseconds(30))))
    }

    /// What one peer sends: sound requests at first, for some have to be in flight when the broken one comes.
    private func script() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<chance.below(3) { bytes += frames[chance.below(frames.count)] }
        switch chance.below(8) {
        case 0: bytes += chance.bytes(chance.below(400))
        case 1: bytes += sized(chance.bytes(chance.below(400)))
        case 2: bytes += [0x7f, 0xff, 0xff, UInt8(chance.below(256))] + chance.bytes(20)
        case 3: bytes += [0xff, 0xff, 0xff, UInt8(chance.below(256))] + chance.bytes(20)
        case 4: bytes += frames[chance.below(frames.count)].dropLast(1 + chance.below(8))
        default:
            // Broken behind its length, so that all of it comes to be read.
            var body = Array(frames[chance.below(frames.count)].dropFirst(4))
            chance.mutate(&body)
            bytes += sized(body)
        }
        return bytes
    }

    private func sized(_ body: [UInt8]) -> [UInt8] {
        let count = UInt32(body.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + body
    }
}

/// Sends its bytes in pieces, and ends in one of three ways or not at all.
private final class BrokenPeer: StreamHandler, @unchecked Sendable {
    private let chance: SimulatedChance
    private var script: ArraySlice<UInt8>
    private var stream: (any ByteStream)?
    private let space = ByteStorage(capacity: 4_096)
    private(set) var received = 0

    init(_ chance: SimulatedChance, _ script: [UInt8]) { (self.chance, self.script) = (chance, script[...]) }

    func begin(_ stream: any ByteStream) {
        self.stream = stream
        sendPiece()
    }

    func end() {
        stream?.close()
        stream = nil
    }

    private func sendPiece() {
        guard let stream else { return }
        let piece = script.prefix(chance.below(4) == 0 ? script.count : 1 + chance.below(40))
        script = script.dropFirst(piece.count)
        stream.write(ByteSlice(Array(piece)))
        guard script.isEmpty else {
            _ = stream.loop.schedule(after: chance.delay(.microseconds(10)...(.milliseconds(5)))) { [self] in
                sendPiece()
            }
            return
        }
        switch chance.below(4) {
        case 0: stream.closeOutput()
        case 1: end()
        default: break
        }
    }

    func spaceForReading() -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: space.base, count: space.capacity)
    }
    func received(_ count: Int) { received += 1 }
    func inputEnded() { end() }
    func drained() {}
    func closed(_ reason: StreamClosing) { stream = nil }
}
