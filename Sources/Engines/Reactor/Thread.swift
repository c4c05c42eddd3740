import CLinux
import Glibc
import Synchronization

private final class ThreadBody {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
}

/// Starts a thread of the system under a name (Linux shows its first 15 bytes).
func startThread(name: String, into place: borrowing Mutex<pthread_t?>, _ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(name, body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { argument in
            let thread = Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue()
            pthread_setname_np(pthread_self(), String(thread.name.prefix(15)))
            thread.body()
            return nil
        }, box.toOpaque())
    precondition(code == 0, "no thread could be started: error \(code)")
    let started = thread
    place.withLock { $0 = started }
}
