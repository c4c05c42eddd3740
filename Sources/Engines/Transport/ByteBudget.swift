import Seams
import Synchronization

/// The bytes of requests that may be held by all connections together (`queued.max.request.bytes`).
///
/// A frame is charged when its size is known and given back when its request is answered. Where the budget is used up, a
/// connection stops reading and waits to be woken. As in Kafka's pool a frame of any size is let in while anything is free,
/// so that small ones do not starve a large one and a small budget slows but never blocks; so memory is bounded by the
/// budget, one largest frame, and one read buffer a connection.
package final class ByteBudget: Sendable {
    private struct State {
        var charged = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// `limit` in bytes; nil is none, as are Kafka's 0 and below.
    package init(limit: Int?) { self.limit = limit.map { $0 > 0 ? $0 : .max } ?? .max }

    /// Bytes charged now.
    package var charged: Int { state.withLock { $0.charged } }

    /// Takes `count` bytes, or false. Then `wake` is called once when some were given back, on any thread.
    func charge(_ count: Int, orWake wake: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.charged < limit {
                state.charged += count
                return true
            }
            state.waiting.append(wake)
            return false
        }
    }

    func giveBack(_ count: Int) {
        let woken = state.withLock { state in
            state.charged -= count
            return exchange(&state.waiting, with: [])
        }
        for wake in woken { wake() }
    }
}
