import CLinux
import Glibc
import Seams

/// Between our addresses in text and the kernel's.
package enum SocketAddresses {
    /// Finds the numbers of a host; names are looked up, which may block: listeners and configured peers only.
    static func resolve(_ address: SocketAddress) throws(NetworkError) -> (sockaddr_storage, socklen_t) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let host: String? = address.host.isEmpty ? nil : address.host
        guard getaddrinfo(host, String(address.port), &hints, &found) == 0, let found else {
            throw .unknownHost(address.host)
        }
        defer { freeaddrinfo(found) }
        let chosen = preferred(found).pointee
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.baseAddress!.copyMemory(from: chosen.ai_addr, byteCount: Int(chosen.ai_addrlen))
        }
        return (storage, chosen.ai_addrlen)
    }

    /// The first IPv4 address where there is one, as in Java: a listener at `localhost` is then not at `::1` alone. Numbers
    /// in text lead to one address, so that IPv6 is still to be had by asking for it.
    package static func preferred(_ found: UnsafeMutablePointer<addrinfo>) -> UnsafeMutablePointer<addrinfo> {
        var next: UnsafeMutablePointer<addrinfo>? = found
        while let candidate = next {
            if candidate.pointee.ai_family == AF_INET { return candidate }
            next = candidate.pointee.ai_next
        }
        return found
    }

    static func local(of descriptor: Int32) -> SocketAddress { read { getsockname(descriptor, $0, $1) } }
    static func peer(of descriptor: Int32) -> SocketAddress { read { getpeername(descriptor, $0, $1) } }

    private static func read(
        _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard ask(address, &length) == 0 else { return SocketAddress(host: "unknown", port: 0) }
                return text(of: address, length)
            }
        }
    }

    private static func text(of address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t) -> SocketAddress {
        var host = [CChar](repeating: 0, count: 1025)
        var port = [CChar](repeating: 0, count: 32)
        getnameinfo(address, length, &host, 1025, &port, 32, NI_NUMERICHOST | NI_NUMERICSERV)
        func string(_ text: [CChar]) -> String {
            String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        // An IPv4 client on a listener for both kinds is known by its IPv4 address, as in Java.
        let mapped = "::ffff:"
        let name = string(host)
        let isMapped = name.hasPrefix(mapped) && name.contains(".")
        return SocketAddress(host: isMapped ? String(name.dropFirst(mapped.count)) : name, port: Int(string(port)) ?? 0)
    }

    static func error(_ code: Int32, _ address: SocketAddress) -> NetworkError {
        switch code {
        case EADDRINUSE: .addressInUse(address)
        case EADDRNOTAVAIL: .addressNotAvailable(address)
        case ECONNREFUSED: .refused(address)
        case EACCES, EPERM: .notPermitted(address)
        default: .other("\(address): \(String(cString: strerror(code)))")
        }
    }
}
