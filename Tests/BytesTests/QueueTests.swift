import Bytes
import Testing

struct QueueTests {
    @Test func `a deque gives back what was added in order, across the ring's end and its growth`() {
        var deque = Deque<Int>()
        var expected: [Int] = []
        for round in 0..<200 {
            deque.append(round)
            expected.append(round)
            if round % 3 == 0 { #expect(deque.popFirst() == expected.removeFirst()) }
        }
        #expect((0..<deque.count).map { deque[$0] } == expected)
        deque.prepend(-1)
        #expect(deque.first == -1 && deque.count == expected.count + 1)
        deque[0] = -2
        #expect(deque.popFirst() == -2)
        while let next = deque.popFirst() { #expect(next == expected.removeFirst()) }
        #expect(expected.isEmpty && deque.isEmpty)
    }

    @Test func `a heap gives the smallest first`() {
        var heap = Heap<Int>()
        for value in 0..<500 { heap.insert(value * 7919 % 500) }
        for value in 0..<500 { #expect(heap.removeFirst() == value) }
        #expect(heap.removeFirst() == nil)
    }
}
