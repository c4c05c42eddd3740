import Bytes
import Checksums
import InternalRecords
import Seams
import WireProtocol

/// `.snapshot`: the producers of a partition.
extension FileDump {
    mutating func showProducers(_ file: DataFile) throws(DiskError) {
        let bytes = try disk.contents(file.path)
        let snapshot: ProducerSnapshot
        do throws(WireError) { snapshot = try ProducerSnapshot(value: bytes) } catch {
            return fault(file, error.words)
        }
        // The checksum covers what follows it: version and checksum are six bytes.
        let computed = bytes.withBytes { CRC32C.of(UnsafeRawBufferPointer(rebasing: $0[6...])) }
        if computed != snapshot.crc {
            fault(file, "its checksum is \(computed), not \(snapshot.crc) as at byte 2")
        }
        let size = 10 + 46 * snapshot.producerEntries.count
        if bytes.count != size { fault(file, "at byte \(size): \(bytes.count - size) bytes follow the last producer") }
        for producer in snapshot.producerEntries { show(producer) }
    }

    private func show(_ producer: ProducerSnapshot.ProducerEntry) {
        let transaction = producer.currentTxnFirstOffset
        if options.asJSON {
            line(
                text: JSONWriter.text { json in
                    json.object { json in
                        json.member("type", "producer")
                        producer.describe(to: &json, version: 1)
                    }
                })
            return
        }
        var text =
            "producerId: \(producer.producerId) producerEpoch: \(producer.epoch) "
            + "coordinatorEpoch: \(producer.coordinatorEpoch) currentTxnFirstOffset: "
            + (transaction < 0 ? "OptionalLong.empty" : "OptionalLong[\(transaction)]")
            + " lastTimestamp: \(producer.timestamp)"
        if producer.lastOffset >= 0 {
            let first = (Int64(producer.lastSequence) - Int64(producer.offsetDelta)) & 0x7fff_ffff
            text +=
                " firstSequence: \(first) lastSequence: \(producer.lastSequence) lastOffset: \(producer.lastOffset) "
                + "offsetDelta: \(producer.offsetDelta) timestamp: \(producer.timestamp)"
        }
        line(text: text)
    }
}
