/// A queue in a ring: taking from the front and adding at either end cost the same however many there are.
///
/// The ring keeps its capacity when elements leave, so that a queue that has found its size allocates no more.
public struct Deque<Element> {
    /// A power of two long, or empty.
    @usableFromInline var ring: [Element?] = []
    @usableFromInline var head = 0
    @usableFromInline var held = 0

    @inlinable public init() {}

    @inlinable public var count: Int { held }
    @inlinable public var isEmpty: Bool { count == 0 }
    @inlinable public var first: Element? { count == 0 ? nil : ring[head] }

    /// The element at `index`, from 0 at the front.
    @inlinable public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            // A place within `count` always holds an element.
            return ring[(head + index) & (ring.count - 1)].unsafelyUnwrapped
        }
        set {
            precondition(index >= 0 && index < count)
            ring[(head + index) & (ring.count - 1)] = newValue
        }
    }

    @inlinable public mutating func append(_ element: Element) {
        if count == ring.count { grow() }
        ring[(head + count) & (ring.count - 1)] = element
        held += 1
    }

    @inlinable public mutating func prepend(_ element: Element) {
        if count == ring.count { grow() }
        head = (head + ring.count - 1) & (ring.count - 1)
        ring[head] = element
        held += 1
    }

    @discardableResult @inlinable public mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = ring[head].take()
        head = (head + 1) & (ring.count - 1)
        held -= 1
        return element
    }

    /// Lets all go, elements and ring.
    @inlinable public mutating func removeAll() { self = Deque() }

    /// Lets an empty deque's ring go if it is longer than `capacity`, as it is after a burst.
    @inlinable public mutating func shrink(to capacity: Int) {
        if isEmpty && ring.count > capacity { removeAll() }
    }

    @inlinable mutating func grow() {
        var larger: [Element?] = []
        larger.reserveCapacity(max(8, ring.count * 2))
        for index in 0..<count { larger.append(ring[(head + index) & (ring.count - 1)]) }
        while larger.count < max(8, ring.count * 2) { larger.append(nil) }
        ring = larger
        head = 0
    }
}
