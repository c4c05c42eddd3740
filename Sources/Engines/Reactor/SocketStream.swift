import Bytes
import CLinux
import Glibc
import Seams

/// A TCP connection on its loop.
final class SocketStream: ByteStream, EpollSource, TurnTarget {
    /// Most bytes read in one turn, so that a fast sender does not keep the loop from its other connections.
    private static let readPerTurn = 512 * 1024

    let peer: SocketAddress
    let local: SocketAddress
    var lowWatermark = 0 { didSet { noteWatermark() } }

    private let socket: Int32
    private let home: EpollLoop
    private let pool: any DiskPool
    private var handler: (any StreamHandler)?
    private var queue = WriteQueue()
    private var interest: UInt32 = 0
    private var wantsToRead = true
    private var isInputEnded = false
    private var outputEnding = false
    private var isOutputEnded = false
    private var isWarming = false
    private var isFlushDue = false
    private var wasAboveWatermark = false
    private var closing: StreamClosing?

    /// Takes over a connected, non-blocking socket. On the loop.
    init(_ socket: Int32, on loop: EpollLoop, pool: any DiskPool) {
        (self.socket, home, self.pool) = (socket, loop, pool)
        peer = SocketAddresses.peer(of: socket)
        local = SocketAddresses.local(of: socket)
        var yes: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        // As Kafka does: a peer that has gone without a word is found out, even while a request of its is parked.
        setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, socklen_t(MemoryLayout<Int32>.size))
        var room = Self.sendBuffer
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Bytes that the kernel may hold unsent. Left to itself it lets them grow to several MiB, which no longer fit the
    /// processor's caches: with this bound `sendfile` to a fast reader costs a sixth less CPU per GB (measured from 100 KiB,
    /// which costs more again, to unbounded). Over a slow, long line it is five times what Kafka's default allows.
    private static let sendBuffer: Int32 = 512 * 1024

    var loop: any EventLoop { home }
    var queuedByteCount: Int { queue.byteCount }

    /// Gives the stream its owner and begins to read.
    func begin(_ handler: any StreamHandler) {
        self.handler = handler
        interest = EPOLLIN.rawValue
        home.watch(socket, interest, self)
        if let closing { end(closing) } else if !queue.isEmpty { flush() }
    }

    /// Closes a socket that nobody wants.
    func refuse() {
        closing = .byUs
        Glibc.close(socket)
    }

    func write(_ bytes: ByteSlice) {
        guard closing == nil, !outputEnding else { return }
        queue.append(bytes)
        flushAtEndOfTurn()
    }

    func write(_ region: FileRegion) {
        guard closing == nil, !outputEnding else { return }
        queue.append(region)
        flushAtEndOfTurn()
    }

    private func flushAtEndOfTurn() {
        noteWatermark()
        guard !isFlushDue else { return }
        isFlushDue = true
        home.atEndOfTurn(self)
    }

    private func noteWatermark() { if queue.byteCount > lowWatermark { wasAboveWatermark = true } }

    func turnEnded() {
        isFlushDue = false
        if let closing, handler != nil { return tellClosed(closing) }
        flush()
        tellDrained()
    }

    func flush() {
        guard closing == nil, !isWarming, handler != nil else { return }
        switch queue.send(to: socket) {
        case .sent:
            if outputEnding { sendFIN() }
        case .full: break
        case .cold(let region): warm(region)
        case .failed(let code): end(code == EPIPE || code == ECONNRESET ? .byPeer : .failed(Self.text(code)))
        }
        updateInterest()
    }

    /// Told outside of the owner's own calls: from an event or the turn's end.
    private func tellDrained() {
        guard wasAboveWatermark, queue.byteCount <= lowWatermark, closing == nil else { return }
        wasAboveWatermark = false
        handler?.drained()
    }

    /// Lets the disk pool read a region once, so that the loop does not wait for the disk in `sendfile`.
    private func warm(_ region: FileRegion) {
        isWarming = true
        let stream = LoopBound(self, to: home)
        pool.run {
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)
            defer { scratch.deallocate() }
            var position = region.position
            let end = region.position + Int64(region.count)
            while position < end, let got = try? region.file.read(into: scratch, at: position), got > 0 {
                position += Int64(got)
            }
            stream.loop.post { stream.unwrapped.isWarmNow() }
        }
    }

    private func isWarmNow() {
        isWarming = false
        queue.frontIsWarm()
        flush()
        tellDrained()
    }

    func pauseReading() {
        wantsToRead = false
        updateInterest()
    }

    func resumeReading() {
        wantsToRead = true
        updateInterest()
    }

    func closeOutput() {
        guard !outputEnding else { return }
        outputEnding = true
        if queue.isEmpty, handler != nil { sendFIN() }
    }

    private func sendFIN() {
        guard !isOutputEnded, closing == nil else { return }
        isOutputEnded = true
        shutdown(socket, Int32(SHUT_WR))
        if isInputEnded { end(.byPeer) }
    }

    func close() { end(.byUs) }

    private func updateInterest() {
        guard closing == nil, handler != nil else { return }
        var wanted: UInt32 = 0
        if wantsToRead && !isInputEnded { wanted |= EPOLLIN.rawValue }
        if !queue.isEmpty && !isWarming { wanted |= EPOLLOUT.rawValue }
        guard wanted != interest else { return }
        interest = wanted
        home.change(socket, wanted)
    }

    func ready(_ events: UInt32) {
        if events & EPOLLIN.rawValue != 0 { readWhatIsThere() }
        if events & EPOLLOUT.rawValue != 0 {
            flush()
            tellDrained()
        }
        // After what could still be read: reset, or both directions shut.
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0, closing == nil,
            events & EPOLLIN.rawValue == 0 || isInputEnded
        {
            end(.byPeer)
        }
    }

    private func readWhatIsThere() {
        var left = Self.readPerTurn
        while left > 0, wantsToRead, !isInputEnded, closing == nil, let handler {
            let space = handler.spaceForReading()
            guard let base = space.baseAddress, space.count > 0 else { return pauseReading() }
            let got = recv(socket, base, space.count, 0)
            if got > 0 {
                left -= got
                handler.received(got)
                // The socket was empty, most likely: do not ask again only to hear it.
                if got < space.count { return }
            } else if got == 0 {
                isInputEnded = true
                updateInterest()
                handler.inputEnded()
                if isOutputEnded { end(.byPeer) }
            } else if errno == EINTR {
                continue
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return
            } else {
                return end(errno == ECONNRESET ? .byPeer : .failed(Self.text(errno)))
            }
        }
    }

    /// Closes the socket now; the owner hears of it when the turn ends.
    private func end(_ reason: StreamClosing) {
        guard closing == nil else { return }
        closing = reason
        queue.clear()
        guard handler != nil else { return }
        home.forget(socket)
        Glibc.close(socket)
        if !isFlushDue {
            isFlushDue = true
            home.atEndOfTurn(self)
        }
    }

    private func tellClosed(_ reason: StreamClosing) {
        let told = handler
        handler = nil
        told?.closed(reason)
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
