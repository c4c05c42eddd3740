import Bytes

/// The requests of a connection that are not answered yet, in order, with the answers that came before their turn.
struct AnswerQueue {
    private struct Slot {
        let charged: Int
        var answer: Answer?
    }

    private var slots = Deque<Slot>()
    private var firstNumber: UInt64 = 0

    var count: Int { slots.count }
    var isEmpty: Bool { count == 0 }

    /// Makes a place for the next request and gives its number.
    mutating func expect(charged: Int) -> UInt64 {
        slots.append(Slot(charged: charged))
        return firstNumber + UInt64(count) - 1
    }

    /// Puts an answer in its place; gives the bytes that were charged, or nil where none is awaited (any more).
    mutating func fill(_ number: UInt64, _ answer: Answer) -> Int? {
        guard number >= firstNumber, number - firstNumber < UInt64(count) else { return nil }
        let place = Int(number - firstNumber)
        guard slots[place].answer == nil else { return nil }
        slots[place].answer = answer
        return slots[place].charged
    }

    /// Takes the next answer if it is there.
    mutating func next() -> Answer? {
        guard let answer = slots.first?.answer else { return nil }
        slots.popFirst()
        firstNumber += 1
        return answer
    }

    /// Forgets all; gives the charges of those that were not answered.
    mutating func clear() -> [Int] {
        let charges = (0..<count).map { slots[$0] }.filter { $0.answer == nil }.map(\.charged)
        firstNumber += UInt64(count)
        slots.removeAll()
        return charges
    }
}
