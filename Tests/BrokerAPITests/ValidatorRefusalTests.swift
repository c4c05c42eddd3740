import Bytes
import Compression
import Foundation
import GoldenSupport
import RecordFormat
import Testing
import Vocabulary
import WireProtocol

@testable import BrokerAPI

/// What a producer is told of a batch that the leader's validation refuses.
struct ValidatorRefusalTests {
    /// Where Kafka fails with UNKNOWN_SERVER_ERROR on offsets that do not count up.
    static let clearer: Set = ["baseoffset-gzip", "gaps-replication-gzip"]

    /// Conversions from and to magic 0 and 1 are a path that Produce no longer reaches.
    @Test func `a refused batch is answered with Kafka's code, and with every record that is wrong`() throws {
        var count = 0
        for golden in try Fixture.lines("records/log-validator.jsonl") {
            let name = golden["name"] as? String ?? ""
            let expect = golden["expect"] as? [String: Any] ?? [:]
            guard let error = expect["error"] as? [String: Any], !name.contains(/^v[012]-/) else { continue }
            let refusal = try #require(try Self.refusal(golden), "\(name)")
            let code: ErrorCode? =
                Self.clearer.contains(name)
                ? .invalidRecord : (error["errorCode"] as? NSNumber).flatMap { ErrorCode(rawValue: $0.int16Value) }
            #expect(refusal.code == code, "\(name)")
            let records = error["recordErrors"] as? [[String: Any]] ?? []
            #expect(
                records.map { ($0["batchIndex"] as? NSNumber)?.int32Value } == refusal.records.map(\.batchIndex),
                "\(name)")
            for (want, got) in zip(records, refusal.records) {
                let text = (want["message"] as? String)?.split(separator: " in topic partition").first
                #expect(text.map(String.init) == got.message, "\(name)")
            }
            count += 1
        }
        #expect(count == 43)
    }

    private static func refusal(_ golden: [String: Any]) throws -> Refusal? {
        let settings = golden["settings"] as? [String: Any] ?? [:]
        func number(_ key: String) -> Int64 { (settings[key] as? NSNumber)?.int64Value ?? 0 }
        let codec = try #require(Codec.allCases.first { $0.name == settings["targetCompression"] as? String })
        var validator = BatchValidator(
            compression: CompressionSetting(codec), leaderEpoch: LeaderEpoch(Int32(number("partitionLeaderEpoch"))))
        validator.isCompacted = settings["compactedTopic"] as? Bool ?? false
        validator.timestampType = settings["timestampType"] as? String == "LogAppendTime" ? .logAppendTime : .createTime
        validator.timestampBeforeMax = number("timestampBeforeMaxMs")
        validator.timestampAfterMax = number("timestampAfterMaxMs")
        validator.origin =
            switch settings["origin"] as? String {
            case "COORDINATOR": .coordinator
            case "REPLICATION": .replication
            case "RAFT_LEADER": .raftLeader
            default: .client
            }
        let input = ByteSlice(Data(base64Encoded: golden["input"] as? String ?? "") ?? Data())
        return input.withBytes { bytes in
            do throws(ValidationError) {
                _ = try validator.validate(
                    bytes, firstOffset: Offset(number("firstOffset")), now: Timestamp(number("now")))
                return nil
            } catch { return Refusal(of: error) }
        }
    }
}
