import Bytes
import Compression
import Foundation
import RecordFormat
import Testing
import Vocabulary

/// Every batch of `batches.jsonl`, read and written.
@Suite struct BatchGoldenTests {
    @Test func `every well-formed batch reads as Kafka reads it`() throws {
        let goldens = try Golden.read("batches")
        #expect(goldens.count == 131)
        for golden in goldens {
            var walk = BatchRow(golden.bytes("base64"))
            for want in golden.expect["batches"] as? [[String: Any]] ?? [] {
                let batch = try #require(try walk.next(), "\(golden)")
                let wants = Wanted(json: want, name: golden.name)
                try batch.bytes.withBytes { try BatchView($0)?.checkChecksum() }
                checkHeader(batch, wants)
                try checkRecords(batch, wants)
            }
            #expect(try walk.next() == nil, "\(golden)")
            #expect(integer(golden.expect["validBytes"]) == Int64(walk.position), "\(golden)")
        }
    }

    private func checkHeader(_ batch: BatchRow.Batch, _ wants: Wanted) {
        let header = batch.header
        wants.equal("position", batch.position)
        wants.equal("sizeInBytes", header.sizeInBytes)
        wants.equal("magic", header.magic)
        wants.equal("lastOffset", header.lastOffset.rawValue)
        wants.equal("nextOffset", header.nextOffset.rawValue)
        wants.equal("crc", header.crc)
        wants.equal("attributes", header.attributes.rawValue)
        wants.equal("maxTimestamp", header.maxTimestamp.rawValue)
        wants.equal("compression", header.codec?.name)
        wants.equal("timestampType", header.timestampType.name)
        guard header.magic == 2 else {
            wants.equal("messageSize", header.batchLength)
            return
        }
        wants.equal("baseOffset", header.baseOffset.rawValue)
        wants.equal("batchLength", header.batchLength)
        wants.equal("lastOffsetDelta", header.lastOffsetDelta)
        wants.equal("baseTimestampField", header.baseTimestamp.rawValue)
        wants.equal("maxTimestampField", header.maxTimestamp.rawValue)
        wants.equal("recordCount", header.recordCount)
        wants.equal("partitionLeaderEpoch", header.partitionLeaderEpoch.rawValue)
        wants.equal("producerId", header.producerID.rawValue)
        wants.equal("producerEpoch", header.producerEpoch.rawValue)
        wants.equal("baseSequence", header.baseSequence)
        wants.equal("lastSequence", header.lastSequence)
        #expect(wants.json["isTransactional"] as? Bool == header.isTransactional, "\(wants.name)")
        #expect(wants.json["isControl"] as? Bool == header.isControl, "\(wants.name)")
        #expect(integer(wants.json["deleteHorizonMs"]) == header.deleteHorizon?.rawValue, "\(wants.name)")
    }

    private func checkRecords(_ batch: BatchRow.Batch, _ wants: Wanted) throws {
        let header = batch.header
        var reader = try RecordReader(batch.bytes, header)
        let records = wants.json["records"] as? [[String: Any]] ?? []
        for (index, want) in records.enumerated() {
            let record = try #require(try reader.next(), "\(wants.name)")
            // Of a compressed wrapper the first record's offset takes the place of the header's.
            if index == 0, header.magic < 2 { wants.equal("baseOffset", record.offset.rawValue) }
            Wanted(json: want, name: "\(wants.name), record \(index)").check(record, header)
        }
        #expect(try reader.next() == nil, "\(wants.name)")
        var again = try RecordReader(batch.bytes, header)
        let latest = header.magic == 0 ? nil : try again.first { time, _ in time == header.maxTimestamp }?.offset
        #expect(integer(wants.json["offsetOfMaxTimestamp"]) == latest?.rawValue, "\(wants.name)")
        guard header.magic == 2 else { return }
        var walked: [Int64] = []
        try batch.bytes.withBytes { try BatchView($0)?.walk { _, offset, _ in walked.append(offset) } }
        #expect(walked == records.map { integer($0["offset"]) }, "\(wants.name)")
    }

    @Test func `the records of an uncompressed batch, written with its header's fields, are the same bytes`() throws {
        var count = 0
        for golden in try Golden.read("batches") {
            var walk = BatchRow(golden.bytes("base64"))
            while let batch = try walk.next() {
                guard batch.header.magic == 2, batch.header.codec == Codec.none else { continue }
                // What the producer wrote below a log append time cannot be seen any more.
                if batch.header.attributes.isLogAppendTime, batch.header.recordCount > 0 { continue }
                #expect(try rebuilt(batch, .none) == batch.bytes.array, "\(golden)")
                count += 1
            }
        }
        #expect(count >= 60)
    }

    @Test func `a batch written anew in any codec reads as before`() throws {
        for golden in try Golden.read("batches") {
            var walk = BatchRow(golden.bytes("base64"))
            while let batch = try walk.next() {
                guard batch.header.magic == 2, batch.header.recordCount > 0 else { continue }
                for codec in Codec.allCases {
                    let bytes = ByteSlice(try rebuilt(batch, CompressionSetting(codec)))
                    let header = try bytes.withBytes { try #require(try BatchView($0)).header }
                    #expect(header.codec == codec && header.lastOffset == batch.header.lastOffset)
                    #expect(try records(bytes, header) == records(batch.bytes, batch.header), "\(golden), \(codec)")
                }
            }
        }
    }

    private func rebuilt(_ batch: BatchRow.Batch, _ compression: CompressionSetting) throws -> [UInt8] {
        let header = batch.header
        guard header.recordCount > 0 else { return BatchBuilder.emptied(header) }
        var builder = BatchBuilder(baseOffset: header.baseOffset, compression: compression)
        builder.partitionLeaderEpoch = header.partitionLeaderEpoch
        builder.timestampType = header.timestampType
        builder.logAppendTime = header.maxTimestamp
        builder.isTransactional = header.isTransactional
        builder.isControl = header.isControl
        builder.deleteHorizon = header.deleteHorizon
        builder.producerID = header.producerID
        builder.producerEpoch = header.producerEpoch
        builder.baseSequence = header.baseSequence
        var reader = try RecordReader(batch.bytes, header)
        while let record = try reader.next() {
            builder.append(
                key: record.key, value: record.value, timestamp: record.timestamp, headers: record.headers,
                offset: record.offset)
        }
        builder.end(at: header.lastOffset)
        return try builder.build()
    }

    private func records(_ bytes: ByteSlice, _ header: BatchHeader) throws -> [Content] {
        var reader = try RecordReader(bytes, header)
        var made: [Content] = []
        while let record = try reader.next() {
            made.append(
                Content(
                    offset: record.offset, timestamp: record.timestamp, key: record.key?.array,
                    value: record.value?.array, headers: record.headers.map { [$0.key.array, $0.value?.array ?? [0]] }))
        }
        return made
    }

    private struct Content: Equatable {
        let offset: Offset
        let timestamp: Timestamp
        let key: [UInt8]?
        let value: [UInt8]?
        let headers: [[[UInt8]]]
    }
}
