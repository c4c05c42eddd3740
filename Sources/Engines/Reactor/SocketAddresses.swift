import CLinux
import Glibc
import Seams

/// Between our addresses in text and the kernel's.
enum SocketAddresses {
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
        var storage = sockaddr_storage()
        let count = Int(found.pointee.ai_addrlen)
        withUnsafeMutableBytes(of: &storage) {
            $0.baseAddress!.copyMemory(from: found.pointee.ai_addr, byteCount: count)
        }
        return (storage, found.pointee.ai_addrlen)
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
