import Bytes
import RecordFormat
import Vocabulary
import WireProtocol

/// Holds what a fetch has brought against what was sent.
struct Fetched {
    let ledger: Ledger
    let partition: PartitionFacts
    let who: String

    struct Found {
        var next: Int64
        var bytes = 0
        var records: [(offset: Int64, timestamp: Int64, name: RecordName)] = []
    }

    /// The records of a fetch from `offset`, which end below `highWatermark` and have no gap.
    func take(_ records: ByteSlice?, from offset: Int64, below highWatermark: Int64) -> Found {
        var found = Found(next: offset)
        guard let records, records.count > 0 else { return found }
        var place = 0
        while place < records.count {
            let rest = records.dropFirst(place)
            let header: BatchHeader?
            do throws(BatchError) {
                header = try rest.withBytes { (bytes) throws(BatchError) in try BatchHeader.read(bytes) }
            } catch {
                ledger.violate("\(who): \(partition.name) from \(offset) has no batch at byte \(place): \(error)")
                return found
            }
            // A last batch that is cut off by the size limit.
            guard let header, header.sizeInBytes <= rest.count else { break }
            take(header, rest.prefix(header.sizeInBytes), isFirst: place == 0, offset, highWatermark, &found)
            place += header.sizeInBytes
        }
        found.bytes = place
        if place == 0 {
            ledger.violate("\(who): \(partition.name) from \(offset): \(records.count) bytes and no whole batch")
        }
        return found
    }

    private func take(
        _ header: BatchHeader, _ batch: ByteSlice, isFirst: Bool, _ offset: Int64, _ highWatermark: Int64,
        _ found: inout Found
    ) {
        let (base, last) = (header.baseOffset.rawValue, header.lastOffset.rawValue)
        if isFirst ? !(base <= offset && offset <= last) : base != found.next {
            ledger.violate(
                "\(who): \(partition.name) from \(offset): a batch of \(base) to \(last) where \(found.next) is next")
        }
        if last >= highWatermark {
            ledger.violate("\(who): \(partition.name) gives \(last), and its high watermark is \(highWatermark)")
        }
        do {
            try batch.withBytes { try BatchView($0)?.checkChecksum() }
            var reader = try RecordReader(batch, header)
            while let record = try reader.next() {
                guard let name = RecordName(key: record.key) else {
                    ledger.violate("\(who): \(partition.name) has a strange record at \(record.offset)")
                    continue
                }
                partition.stands(name, at: record.offset.rawValue, ledger)
                check(record, name)
                found.records.append((record.offset.rawValue, record.timestamp.rawValue, name))
            }
        } catch {
            ledger.violate("\(who): \(partition.name) has a broken batch at \(base): \(error)")
        }
        found.next = last + 1
    }

    private func check(_ record: Record, _ name: RecordName) {
        guard name.batch < ledger.batches.count else { return }
        let sent = ledger.batches[name.batch]
        if !name.isValue(record.value, sent.valueSize) {
            ledger.violate("\(who): \(partition.name) has another value at \(record.offset) than was sent")
        }
        if record.timestamp.rawValue < sent.timestamp {
            ledger.violate(
                "\(who): \(partition.name) has at \(record.offset) a record of the past: \(record.timestamp)")
        }
    }
}
