import CLinux
import Glibc
import Vocabulary

/// What a program asks of the process that it is.
package enum SystemProcess {
    package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

    package static var id: Int32 { getpid() }

    /// Writes a line to standard error, unbuffered.
    package static func complain(_ line: String) { write(line + "\n", to: 2) }

    /// Writes a line to standard output, unbuffered, so that whoever waits for it sees it at once.
    package static func say(_ line: String) { write(line + "\n", to: 1) }

    private static func write(_ line: String, to descriptor: Int32) {
        let text = Array(line.utf8)
        var done = 0
        while done < text.count {
            let wrote = text[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if wrote < 0 && errno != EINTR { return }
            done += max(0, wrote)
        }
    }

    /// All environment variables.
    package static var environment: [String: String] {
        var found: [String: String] = [:]
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                found[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return found
    }

    /// `path` from the root on.
    package static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// The machine's name, for addresses that leave the host out.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The name by which others know the machine, as Java's `getCanonicalHostName`: in full where that can be found out.
    /// Looks it up, which may block.
    package static var canonicalHostName: String {
        let name = hostName
        var hints = addrinfo()
        hints.ai_flags = AI_CANONNAME
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &found) == 0, let found else { return name }
        defer { freeaddrinfo(found) }
        return found.pointee.ai_canonname.map { String(cString: $0) } ?? name
    }

    /// Raises the limit of open files to the most that is allowed: a log has three files open.
    package static func raiseOpenFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many processors the process may use.
    package static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// The signals that ask a server to stop.
    private static func stopSignals() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT] { sigaddset(&set, number) }
        return set
    }

    /// Keeps the signals that ask a server to stop from ending it. To be called before any thread is started: they inherit
    /// it. SIGHUP is passed over, so that a node outlives the terminal that started it.
    package static func holdStopSignals() {
        var set = stopSignals()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGHUP, SIG_IGN)
    }

    /// Waits, on this thread, until the process is asked to stop.
    package static func awaitStopSignal() {
        var set = stopSignals()
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
    }
}
