import Synchronization

/// How many connections there are, in all and by address, over all loops of a listener.
final class ConnectionCounts: Sendable {
    private struct State {
        var total = 0
        var byAddress: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var total: Int { state.withLock { $0.total } }

    /// Counts a connection from `address` in, or says no.
    func admit(_ address: String, _ limits: TransportLimits) -> Bool {
        let most = limits.connectionsPerAddressOverrides[address] ?? limits.connectionsPerAddress
        return state.withLock { state in
            guard state.total < limits.connections, state.byAddress[address, default: 0] < most else { return false }
            state.total += 1
            state.byAddress[address, default: 0] += 1
            return true
        }
    }

    func leave(_ address: String) {
        state.withLock { state in
            state.total -= 1
            let left = state.byAddress[address, default: 1] - 1
            state.byAddress[address] = left == 0 ? nil : left
        }
    }
}
