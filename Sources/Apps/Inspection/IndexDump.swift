import Bytes
import RecordFormat
import Seams
import Vocabulary

/// Indexes: a line for each entry, and whether the entries can be what they should be.
extension FileDump {
    /// `.index`: int32 offset relative to the name's, int32 position. Where the segment is there, each entry must lead to the
    /// batch that has its offset.
    mutating func showOffsetIndex(_ file: DataFile) throws(DiskError) {
        let bytes = try disk.contents(file.path)
        let logPath = file.directory + "/" + file.name.dropLast(".index".count) + ".log"
        var log = disk.exists(logPath) ? try BatchFile(logPath, disk) : nil
        var last: (offset: Int32, position: Int32)?
        let isWhole = entries(of: bytes, 8, file) { dump, entry, index in
            let offset: Int32 = entry.readBigEndian(at: 0)
            let position: Int32 = entry.readBigEndian(at: 4)
            if offset == 0 && position == 0 { return false }
            if let last, offset <= last.offset || position <= last.position {
                dump.fault(file, "entry \(index) is not above the one before it")
            }
            last = (offset, position)
            let absolute = file.baseOffset + Int64(offset)
            if !dump.options.checksOnly {
                var shown = Entry("offsetIndexEntry")
                shown.add("offset", absolute)
                shown.add("position", position)
                dump.line(shown)
            }
            if log != nil, let wrong = dump.mismatch(absolute, at: Int64(position), &log!) {
                dump.fault(file, "entry \(index): \(wrong)")
            }
            return true
        }
        if isWhole { tell(file, isEmpty: last == nil) }
    }

    private func mismatch(_ offset: Offset, at position: Int64, _ log: inout BatchFile) -> String? {
        guard position >= 0 else { return "the position \(position) is none" }
        log.seek(position)
        guard case .success(let batch)? = try? log.next() else {
            return "no batch begins at \(position) of the segment"
        }
        if batch.header.baseOffset <= offset && offset <= batch.header.lastOffset { return nil }
        return
            "the batch at \(position) has the offsets \(batch.header.baseOffset) to \(batch.header.lastOffset), not \(offset)"
    }

    /// `.timeindex`: int64 timestamp, int32 offset relative to the name's.
    mutating func showTimeIndex(_ file: DataFile) throws(DiskError) {
        let bytes = try disk.contents(file.path)
        var last: (timestamp: Int64, offset: Int32)?
        let isWhole = entries(of: bytes, 12, file) { dump, entry, index in
            let timestamp: Int64 = entry.readBigEndian(at: 0)
            let offset: Int32 = entry.readBigEndian(at: 8)
            if timestamp == 0 && offset == 0 { return false }
            if let last, timestamp < last.timestamp || offset < last.offset {
                dump.fault(file, "entry \(index) is below the one before it")
            }
            last = (timestamp, offset)
            if !dump.options.checksOnly {
                var shown = Entry("timeIndexEntry")
                shown.add("timestamp", timestamp)
                shown.add("offset", file.baseOffset + Int64(offset))
                dump.line(shown)
            }
            return true
        }
        if isWhole { tell(file, isEmpty: last == nil) }
    }

    /// `.txnindex`: int16 version, producer id, first offset, last offset, last stable offset.
    mutating func showTransactionIndex(_ file: DataFile) throws(DiskError) {
        let bytes = try disk.contents(file.path)
        _ = entries(of: bytes, 34, file) { dump, entry, index in
            let version: Int16 = entry.readBigEndian(at: 0)
            var shown = Entry("abortedTransaction")
            shown.add("version", version)
            shown.add("producerId", entry.readBigEndian(Int64.self, at: 2))
            let (first, last): (Int64, Int64) = (entry.readBigEndian(at: 10), entry.readBigEndian(at: 18))
            shown.add("firstOffset", first)
            shown.add("lastOffset", last)
            shown.add("lastStableOffset", entry.readBigEndian(Int64.self, at: 26))
            if version != 0 { dump.fault(file, "entry \(index) is of version \(version), not 0") }
            if first < 0 || last < first { dump.fault(file, "entry \(index) ends before it begins") }
            dump.line(shown)
            return true
        }
    }

    /// Gives every entry to `body` until it says false; false, with a fault, if there is part of one at the end.
    private mutating func entries(
        of bytes: ByteSlice, _ size: Int, _ file: DataFile,
        _ body: (inout FileDump, UnsafeRawBufferPointer, Int) -> Bool
    ) -> Bool {
        bytes.withBytes { bytes in
            for index in 0..<bytes.count / size {
                let entry = UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
                if !body(&self, entry, index) { break }
            }
        }
        if bytes.count % size == 0 { return true }
        fault(file, "at byte \(bytes.count / size * size): \(bytes.count % size) bytes are no whole entry")
        return false
    }

    private func tell(_ file: DataFile, isEmpty: Bool) {
        guard !options.asJSON else { return }
        if isEmpty {
            line(text: "\(file.path) is empty.")
        } else if options.checksOnly && !faults.contains(where: { $0.hasPrefix(file.path + ": ") }) {
            line(text: "\(file.path) passed sanity check.")
        }
    }
}
