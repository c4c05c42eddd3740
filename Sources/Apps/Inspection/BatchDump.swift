import Bytes
import RecordFormat
import Seams
import Vocabulary

/// Segments and snapshots: a line for each batch, in the form of Kafka's dump tool, and for each record if they are asked
/// for.
extension FileDump {
    mutating func showBatches(_ file: DataFile) throws(DiskError) {
        var reader = try BatchFile(file.path, disk)
        while reader.position < options.maxBytes {
            switch try reader.next() {
            case .success(let batch): show(batch, file)
            case .failure(let ended):
                switch ended.end {
                case .clean: break
                case .cut(let left):
                    fault(file, "at byte \(reader.position): a batch is cut short, \(left) bytes are left of it")
                case .malformed(let error):
                    fault(file, "at byte \(reader.position): no batch begins here: \(error.words)")
                }
                return
            }
        }
    }

    private mutating func show(_ batch: BatchFile.Batch, _ file: DataFile) {
        let isValid = batch.bytes.withBytes { bytes in
            (try? BatchView(bytes))?.map { (try? $0.checkChecksum()) != nil } ?? false
        }
        if options.asJSON { line(text: Self.json(batch, isValid)) } else { line(text: Self.text(batch, isValid)) }
        if !isValid { fault(file, "at byte \(batch.position): the checksum of the batch is wrong") }
        guard options.records != .none else { return }
        do throws(RecordError) { try showRecords(batch, file) } catch {
            fault(file, "at byte \(batch.position): the records of the batch cannot be read: \(error)")
        }
    }

    private static func text(_ batch: BatchFile.Batch, _ isValid: Bool) -> String {
        let header = batch.header
        var text = "offset: \(header.lastOffset)"
        if header.magic >= 2 {
            let horizon = header.deleteHorizon.map { "OptionalLong[\($0)]" } ?? "OptionalLong.empty"
            text =
                "baseOffset: \(header.baseOffset) lastOffset: \(header.lastOffset) count: \(header.recordCount) "
                + "baseSequence: \(header.baseSequence) lastSequence: \(header.lastSequence) "
                + "producerId: \(header.producerID) producerEpoch: \(header.producerEpoch) "
                + "partitionLeaderEpoch: \(header.partitionLeaderEpoch) isTransactional: \(header.isTransactional) "
                + "isControl: \(header.isControl) deleteHorizonMs: \(horizon)"
        }
        return text
            + " position: \(batch.position) \(header.timestampType.kafkaName): \(header.maxTimestamp) "
            + "size: \(header.sizeInBytes) magic: \(header.magic) compresscodec: \(header.codecName) "
            + "crc: \(header.crc) isvalid: \(isValid)"
    }

    private static func json(_ batch: BatchFile.Batch, _ isValid: Bool) -> String {
        let header = batch.header
        var entry = Entry("batch")
        // A wrapper of magic 0 or 1 has but the last of its offsets to show.
        if header.magic >= 2 { entry.add("baseOffset", header.baseOffset) }
        entry.add("lastOffset", header.lastOffset)
        if header.magic >= 2 {
            entry.add("count", header.recordCount)
            entry.add("baseSequence", header.baseSequence)
            entry.add("lastSequence", header.lastSequence)
            entry.add("producerId", header.producerID)
            entry.add("producerEpoch", header.producerEpoch)
            entry.add("partitionLeaderEpoch", header.partitionLeaderEpoch)
            entry.add("isTransactional", header.isTransactional)
            entry.add("isControl", header.isControl)
        }
        if let horizon = header.deleteHorizon { entry.add("deleteHorizonMs", horizon) }
        entry.add("position", batch.position)
        entry.add("timestampType", header.timestampType.kafkaName)
        entry.add("maxTimestamp", header.maxTimestamp)
        entry.add("size", header.sizeInBytes)
        entry.add("magic", header.magic)
        entry.add("compression", header.codecName)
        entry.add("crc", header.crc)
        entry.add("isValid", isValid)
        return entry.json
    }
}

extension BatchHeader {
    fileprivate var codecName: String { codec.map { "\($0)" } ?? "unknown" }
}

extension TimestampType {
    var kafkaName: String {
        switch self {
        case .none: "NoTimestampType"
        case .createTime: "CreateTime"
        case .logAppendTime: "LogAppendTime"
        }
    }
}

extension BatchError {
    /// Without the position, which is one in the window that was read.
    var words: String {
        switch self {
        case .invalidSize(_, let size): "its size would be \(size)"
        case .invalidMagic(_, let magic): "its format would be \(magic)"
        case .checksumMismatch: "its checksum is wrong"
        case .unknownCodec(_, let number): "its codec would be number \(number)"
        }
    }
}
