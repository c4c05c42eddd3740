import Vocabulary

/// Records that take things away, cut into batches that every log takes: there may be as many as a coordinator has offsets.
struct Tombstones {
    /// What a batch may come to. `max.message.bytes` is 1 MiB by default; no estimate has to be good with this.
    private static let batchBytes = 64 << 10
    /// A record around its key.
    private static let overhead = 32

    private(set) var batches: [(records: [GroupRecord], groups: [ClassicGroup])] = []
    private var bytes = 0

    /// `group` is gone with this record.
    mutating func add(_ record: GroupRecord, _ keyBytes: Int, of group: ClassicGroup? = nil) {
        bytes += keyBytes + Self.overhead
        if batches.isEmpty || bytes > Self.batchBytes {
            batches.append(([], []))
            bytes = keyBytes + Self.overhead
        }
        batches[batches.count - 1].records.append(record)
        if let group { batches[batches.count - 1].groups.append(group) }
    }
}

extension OffsetKey {
    var estimatedBytes: Int { groupID.utf8.count + topic.utf8.count + 4 }
}
