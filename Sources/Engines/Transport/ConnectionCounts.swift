import Synchronization

/// How many connections there may be.
package struct ConnectionLimits: Sendable {
    /// `max.connections`.
    package var total = Int(Int32.max)
    /// `max.connections.per.ip` and its overrides by address.
    package var perAddress = Int(Int32.max)
    package var perAddressOverrides: [String: Int] = [:]
    /// `listener.name.NAME.max.connections`, by the listener's name.
    package var perListener: [String: Int] = [:]

    package init() {}
}

/// How many connections there are, in all, by address and by listener, and how many there may be: over all loops of all
/// listeners that share it. New limits hold for connections that come from then on.
package final class ConnectionCounts: Sendable {
    private struct State {
        var limits: ConnectionLimits
        var total = 0
        var byAddress: [String: Int] = [:]
        var byListener: [String: Int] = [:]
    }

    private let state: Mutex<State>

    package init(_ limits: ConnectionLimits = ConnectionLimits()) { state = Mutex(State(limits: limits)) }

    package var total: Int { state.withLock { $0.total } }

    package var limits: ConnectionLimits {
        get { state.withLock { $0.limits } }
        set { state.withLock { $0.limits = newValue } }
    }

    func count(on listener: String) -> Int { state.withLock { $0.byListener[listener, default: 0] } }

    /// Counts a connection from `address` in, or says no.
    func admit(_ address: String, on listener: String) -> Bool {
        state.withLock { state in
            let limits = state.limits
            let fromThere = state.byAddress[address, default: 0]
            let onListener = state.byListener[listener, default: 0]
            guard state.total < limits.total, onListener < limits.perListener[listener] ?? .max,
                fromThere < limits.perAddressOverrides[address] ?? limits.perAddress
            else { return false }
            state.total += 1
            state.byAddress[address] = fromThere + 1
            state.byListener[listener] = onListener + 1
            return true
        }
    }

    func leave(_ address: String, on listener: String) {
        state.withLock { state in
            state.total -= 1
            state.byListener[listener, default: 1] -= 1
            let left = state.byAddress[address, default: 1] - 1
            state.byAddress[address] = left == 0 ? nil : left
        }
    }
}
