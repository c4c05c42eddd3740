import Bytes
import Foundation
import RecordFormat
import Testing
import Vocabulary

/// Every batch of `bad-batches.jsonl`, as a reader meets it: a consumer, or recovery.
@Suite struct DamagedBatchTests {
    @Test func `a row of bytes ends, or is refused, where Kafka ends or refuses it`() throws {
        for golden in try Golden.read("bad-batches") {
            var row = BatchRow(golden.bytes("base64"))
            let failure = Result { while try row.next() != nil {} }.failure
            let isRefused = golden.expect["validBytes"] is [String: Any]
            // A size below a header of magic 2 is refused with the batch, not with the bytes that it would read.
            if golden.name == "length-48" {
                #expect(failure as? BatchError == BatchError.invalidSize(position: 0, size: 48))
                continue
            }
            #expect((failure != nil) == isRefused, "\(golden): \(String(describing: failure))")
            if !isRefused { #expect(integer(golden.expect["validBytes"]) == Int64(row.position), "\(golden)") }
        }
    }

    @Test func `a batch's checksum is held where Kafka holds it, and its records are read or refused as Kafka does`()
        throws
    {
        var count = 0
        for golden in try Golden.read("bad-batches") {
            var row = BatchRow(golden.bytes("base64"))
            for want in golden.expect["batches"] as? [[String: Any]] ?? [] {
                guard let batch = try? row.next() else {
                    #expect(Golden.error(want["ensureValid"]) != nil, "\(golden)")
                    break
                }
                checkSum(batch, want, golden.name)
                checkRead(batch, want["read"] as? [String: Any] ?? [:], golden.name)
                if batch.header.magic == 2 { checkWalk(batch, want["read"], golden.name) }
                count += 1
            }
        }
        #expect(count > 130)
    }

    private func checkSum(_ batch: BatchRow.Batch, _ want: [String: Any], _ name: String) {
        let isSound = batch.bytes.withBytes { bytes in
            (try? BatchView(bytes)).flatMap { $0.map { (try? $0.checkChecksum()) != nil } } ?? false
        }
        #expect(isSound == (Golden.error(want["ensureValid"]) == nil), "\(name)")
    }

    private func checkRead(_ batch: BatchRow.Batch, _ want: [String: Any], _ name: String) {
        var records: [Record] = []
        let failure = Result {
            var reader = try RecordReader(batch.bytes, batch.header)
            while let record = try reader.next() { records.append(record) }
        }.failure
        guard let error = Golden.error(want) else {
            #expect(failure == nil, "\(name)")
            let wanted = want["records"] as? [[String: Any]] ?? []
            #expect(integer(want["recordsBefore"]) == Int64(records.count), "\(name)")
            for (index, (json, record)) in zip(wanted, records).enumerated() {
                Wanted(json: json, name: "\(name), record \(index)").check(record, batch.header)
            }
            return
        }
        // Kafka has no name for what it did not expect; we have one for everything.
        let ours = (failure as? RecordError).map { $0.isCorruption ? "CORRUPT_MESSAGE" : "INVALID_RECORD" }
        #expect(
            ours != nil && (error == ours || error == "UNKNOWN_SERVER_ERROR"), "\(name): \(String(describing: ours))")
    }

    /// A walk and a reader are of one mind.
    private func checkWalk(_ batch: BatchRow.Batch, _ want: Any?, _ name: String) {
        let isRead = batch.bytes.withBytes { bytes in
            (try? BatchView(bytes)).flatMap { $0.map { (try? $0.walk { _, _, _ in }) != nil } } ?? false
        }
        #expect(isRead == (Golden.error(want) == nil), "\(name)")
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension Golden {
    /// The name of the error in one part of a golden; nil when Kafka was content.
    static func error(_ part: Any?) -> String? { (part as? [String: Any])?["error"] as? String }
}
