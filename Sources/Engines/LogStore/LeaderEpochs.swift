import Vocabulary

/// At which offset each leader epoch of a log began: entries ascend in both. Every epoch that led stands here, also one
/// that has appended nothing so far; the next one then takes its place.
package struct LeaderEpochs: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let epoch: LeaderEpoch
        package let start: Offset

        package init(epoch: LeaderEpoch, start: Offset) {
            self.epoch = epoch
            self.start = start
        }
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package var latest: LeaderEpoch { entries.last?.epoch ?? .none }

    /// Notes that `epoch` begins at `start`. Entries that begin there or later, or have a higher epoch, were mistaken and
    /// go. False when that is known already.
    @discardableResult
    package mutating func assign(_ epoch: LeaderEpoch, start: Offset) -> Bool {
        if let last = entries.last, last.epoch == epoch, last.start <= start { return false }
        guard epoch.rawValue >= 0, start.rawValue >= 0 else { return false }
        entries.removeAll { $0.epoch >= epoch || $0.start >= start }
        entries.append(Entry(epoch: epoch, start: start))
        return true
    }

    /// Forgets what lies at `end` or after it.
    package mutating func truncate(to end: Offset) { entries.removeAll { $0.start >= end } }

    /// Forgets epochs that ended at `start` or before it; the one that holds `start` begins there now.
    package mutating func truncate(from start: Offset) {
        guard let holder = entries.last(where: { $0.start <= start }) else { return }
        entries.removeAll { $0.start <= start }
        entries.insert(Entry(epoch: holder.epoch, start: start), at: 0)
    }

    /// The epoch of the record at `offset`; none when it lies before the first.
    package func epoch(at offset: Offset) -> LeaderEpoch { entries.last { $0.start <= offset }?.epoch ?? .none }

    /// The last epoch not above `epoch`, and where it ends (OffsetForLeaderEpoch): at `end` for the latest; none for an
    /// epoch above all; for one below all the start of the first that is known.
    package func end(of epoch: LeaderEpoch, logEnd end: Offset) -> (epoch: LeaderEpoch, end: Offset) {
        guard epoch != .none, let last = entries.last, epoch <= last.epoch else { return (.none, .none) }
        if epoch == last.epoch { return (epoch, end) }
        let next = entries.firstIndex { $0.epoch > epoch }!
        return next == 0 ? (epoch, entries[0].start) : (entries[next - 1].epoch, entries[next].start)
    }
}
