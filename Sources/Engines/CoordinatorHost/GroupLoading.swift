import Bytes
import Coordination
import LogStore
import RecordFormat
import ReplicaRules
import Vocabulary

/// Why a shard cannot be loaded. Its groups stay unavailable rather than be half there.
enum GroupLoadError: Error, Sendable {
    case log(LogError)
    case batch(Offset, RecordError)
    case record(Offset, GroupRecordError)
}

/// Reads a partition of `__consumer_offsets` into a coordinator. Blocks.
enum GroupLoading {
    static func load(_ log: Log, settings: GroupSettings) throws(GroupLoadError) -> GroupCoordinator {
        var machine = GroupCoordinator(settings: settings)
        var failure: GroupLoadError?
        do throws(LogError) {
            try log.eachBatch(from: log.start, to: log.end) { header, bytes in
                do throws(GroupLoadError) { try take(header, bytes, &machine) } catch { failure = error }
                return failure == nil
            }
        } catch { throw .log(error) }
        if let failure { throw failure }
        return machine
    }

    private static func take(
        _ header: BatchHeader, _ bytes: ByteSlice, _ machine: inout GroupCoordinator
    ) throws(GroupLoadError) {
        guard header.magic >= 2 else { return }
        var reader = try reading(header) { () throws(RecordError) in try RecordReader(bytes, header) }
        while let record = try reading(header, { () throws(RecordError) in try reader.next() }) {
            if header.isControl {
                if let marker = TransactionMarker(key: record.key, value: record.value) {
                    machine.endTransaction(header.producerID, isCommit: marker.isCommit)
                }
                continue
            }
            do throws(GroupRecordError) {
                machine.load(
                    try GroupRecord.decode(key: record.key, value: record.value), at: record.offset,
                    producer: header.isTransactional ? header.producerID : .none)
            } catch { throw .record(record.offset, error) }
        }
    }

    private static func reading<Result>(
        _ header: BatchHeader, _ work: () throws(RecordError) -> Result
    ) throws(GroupLoadError) -> Result {
        do throws(RecordError) { return try work() } catch { throw .batch(header.baseOffset, error) }
    }
}
