import Bytes
import Seams

/// What the simulation itself will do at a moment: a timer falls due, bytes arrive, disk work is taken up.
struct Event: Comparable {
    let time: Instant
    /// Later made, later done, when the times are equal.
    let sequence: UInt64
    let action: () -> Void

    static func < (left: Event, right: Event) -> Bool {
        left.time != right.time ? left.time < right.time : left.sequence < right.sequence
    }
    static func == (left: Event, right: Event) -> Bool { left.sequence == right.sequence }
}

/// Events, earliest first.
struct EventQueue {
    private var heap = Heap<Event>()
    private var sequence: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var earliest: Instant? { heap.first?.time }

    mutating func add(at time: Instant, _ action: @escaping () -> Void) {
        sequence += 1
        heap.insert(Event(time: time, sequence: sequence, action: action))
    }

    mutating func takeEarliest() -> Event? { heap.removeFirst() }
}
