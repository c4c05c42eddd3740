import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import LogStore
import RecordFormat
import ReplicaRules
import Settings
import Testing
import Vocabulary
import WireProtocol

@testable import BrokerAPI

/// Which error a batch is refused with, from the bytes to the code that a client sees.
struct BatchRefusalTests {
    /// Where we say more than Kafka, or refuse what it lets a leader store although no consumer can read it afterwards.
    static let ofALeader: [String: ErrorCode] = [
        "gzip-record-length-beyond": .invalidRecord, "gzip-record-length-small": .invalidRecord,
        "gzip-deltas-falling": .invalidRecord, "record-length-varint-overflow": .invalidRecord,
    ]

    @Test func `a damaged batch is answered by Produce with the error that Kafka gives`() throws {
        for golden in try Self.damaged() {
            let bench = try Bench()
            let produce = Refusal.code { () throws(ValidationError) in
                try golden.bytes.withBytes { bytes throws(ValidationError) in
                    try BatchValidator.checkProduce(bytes, version: 9)
                }
            }
            // What Produce's own check refuses, magic 0 and 1 among it, does not reach the log.
            let answer =
                produce != .none
                ? produce
                : Refusal.code { () throws(AppendError) in
                    _ = try bench.log.appendAsLeader(golden.bytes, epoch: 3, now: golden.now)
                }
            let first = try golden.wanted("produceRequest")
            let wanted = first == .none ? try golden.wanted("appendAsLeader") : first
            #expect(answer == Self.ofALeader[golden.name] ?? DamagedBatch.clear(wanted), "\(golden.name)")
            #expect(bench.log.end.rawValue == (answer == .none ? golden.end("appendAsLeader") : 0), "\(golden.name)")
        }
    }

    @Test func `a follower takes a batch as Kafka's does, or refuses it with the same error`() throws {
        for golden in try Self.damaged() {
            let bench = try Bench()
            let answer = Refusal.code { () throws(AppendError) in
                _ = try bench.log.appendAsFollower(golden.led, epoch: 3, now: golden.now)
            }
            let wanted = try golden.wanted("appendAsFollower")
            // Offsets that do not go up have no better name in Kafka's protocol.
            let hasNoName = answer == .unknownServerError
            #expect(answer == (hasNoName ? wanted : DamagedBatch.clear(wanted)), "\(golden.name)")
            #expect(bench.log.end.rawValue == (answer == .none ? golden.end("appendAsFollower") : 0), "\(golden.name)")
        }
    }

    private static func damaged() throws -> [DamagedBatch] {
        let goldens = try Fixture.lines("records/bad-batches.jsonl").map(DamagedBatch.init)
        #expect(goldens.count == 149)
        return goldens
    }
}

/// A line of `bad-batches.jsonl`.
struct DamagedBatch {
    let name: String
    let bytes: ByteSlice
    private let expect: [String: Any]

    /// When the golden's producer has made it.
    let now: Timestamp = 1_700_775_444_331

    init(_ json: [String: Any]) {
        name = json["name"] as? String ?? ""
        bytes = ByteSlice(Data(base64Encoded: json["base64"] as? String ?? "") ?? Data())
        expect = json["expect"] as? [String: Any] ?? [:]
    }

    /// As a leader of epoch 3 would have stored it: outside of the checksum.
    var led: ByteSlice {
        var bytes = bytes.array
        let epoch = 12..<16
        if bytes.count > 16, bytes[16] == 2, bytes[epoch].allSatisfy({ $0 == 0xff }) {
            bytes.replaceSubrange(epoch, with: [0, 0, 0, 3])
        }
        return ByteSlice(bytes)
    }

    /// What Kafka answers.
    func wanted(_ part: String) throws -> ErrorCode {
        let outcome = expect[part] as? [String: Any] ?? [:]
        let error = outcome["error"] as? [String: Any] ?? outcome
        let code = (error["errorCode"] as? NSNumber)?.int16Value ?? 0
        return try #require(ErrorCode(rawValue: code), "\(name)")
    }

    /// For bytes that cannot be decompressed or be a batch Kafka has no better name than UNKNOWN_SERVER_ERROR; we have.
    static func clear(_ code: ErrorCode) -> ErrorCode { code == .unknownServerError ? .corruptMessage : code }

    func end(_ part: String) -> Int64? {
        ((expect[part] as? [String: Any])?["logEndOffset"] as? NSNumber)?.int64Value
    }
}

extension Refusal {
    static func code(_ body: () throws(AppendError) -> Void) -> ErrorCode {
        do throws(AppendError) { try body() } catch { return Refusal(of: error).code }
        return .none
    }

    static func code(_ body: () throws(ValidationError) -> Void) -> ErrorCode {
        do throws(ValidationError) { try body() } catch { return Refusal(of: error).code }
        return .none
    }
}

/// A new log with the settings of the goldens, which are the defaults.
private final class Bench {
    private let simulation = Simulation(seed: 1)
    let log: Log

    init() throws {
        let host = simulation.host("broker")
        try host.disk.createDirectory("/data")
        log = try Log.open(
            TopicPartition("golden", 0), topicID: nil, in: "/data/golden-0",
            settings: try TopicSettings(overrides: [:], inheriting: BrokerLayers(fixed: [:])), hints: Log.Hints(),
            world: host.world
        ).log
    }

    deinit { simulation.end() }
}
