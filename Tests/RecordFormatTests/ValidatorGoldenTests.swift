import Bytes
import Compression
import Foundation
import RecordFormat
import Testing
import Vocabulary

@Suite struct ValidatorGoldenTests {
    private func validator(_ settings: [String: Any]) throws -> BatchValidator {
        let codec = Codec.allCases.first { $0.name == settings["targetCompression"] as? String }
        var made = BatchValidator(
            compression: CompressionSetting(try #require(codec)),
            leaderEpoch: LeaderEpoch(Int32(integer(settings["partitionLeaderEpoch"]) ?? 0)))
        made.isCompacted = settings["compactedTopic"] as? Bool ?? false
        made.timestampType = settings["timestampType"] as? String == "LogAppendTime" ? .logAppendTime : .createTime
        made.timestampBeforeMax = integer(settings["timestampBeforeMaxMs"]) ?? 0
        made.timestampAfterMax = integer(settings["timestampAfterMaxMs"]) ?? 0
        made.origin =
            switch settings["origin"] as? String {
            case "COORDINATOR": .coordinator
            case "REPLICATION": .replication
            case "RAFT_LEADER": .raftLeader
            default: .client
            }
        return made
    }

    /// Conversions from and to magic 0 and 1 are a path that Produce no longer reaches.
    @Test func `a produced batch becomes what Kafka stores, or is refused`() throws {
        for golden in try Golden.read("log-validator") where !golden.name.contains(/^v[012]-/) {
            let settings = golden.json["settings"] as? [String: Any] ?? [:]
            let validator = try validator(settings)
            let input = golden.bytes("input").array
            let first = Offset(integer(settings["firstOffset"]) ?? 0)
            let now = Timestamp(integer(settings["now"]) ?? 0)
            let result = input.withUnsafeBytes { bytes in
                Result { try validator.validate(bytes, firstOffset: first, now: now) }
            }
            switch result {
            case .success(let batch): try accepted(batch, input, golden)
            case .failure(let error):
                #expect(golden.expect["error"] != nil, "\(golden): \(error)")
                guard case .rejected(let records, _) = error as? ValidationError else { continue }
                let want = (golden.expect["error"] as? [String: Any])?["recordErrors"] as? [[String: Any]] ?? []
                #expect(want.map { integer($0["batchIndex"]) } == records.map { Int64($0.batchIndex) }, "\(golden)")
            }
        }
    }

    private func accepted(_ batch: ValidatedBatch, _ input: [UInt8], _ golden: Golden) throws {
        guard let ok = golden.expect["ok"] as? [String: Any] else {
            Issue.record("\(golden) is to be refused")
            return
        }
        var bytes = input
        var isRewritten = false
        if case .rewritten(let made) = batch.bytes {
            bytes = made
            isRewritten = true
        } else {
            bytes.withUnsafeMutableBytes { batch.patch($0) }
        }
        #expect(ok["messageSizeMaybeChanged"] as? Bool == isRewritten, "\(golden)")
        #expect(integer(ok["nextOffset"]) == batch.nextOffset.rawValue, "\(golden)")
        #expect(integer(ok["maxTimestampMs"]) == batch.maxTimestamp.rawValue, "\(golden)")
        let view = try bytes.withUnsafeBytes { try #require(try BatchView($0)).header }
        if !isRewritten || view.codec == Codec.none {
            #expect(decoded(ok["output"]) == bytes, "\(golden)")
        }
        let want = (ok["batches"] as? [[String: Any]])?.first ?? [:]
        #expect(integer(want["maxTimestamp"]) == view.maxTimestamp.rawValue, "\(golden)")
        var reader = try RecordReader(ByteSlice(bytes), view)
        for record in want["records"] as? [[String: Any]] ?? [] {
            let read = try #require(try reader.next())
            #expect(integer(record["offset"]) == read.offset.rawValue, "\(golden)")
            #expect(decoded(record["value"]) == read.value?.array, "\(golden)")
        }
        #expect(try reader.next() == nil)
        try bytes.withUnsafeBytes { try BatchView($0)?.checkChecksum() }
    }
}

/// Faults that fuzzing has found.
@Suite struct ValidatorFaultTests {
    @Test(arguments: [AppendOrigin.client, .replication, .coordinator, .raftLeader])
    func `a batch without records is refused whoever sends it, also where the topic's codec is another`(
        _ origin: AppendOrigin
    ) throws {
        var builder = BatchBuilder()
        builder.append(key: nil, value: nil, timestamp: 1)
        let header = try builder.build().withUnsafeBytes { try #require(try BatchView($0)).header }
        for codec in Codec.allCases {
            var validator = BatchValidator(compression: CompressionSetting(codec), leaderEpoch: 0)
            validator.origin = origin
            #expect(throws: ValidationError.count(0)) {
                try BatchBuilder.emptied(header).withUnsafeBytes { bytes in
                    _ = try validator.validate(bytes, firstOffset: 5, now: 1)
                }
            }
        }
    }

    @Test func `a batch that claims the broker's timestamps is refused with every record, where the topic sets them`()
        throws
    {
        var builder = BatchBuilder()
        (builder.timestampType, builder.logAppendTime) = (.logAppendTime, 5_000)
        for _ in 0..<3 { builder.append(key: nil, value: nil, timestamp: 1_000) }
        let bytes = try builder.build()
        var validator = BatchValidator(leaderEpoch: 0)
        validator.timestampType = .logAppendTime
        let rejected = (0..<3).map {
            RejectedRecord(batchIndex: $0, reason: .logAppendTime(offset: Offset(Int64($0))))
        }
        #expect(throws: ValidationError.rejected(rejected, anyTimestamp: true)) {
            try bytes.withUnsafeBytes { _ = try validator.validate($0, firstOffset: 0, now: 5_000) }
        }
        // Kafka lets it pass where the topic takes the producer's timestamps and there is one.
        validator.timestampType = .createTime
        #expect(throws: Never.self) {
            try bytes.withUnsafeBytes { _ = try validator.validate($0, firstOffset: 0, now: 5_000) }
        }
    }

    @Test func `of very many records that are wrong the first ten thousand are named`() throws {
        var builder = BatchBuilder(compression: CompressionSetting(.zstd))
        for _ in 0..<30_000 { builder.append(key: nil, value: nil, timestamp: 1_000) }
        let bytes = try builder.build()
        var validator = BatchValidator(leaderEpoch: 0)
        validator.isCompacted = true
        do {
            try bytes.withUnsafeBytes { _ = try validator.validate($0, firstOffset: 0, now: 5_000) }
            Issue.record("records without keys were taken by a compacted topic")
        } catch ValidationError.rejected(let rejected, _) { #expect(rejected.count == 10_000) }
    }
}
