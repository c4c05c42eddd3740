import Bytes
import Seams

/// One end of a simulated TCP connection.
///
/// Bytes go: `write` → the end's own queue → (at `flush`, while the window has room; file regions are read now) the wire
/// → (after the latency, in pieces of random size) the peer's receive buffer → the peer's handler, on its loop.
///
/// **Owner**: its loop; the fabric moves bytes between turns.
final class SimulatedStream: ByteStream, @unchecked Sendable {
    private enum Outgoing {
        case bytes(ByteSlice)
        case region(FileRegion)

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .region(let region): region.count
            }
        }
    }

    private enum Parcel {
        case bytes(ByteSlice)
        case end
    }

    let network: SimulatedNetwork
    let loop: any EventLoop
    let local: SocketAddress
    let peer: SocketAddress
    let isClient: Bool
    var lowWatermark = 0 { didSet { noteWatermark() } }
    private(set) var queuedByteCount = 0

    private weak var other: SimulatedStream?
    private var handler: (any StreamHandler)?
    private var isStarted = false
    private var isClosed = false

    private var outgoing: [Outgoing] = []
    private var isAboveWatermark = false
    private var endsOutput = false
    private var hasSentEnd = false
    private var flushesAtEndOfTurn = false

    /// On the way to the peer, or in its buffer and unread.
    private var inFlight = 0
    private let window: Int
    private var wire: [Parcel] = []
    private var isStalled = false
    /// Cut: nothing that is sent arrives any more.
    private var isBroken = false
    private var lastArrival = Instant(nanoseconds: 0)

    private var received: [ByteSlice] = []
    private var inputHasEnded = false
    private var inputIsFinished = false
    private var isPaused = false
    private var readIsPosted = false

    init(_ network: SimulatedNetwork, _ loop: any EventLoop, local: SocketAddress, peer: SocketAddress, isClient: Bool)
    {
        self.network = network
        self.loop = loop
        self.local = local
        self.peer = peer
        self.isClient = isClient
        window = Int(network.fabric.simulation.chance.between(network.fabric.window))
    }

    private var fabric: SimulatedFabric { network.fabric }
    private var simulation: Simulation { network.fabric.simulation }

    func connects(_ one: String, _ two: String) -> Bool {
        (local.host == one && peer.host == two) || (local.host == two && peer.host == one)
    }

    func pair(with end: SimulatedStream) {
        other = end
        end.other = self
    }

    /// On the loop, soon: asks for the handler and begins to read.
    func start(_ makeHandler: @escaping () -> (any StreamHandler)?) {
        let make = SingleThreaded(makeHandler)
        loop.post { [self] in
            let handler = make.value()
            isStarted = true
            guard let handler else { return close() }
            self.handler = handler
            if isClosed { return tellClosed(.failed("connection reset")) }
            read()
        }
    }

    // MARK: The owner's calls

    func write(_ bytes: ByteSlice) { queue(.bytes(bytes)) }
    func write(_ region: FileRegion) { queue(.region(region)) }

    private func queue(_ piece: Outgoing) {
        guard !isClosed, !endsOutput, piece.count > 0 else { return }
        outgoing.append(piece)
        queuedByteCount += piece.count
        noteWatermark()
        if !flushesAtEndOfTurn {
            flushesAtEndOfTurn = true
            loop.atEndOfTurn(self)
        }
    }

    private func noteWatermark() { if queuedByteCount > lowWatermark { isAboveWatermark = true } }

    func flush() {
        guard !isClosed, !network.isDead else { return }
        while let piece = outgoing.first, inFlight < window {
            let count = min(piece.count, window - inFlight, 1 + simulation.chance.below(fabric.largestPiece))
            guard let bytes = take(count, of: piece) else { return }
            queuedByteCount -= count
            send(.bytes(bytes))
        }
        if outgoing.isEmpty && endsOutput && !hasSentEnd {
            hasSentEnd = true
            send(.end)
            endIfFinished()
        }
        if isAboveWatermark && queuedByteCount <= lowWatermark {
            isAboveWatermark = false
            loop.post { [self] in if !isClosed { handler?.drained() } }
        }
    }

    /// The first `count` bytes of the first queued piece, read from disk if they are there. Nil after a failure.
    private func take(_ count: Int, of piece: Outgoing) -> ByteSlice? {
        switch piece {
        case .bytes(let bytes):
            if count == bytes.count { outgoing.removeFirst() } else { outgoing[0] = .bytes(bytes.dropFirst(count)) }
            return bytes.prefix(count)
        case .region(let region):
            let storage = ByteStorage(capacity: count)
            let target = UnsafeMutableRawBufferPointer(start: storage.base, count: count)
            do throws(DiskError) {
                guard try region.file.read(into: target, at: region.position) == count else {
                    fail("\(region.file.path) ends before the region does")
                    return nil
                }
            } catch {
                fail("\(error)")
                return nil
            }
            let rest = FileRegion(
                region.file, position: region.position + Int64(count), count: region.count - count)
            if rest.count == 0 { outgoing.removeFirst() } else { outgoing[0] = .region(rest) }
            return ByteSlice(storage, 0..<count)
        }
    }

    func pauseReading() { isPaused = true }

    func resumeReading() {
        isPaused = false
        postRead()
    }

    func closeOutput() {
        if isClosed { return }
        endsOutput = true
        flush()
    }

    func close() {
        if isClosed { return }
        // As TCP does: unread input makes it a reset, otherwise what is on the way still arrives, then the end.
        if received.isEmpty { endTransmission() } else { other?.resetSoon() }
        end(.byUs)
    }

    private func endTransmission() {
        outgoing = []
        if !hasSentEnd {
            hasSentEnd = true
            send(.end)
        }
    }

    private func fail(_ reason: String) {
        other?.resetSoon()
        end(.failed(reason))
    }

    // MARK: The wire

    private func send(_ parcel: Parcel) {
        if isBroken { return }
        if case .bytes(let bytes) = parcel { inFlight += bytes.count }
        wire.append(parcel)
        // Never overtaking what was sent before.
        let arrival = max(simulation.clock.now + simulation.chance.delay(fabric.latency), lastArrival)
        lastArrival = arrival
        simulation.schedule(at: arrival) { [self] in deliver() }
    }

    private func deliver() {
        if isStalled || fabric.isCut(local.host, peer.host) {
            isStalled = true
            return
        }
        guard !wire.isEmpty else { return }
        let parcel = wire.removeFirst()
        if let other { return other.arrived(parcel) }
        // The peer has closed and is gone: TCP answers bytes with a reset.
        if case .bytes = parcel { resetSoon(.byPeer) }
    }

    /// After a partition: what stalled is sent again.
    func resumeDelivery() {
        guard isStalled, !fabric.isCut(local.host, peer.host) else { return }
        isStalled = false
        lastArrival = simulation.clock.now + simulation.chance.delay(fabric.latency)
        for _ in wire { simulation.schedule(at: lastArrival) { [self] in deliver() } }
    }

    private func arrived(_ parcel: Parcel) {
        if network.isDead { return }
        switch parcel {
        case .bytes(let bytes):
            // Nobody is there to read: TCP answers with a reset.
            if isClosed { other?.resetSoon(.byPeer) } else { received.append(bytes) }
        case .end: inputHasEnded = true
        }
        postRead()
    }

    /// The peer has read `count` bytes; the news takes its time.
    private func acknowledged(_ count: Int) {
        simulation.schedule(after: simulation.chance.delay(fabric.latency)) { [weak self] in
            guard let self, !isClosed else { return }
            inFlight -= count
            loop.post { self.flush() }
        }
    }

    private func resetSoon(_ reason: StreamClosing = .failed("connection reset by peer")) {
        simulation.schedule(after: simulation.chance.delay(fabric.latency)) { [weak self] in self?.end(reason) }
    }

    /// A fault: both ends are told, at different times.
    func cut() {
        for end in [self, other].compactMap({ $0 }) {
            end.isBroken = true
            end.wire = []
            end.resetSoon(.failed("connection reset"))
        }
    }

    /// The process of this end is gone: it is told nothing, its peer gets a reset.
    func die() {
        isClosed = true
        handler = nil
        outgoing = []
        received = []
        wire = []
        other?.resetSoon()
    }

    // MARK: Reading

    private func postRead() {
        guard isStarted, !isClosed, !readIsPosted else { return }
        readIsPosted = true
        loop.post { [self] in
            readIsPosted = false
            read()
        }
    }

    private func read() {
        guard !isClosed, let handler else { return }
        while !isClosed, !isPaused, let first = received.first {
            let space = handler.spaceForReading()
            guard space.count > 0 else {
                isPaused = true
                return
            }
            let count = min(first.count, space.count)
            first.withBytes { space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            if count == first.count { received.removeFirst() } else { received[0] = first.dropFirst(count) }
            other?.acknowledged(count)
            handler.received(count)
        }
        if !isClosed && !isPaused && inputHasEnded && received.isEmpty {
            inputHasEnded = false
            inputIsFinished = true
            handler.inputEnded()
            endIfFinished()
        }
    }

    /// When both directions have ended there is nothing left to do with the stream.
    private func endIfFinished() { if hasSentEnd && inputIsFinished { end(.byPeer) } }

    // MARK: The end

    private func end(_ reason: StreamClosing) {
        if isClosed { return }
        isClosed = true
        fabric.forget(self)
        (outgoing, received, queuedByteCount) = ([], [], 0)
        if isStarted { tellClosed(reason) }
    }

    private func tellClosed(_ reason: StreamClosing) {
        loop.post { [self] in
            let told = handler
            handler = nil
            told?.closed(reason)
        }
    }
}

extension SimulatedStream: TurnTarget {
    func turnEnded() {
        flushesAtEndOfTurn = false
        flush()
    }
}

/// Carries something through a `Sendable` closure; right because a simulation has one thread.
private struct SingleThreaded<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
