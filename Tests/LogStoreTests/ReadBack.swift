import Bytes
import GoldenSupport
import LogStore
import RecordFormat
import Seams
import Vocabulary

/// What a consumer gets from a log, read with fetches of a few KiB, in the words of the goldens.
struct ReadBack: Equatable {
    var records = 0
    var firstOffset: Int64 = -1
    var lastOffset: Int64 = -1
    var position: Int64 = -1
    var sha256 = ""

    /// Reads from the start to the high watermark, or to the last stable offset without what was aborted.
    init(_ log: Log, isCommitted: Bool, fetchBytes: Int = 3_000) throws {
        let bounds = log.bounds
        let limit = isCommitted ? bounds.lastStable : bounds.highWatermark
        var at = bounds.start
        var digest = SHA256()
        while at < limit {
            let read = try log.read(
                from: at, below: limit, maxBytes: fetchBytes, wholeFirst: true, withAborted: isCommitted)
            guard let region = read.region else { break }
            let before = at
            var aborts = AbortFilter(read.aborted ?? [])
            for (header, batch) in try region.batches() {
                // Consumers drop what lies before their position, such as a second copy of a batch.
                let wanted = at
                guard header.lastOffset >= wanted else { continue }
                at = header.nextOffset
                if isCommitted, try aborts.hides(header, batch) { continue }
                if header.isControl { continue }
                var reader = try RecordReader(batch, header)
                while let record = try reader.next() {
                    guard record.offset >= wanted else { continue }
                    note(record, isLogAppend: header.attributes.isLogAppendTime, &digest)
                }
            }
            guard at > before else { break }
        }
        position = max(at, bounds.start).rawValue
        sha256 = digest.finish()
    }

    init(json: [String: Any]) {
        records = Int(integer(json["records"]) ?? -1)
        firstOffset = integer(json["firstOffset"]) ?? -2
        lastOffset = integer(json["lastOffset"]) ?? -2
        position = integer(json["position"]) ?? -2
        sha256 = json["sha256"] as? String ?? ""
    }

    private mutating func note(_ record: Record, isLogAppend: Bool, _ digest: inout SHA256) {
        records += 1
        if firstOffset < 0 { firstOffset = record.offset.rawValue }
        lastOffset = record.offset.rawValue
        digest.update("\(record.offset),\(record.timestamp),\(isLogAppend ? 1 : 0),".utf8)
        Self.put(record.key, &digest)
        digest.update(",".utf8)
        Self.put(record.value, &digest)
        digest.update(",".utf8)
        for header in record.headers {
            Self.put(header.key, &digest)
            digest.update("=".utf8)
            Self.put(header.value, &digest)
            digest.update(";".utf8)
        }
        digest.update("\n".utf8)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func put(_ field: ByteSlice?, _ digest: inout SHA256) {
        guard let field else { return digest.update("-".utf8) }
        var text = [UInt8](repeating: 0, count: 2 * field.count)
        field.withBytes { bytes in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = digits[Int(byte >> 4)]
                text[2 * index + 1] = digits[Int(byte & 15)]
            }
        }
        digest.update(text)
    }
}

/// A consumer's filter of aborted data (KIP-98).
private struct AbortFilter {
    private var waiting: [AbortedTransaction]
    private var aborting: Set<ProducerID> = []

    init(_ transactions: [AbortedTransaction]) { waiting = transactions.sorted { $0.firstOffset < $1.firstOffset } }

    mutating func hides(_ header: BatchHeader, _ batch: ByteSlice) throws -> Bool {
        while let next = waiting.first, next.firstOffset <= header.lastOffset {
            aborting.insert(next.producerID)
            waiting.removeFirst()
        }
        if header.isControl, header.hasProducerID, header.recordCount > 0 {
            var reader = try RecordReader(batch, header)
            if let key = try reader.next()?.key, ControlRecordType(key: key) == .abort {
                aborting.remove(header.producerID)
            }
        }
        return !header.isControl && header.isTransactional && aborting.contains(header.producerID)
    }
}

extension FileRegion {
    /// The region's bytes.
    func bytes() throws -> ByteSlice {
        let storage = ByteStorage(capacity: count)
        let got = try file.read(
            into: UnsafeMutableRawBufferPointer(start: storage.base, count: count), at: position)
        return ByteSlice(storage, 0..<got)
    }

    /// The whole batches in the region, checked; a batch that is cut short ends them.
    func batches() throws -> [(BatchHeader, ByteSlice)] {
        let bytes = try bytes()
        var found: [(BatchHeader, ByteSlice)] = []
        try bytes.withBytes { memory in
            var walk = BatchWalk(memory)
            while let batch = try walk.next() {
                try batch.checkChecksum()
                found.append((batch.header, bytes[batch.position..<batch.position + batch.bytes.count]))
            }
        }
        return found
    }
}
