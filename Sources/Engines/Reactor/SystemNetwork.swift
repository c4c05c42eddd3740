import CLinux
import Glibc
import Seams
import Synchronization

/// TCP of the machine.
package final class SystemNetwork: Network {
    private let pool: any DiskPool

    /// `pool` brings in parts of files that are to be sent and are not in memory.
    package init(pool: any DiskPool) { self.pool = pool }

    package func listen(
        on address: SocketAddress, backlog: Int, loops: [any EventLoop],
        accept: @escaping @Sendable (any ByteStream) -> (any StreamHandler)?
    ) throws(NetworkError) -> any ListeningSocket {
        let socket = try Self.listening(on: address, backlog: backlog)
        return SystemListener(socket, loops: loops.compactMap { $0 as? EpollLoop }, pool: pool, accept)
    }

    /// Without a host a listener takes clients of IPv6 and of IPv4, as in Java; where the machine has only IPv4, those.
    private static func listening(on address: SocketAddress, backlog: Int) throws(NetworkError) -> Int32 {
        guard address.host.isEmpty else { return try bound(to: address, backlog: backlog) }
        do throws(NetworkError) {
            return try bound(to: SocketAddress(host: "::", port: address.port), backlog: backlog)
        } catch {
            switch error {
            case .addressInUse, .notPermitted: throw error
            default: return try bound(to: address, backlog: backlog)
            }
        }
    }

    private static func bound(to address: SocketAddress, backlog: Int) throws(NetworkError) -> Int32 {
        var (storage, length) = try SocketAddresses.resolve(address)
        let socket = Glibc.socket(
            Int32(storage.ss_family), Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SocketAddresses.error(errno, address) }
        var (yes, no): (Int32, Int32) = (1, 0)
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        // `::` is both kinds, whatever the machine's default is; other addresses do not care.
        if Int32(storage.ss_family) == AF_INET6 { setsockopt(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, size) }
        let isBound = withAddress(&storage) { bind(socket, $0, length) == 0 }
        guard isBound, Glibc.listen(socket, Int32(backlog)) == 0 else {
            let error = SocketAddresses.error(errno, address)
            Glibc.close(socket)
            throw error
        }
        return socket
    }

    package func connect(
        to address: SocketAddress, on loop: any EventLoop,
        opened: @escaping @Sendable (Result<any ByteStream, NetworkError>) -> (any StreamHandler)?
    ) {
        guard let loop = loop as? EpollLoop else { preconditionFailure("a loop of another world") }
        loop.post { [pool] in
            do throws(NetworkError) {
                try Connecting(address, on: loop, pool: pool, opened).begin()
            } catch { _ = opened(.failure(error)) }
        }
    }

    static func withAddress<R>(_ storage: inout sockaddr_storage, _ body: (UnsafePointer<sockaddr>) -> R) -> R {
        withUnsafePointer(to: &storage) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}

/// A connection that is being opened. Held by its loop until it is open or has failed.
private final class Connecting: EpollSource {
    private let address: SocketAddress
    private let loop: EpollLoop
    private let pool: any DiskPool
    private let opened: @Sendable (Result<any ByteStream, NetworkError>) -> (any StreamHandler)?
    private var socket: Int32 = -1

    init(
        _ address: SocketAddress, on loop: EpollLoop, pool: any DiskPool,
        _ opened: @escaping @Sendable (Result<any ByteStream, NetworkError>) -> (any StreamHandler)?
    ) {
        (self.address, self.loop, self.pool, self.opened) = (address, loop, pool, opened)
    }

    func begin() throws(NetworkError) {
        var (storage, length) = try SocketAddresses.resolve(address)
        socket = Glibc.socket(
            Int32(storage.ss_family), Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SocketAddresses.error(errno, address) }
        let descriptor = socket
        let isRefused = SystemNetwork.withAddress(&storage) {
            Glibc.connect(descriptor, $0, length) != 0 && errno != EINPROGRESS
        }
        if isRefused {
            let error = SocketAddresses.error(errno, address)
            Glibc.close(socket)
            throw error
        }
        loop.watch(socket, EPOLLOUT.rawValue, self)
    }

    func ready(_ events: UInt32) {
        loop.forget(socket)
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else {
            Glibc.close(socket)
            _ = opened(.failure(SocketAddresses.error(code, address)))
            return
        }
        let stream = SocketStream(socket, on: loop, pool: pool)
        if let handler = opened(.success(stream)) { stream.begin(handler) } else { stream.refuse() }
    }
}
