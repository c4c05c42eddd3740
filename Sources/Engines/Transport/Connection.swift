import Bytes
import Seams

/// One client's connection: frames in, answers out in the order of the requests.
///
/// Owner: its event loop; everything here is called there. Reading rests while too many requests are unanswered, too many
/// answered bytes are unsent, or the node's byte budget is used up; TCP then slows the client down.
package final class Connection {
    package let peer: SocketAddress
    package let local: SocketAddress
    package let loop: any EventLoop
    /// What the service keeps with the connection (client software, principal, fetch session of the moment).
    package let service: any RequestService

    private let stream: any ByteStream
    private let limits: TransportLimits
    private let budget: ByteBudget
    private let whenGone: (Connection) -> Void

    private var buffer = FrameBuffer()
    /// Charged for the frame that is being read, before it is a request.
    private var chargedForNext = 0
    private var unanswered = AnswerQueue()
    private var lastActivity: Instant
    private var timer: TimerID?
    /// Unsent bytes when last looked at: fewer now means that the client reads.
    private var unsentBefore = 0
    private var isReading = true
    private var isCutting = false
    private var isEnding = false
    private var isClosed = false

    init(
        _ stream: any ByteStream, limits: TransportLimits, budget: ByteBudget, service: any RequestService,
        whenGone: @escaping (Connection) -> Void
    ) {
        (self.stream, self.limits, self.budget, self.service) = (stream, limits, budget, service)
        self.whenGone = whenGone
        (peer, local, loop) = (stream.peer, stream.local, stream.loop)
        lastActivity = stream.loop.clock.now
        stream.lowWatermark = limits.unsentBytes / 2
        watchIdleness()
    }

    /// Gives the answer of request `number`. It leaves when all earlier ones have; a second answer is ignored.
    package func answer(_ number: UInt64, _ answer: Answer) {
        loop.assertCurrent()
        guard !isClosed, let charged = unanswered.fill(number, answer) else { return }
        budget.giveBack(charged)
        lastActivity = loop.clock.now
        sendReadyAnswers()
        unsentBefore = stream.queuedByteCount
        if !isCutting { resume() }
    }

    /// Takes no more requests, answers those in flight and closes then.
    package func finish() {
        isEnding = true
        if unanswered.isEmpty { stream.closeOutput() }
        closeIfDone()
    }

    /// Closes now.
    package func close() { stream.close() }

    private func sendReadyAnswers() {
        while let answer = unanswered.next() {
            switch answer {
            case .nothing: break
            case .close:
                isEnding = true
                unanswered.clear().forEach(budget.giveBack)
            case .frame(let parts):
                for part in parts {
                    switch part {
                    case .bytes(let bytes): stream.write(bytes)
                    case .region(let region): stream.write(region)
                    }
                }
            }
        }
        closeIfDone()
    }

    /// An ending connection goes as soon as its last answer has left.
    private func closeIfDone() {
        guard isEnding, unanswered.isEmpty, !isClosed else { return }
        stream.flush()
        if stream.queuedByteCount == 0 { stream.close() } else { stream.lowWatermark = 0 }
    }
}

// MARK: - Reading

extension Connection: StreamHandler {
    package func spaceForReading() -> UnsafeMutableRawBufferPointer {
        guard mayReadMore else {
            isReading = false
            return UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        return buffer.space()
    }

    package func received(_ count: Int) {
        buffer.filled(count)
        lastActivity = loop.clock.now
        cutRequests()
    }

    package func inputEnded() {
        finish()
        if !isClosed { awaitLastAnswers() }
    }

    package func drained() {
        closeIfDone()
        if !isClosed { resume() }
    }

    package func closed(_ reason: StreamClosing) {
        guard !isClosed else { return }
        isClosed = true
        unanswered.clear().forEach(budget.giveBack)
        budget.giveBack(chargedForNext)
        chargedForNext = 0
        // What is left of a frame that will never be whole, and the timer that holds on to the connection.
        buffer = FrameBuffer()
        if let timer { loop.cancel(timer) }
        service.connectionClosed(self)
        whenGone(self)
    }

    private var mayReadMore: Bool {
        !isEnding && !isClosed && unanswered.count < limits.unansweredRequests
            && stream.queuedByteCount <= limits.unsentBytes && !isOverBudget
    }

    /// A frame's size is known, and the budget has no room for it yet.
    private var isOverBudget: Bool { chargedForNext == 0 && buffer.nextSize != nil }

    private func resume() {
        guard !isReading || buffer.unread > 0 else { return }
        cutRequests()
        if !isReading, mayReadMore {
            isReading = true
            stream.resumeReading()
        }
    }

    /// Hands over every whole frame that limits allow. Not reentrant: an answer given within `received` ends up here again.
    private func cutRequests() {
        guard !isCutting else { return }
        isCutting = true
        defer { isCutting = false }
        while !isEnding, !isClosed, unanswered.count < limits.unansweredRequests,
            stream.queuedByteCount <= limits.unsentBytes, let size = buffer.nextSize
        {
            guard size >= Request.smallestFrame, size <= limits.requestBytes else { return refuseFrame() }
            guard charge(Int(size)), let frame = buffer.takeFrame(size: Int(size)) else { return }
            let number = unanswered.expect(charged: chargedForNext)
            chargedForNext = 0
            service.received(Request(number: number, frame: frame, arrival: lastActivity), on: self)
        }
        if buffer.unread == 0 { buffer.rest() }
    }

    /// Kafka closes at once on a size that cannot be; answers that are still due go with it.
    private func refuseFrame() {
        isEnding = true
        stream.close()
    }

    private func charge(_ size: Int) -> Bool {
        if chargedForNext > 0 { return true }
        let home = LoopBound(Weak(self), to: loop)
        let isCharged = budget.charge(size) { home.loop.post { home.unwrapped.connection?.resume() } }
        if isCharged { chargedForNext = size }
        return isCharged
    }
}

/// Lets a sleeping wake-up not keep a connection alive.
private final class Weak {
    weak var connection: Connection?
    init(_ connection: Connection) { self.connection = connection }
}

// MARK: - Time

extension Connection: TimerTarget {
    private func watchIdleness() { timer = loop.schedule(at: lastActivity + limits.idle, self, token: 0) }

    /// One timer at a time: it is not moved with each request, but looks when it fires how long to wait on.
    package func timerFired(_ token: UInt64) {
        guard !isClosed else { return }
        if token == Self.endTimer { return endAfterGrace() }
        if isBusy {
            lastActivity = loop.clock.now
            unsentBefore = stream.queuedByteCount
        } else if loop.clock.now >= lastActivity + limits.idle {
            return stream.close()
        }
        watchIdleness()
    }

    /// Not idle though nothing came: a request is in work, the client takes its answer slowly, or it is the node that does
    /// not read on, since its byte budget is used up.
    private var isBusy: Bool {
        let unsent = stream.queuedByteCount
        return !unanswered.isEmpty || unsent < unsentBefore || isOverBudget && unsent <= limits.unsentBytes
    }

    private static let endTimer: UInt64 = 1
    /// How long a client that has closed its side is waited for. Kafka closes at once; but there are clients that send
    /// their requests, end their output and then read. More than what is nearly done they do not get: else a Fetch that
    /// waits for days would hold the socket of a client that is long gone.
    private static let grace = Nanoseconds.seconds(5)

    private func awaitLastAnswers() {
        if let timer { loop.cancel(timer) }
        unsentBefore = stream.queuedByteCount
        timer = loop.schedule(at: loop.clock.now + Self.grace, self, token: Self.endTimer)
    }

    /// What is not answered by now never will be; what is on its way goes on while the client takes some of it.
    private func endAfterGrace() {
        let unsent = unsentBefore
        let isWaiting = !unanswered.isEmpty
        unanswered.clear().forEach(budget.giveBack)
        if stream.queuedByteCount > 0, isWaiting || stream.queuedByteCount < unsent {
            awaitLastAnswers()
            closeIfDone()
        } else {
            stream.close()
        }
    }
}
