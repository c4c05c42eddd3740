import Bytes
import Synchronization

/// Lets one caller at a time change a partition, without anybody waiting: whoever finds the gate idle works for itself and
/// for all who came meanwhile (flat combining). An uncontended passage costs an uncontended lock, twice.
///
/// `Work` is what is to be done, as a value; nothing is locked while it is done.
struct Gate<Work: Sendable>: ~Copyable, Sendable {
    // Not private: the compiler (6.3.1) then makes its metadata local to this file and fails to link the class that holds a gate.
    struct State {
        var isBusy = false
        var queue = Deque<Work>()
    }

    private let state = Mutex(State())

    init() {}

    /// What one caller does for others at most: it has a loop of its own to serve.
    private static var most: Int { 32 }

    /// Hands `work` in. If the gate was idle, the caller does it, and what others hand in meanwhile, by `perform`, before this
    /// returns; else it returns at once, and the one who is at it does it. When there is no end to it, `handOver` is called:
    /// somebody has to call `resume` then.
    borrowing func enter(_ work: Work, perform: (Work) -> Void, handOver: () -> Void) {
        let isMine = state.withLock { state in
            if state.isBusy {
                state.queue.append(work)
                return false
            }
            state.isBusy = true
            return true
        }
        guard isMine else { return }
        perform(work)
        resume(perform: perform, handOver: handOver)
    }

    /// Goes on with what waits, for the caller who has handed over.
    borrowing func resume(perform: (Work) -> Void, handOver: () -> Void) {
        for _ in 0..<Self.most {
            let next = state.withLock { state -> Work? in
                if let queued = state.queue.popFirst() { return queued }
                state.isBusy = false
                return nil
            }
            guard let next else { return }
            perform(next)
        }
        handOver()
    }
}
