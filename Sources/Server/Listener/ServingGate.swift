import Synchronization

/// Keeps requests of clients until the node may answer them: its ports are bound early, so that clients connect, and nobody
/// is told that there are no brokers while this one is not unfenced yet.
package final class ServingGate: Sendable {
    private struct State: Sendable {
        var isOpen = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let opened = Atomic<Bool>(false)

    package init() {}

    /// True once requests are served.
    var isOpen: Bool { opened.load(ordering: .acquiring) }

    /// Does `work` when the gate opens; false if it is open.
    func wait(_ work: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if !state.isOpen { state.waiting.append(work) }
            return !state.isOpen
        }
    }

    /// From now on requests are served; those that wait are done in the order in which they came.
    package func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        opened.store(true, ordering: .releasing)
        for work in waiting { work() }
    }
}
