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

    /// Hands `work` in. If the gate was idle, the caller does it, and whatever others hand in until the queue is empty, by
    /// `perform`, before this returns; else it returns at once, and the one who is at it does it.
    borrowing func enter(_ work: Work, perform: (Work) -> Void) {
        let isMine = state.withLock { state in
            if state.isBusy {
                state.queue.append(work)
                return false
            }
            state.isBusy = true
            return true
        }
        guard isMine else { return }
        var next: Work? = work
        while let work = next {
            perform(work)
            next = state.withLock { state in
                if let queued = state.queue.popFirst() { return queued }
                state.isBusy = false
                return nil
            }
        }
    }
}
