import CLinux
import Glibc
import Seams
import Synchronization

/// A listening socket. Accepts on the first loop and deals the connections over all.
final class SystemListener: ListeningSocket, EpollSource, TimerTarget, @unchecked Sendable {
    let address: SocketAddress

    private let socket: Int32
    private let loops: [EpollLoop]
    private let pool: any DiskPool
    private let accept: @Sendable (any ByteStream) -> (any StreamHandler)?
    private let isClosed = Atomic<Bool>(false)
    /// Owner of the rest: the first loop.
    private var nextLoop = 0
    /// Given up for a moment to accept and drop a connection when no descriptor is left, since one that is left waiting
    /// would wake the loop for ever.
    private var spare = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)

    init(
        _ socket: Int32, loops: [EpollLoop], pool: any DiskPool,
        _ accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?
    ) {
        (self.socket, self.loops, self.pool, self.accept) = (socket, loops, pool, accept)
        address = SocketAddresses.local(of: socket)
        loops[0].post { [self] in loops[0].watch(socket, EPOLLIN.rawValue, self) }
    }

    deinit { if spare >= 0 { Glibc.close(spare) } }

    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        // New connections are refused from now on, even before the loop has let go of the socket.
        shutdown(socket, Int32(SHUT_RDWR))
        loops[0].post { [self] in
            loops[0].forget(socket)
            Glibc.close(socket)
        }
    }

    func ready(_ events: UInt32) {
        for _ in 0..<64 where !isClosed.load(ordering: .relaxed) {
            let connection = accept4(socket, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            if connection >= 0 {
                deal(connection)
            } else if errno == EMFILE || errno == ENFILE {
                return dropOne()
            } else if errno != EINTR && errno != ECONNABORTED {
                return
            }
        }
    }

    private func deal(_ connection: Int32) {
        let loop = loops[nextLoop % loops.count]
        nextLoop &+= 1
        loop.post { [accept, pool] in
            let stream = SocketStream(connection, on: loop, pool: pool)
            if let handler = accept(stream) { stream.begin(handler) } else { stream.refuse() }
        }
    }

    private func dropOne() {
        if spare >= 0 { Glibc.close(spare) }
        let connection = accept4(socket, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
        if connection >= 0 { Glibc.close(connection) }
        spare = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        loops[0].change(socket, 0)
        loops[0].schedule(at: loops[0].clock.now + .milliseconds(100), self, token: 0)
    }

    func timerFired(_ token: UInt64) {
        if !isClosed.load(ordering: .relaxed) { loops[0].change(socket, EPOLLIN.rawValue) }
    }
}
