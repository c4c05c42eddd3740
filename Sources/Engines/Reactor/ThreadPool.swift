import Bytes
import Glibc
import Seams
import Synchronization

/// A few threads for disk work that blocks.
package final class ThreadPool: DiskPool, @unchecked Sendable {
    // A condition needs its own kind of lock: both live at fixed addresses until the pool goes.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by `lock`.
    private var queue = Deque<@Sendable () -> Void>()
    private var isStopping = false
    private let threads: [ThreadHandle]

    private final class ThreadHandle: Sendable {
        let thread = Mutex<pthread_t?>(nil)
    }

    package init(threads count: Int) {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(condition, nil)
        threads = (0..<count).map { _ in ThreadHandle() }
        for (index, handle) in threads.enumerated() {
            startThread(name: "disk-\(index)", into: handle.thread) { [self] in work() }
        }
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(condition)
        lock.deallocate()
        condition.deallocate()
    }

    package func run(_ work: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(lock)
        queue.append(work)
        pthread_mutex_unlock(lock)
        pthread_cond_signal(condition)
    }

    /// Does what is queued, then ends the threads. Their hold on the pool ends with them.
    package func stop() {
        pthread_mutex_lock(lock)
        isStopping = true
        pthread_mutex_unlock(lock)
        pthread_cond_broadcast(condition)
        for handle in threads { if let thread = handle.thread.withLock({ $0 }) { pthread_join(thread, nil) } }
    }

    private func work() {
        while true {
            pthread_mutex_lock(lock)
            while queue.isEmpty && !isStopping { pthread_cond_wait(condition, lock) }
            let next = queue.popFirst()
            pthread_mutex_unlock(lock)
            guard let next else { return }
            next()
        }
    }
}
