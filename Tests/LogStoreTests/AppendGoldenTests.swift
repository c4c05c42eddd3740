import Bytes
import Foundation
import GoldenSupport
import LogStore
import RecordFormat
import ReplicaRules
import Testing
import Vocabulary

/// Every sequence of appends in `log-append.jsonl` leaves what it left in Apache Kafka's log.
struct AppendGoldenTests {
    @Test func `leaders and followers append what Apache appends, and refuse what it refuses`() throws {
        let goldens = try Fixture.lines("records/log-append.jsonl")
        #expect(goldens.count == 33)
        for golden in goldens {
            let name = golden["name"] as? String ?? ""
            let bench = try LogBench()
            let log = try bench.open(golden["topicConfig"] as? [String: String] ?? [:])
            for step in objects(golden["steps"]) { try take(step, log, "\(name), \(step["what"] ?? "")") }
            try check(object(golden["finally"]), log, bench, name)
        }
    }

    private func take(_ step: [String: Any], _ log: Log, _ comment: String) throws {
        let expected = object(step["expect"])
        let epoch = LeaderEpoch(Int32(integer(step["leaderEpoch"]) ?? 0))
        let now = Timestamp(integer(step["now"]) ?? 0)
        do throws(AppendError) {
            let outcome =
                step["op"] as? String == "appendAsFollower"
                ? try log.appendAsFollower(decoded(step["base64"]), epoch: epoch, now: now)
                : try log.appendAsLeader(
                    decoded(step["base64"]), epoch: epoch,
                    origin: step["origin"] as? String == "COORDINATOR" ? .coordinator : .client,
                    transactionVersion: Int16(integer(step["transactionVersion"]) ?? 1), now: now)
            let ok = object(expected["ok"])
            #expect(outcome?.firstOffset.rawValue == integer(ok["firstOffset"]), "\(comment)")
            #expect(outcome?.lastOffset.rawValue == integer(ok["lastOffset"]), "\(comment)")
            #expect(outcome?.logAppendTime.rawValue == integer(ok["logAppendTime"]), "\(comment)")
        } catch {
            #expect(object(expected["error"])["error"] as? String == kafkaName(error), "\(comment): \(error)")
        }
        #expect(log.end.rawValue == integer(expected["logEndOffset"]), "\(comment)")
    }

    private func check(_ final: [String: Any], _ log: Log, _ bench: LogBench, _ name: String) throws {
        #expect(log.start.rawValue == integer(final["logStartOffset"]), "\(name)")
        let wanted = objects(final["segments"])
        let files = PartitionFiles(disk: bench.disk, directory: LogBench.directory)
        #expect(
            try files.names(LogFiles.log).map(\.offset.rawValue) == wanted.map { integer($0["baseOffset"]) }, "\(name)")
        for segment in wanted {
            let base = Offset(integer(segment["baseOffset"]) ?? -1)
            let bytes = try bench.contents(LogFiles.name(base, LogFiles.log))
            #expect(bytes == decoded(segment["logBase64"]), "\(name), segment \(base)")
        }
        #expect(try files.leaderEpochs() == PartitionFiles.leaderEpochs(final["leaderEpochs"]), "\(name)")
        #expect(
            try files.segments().map { $0.split(separator: "aborted").last }
                == PartitionFiles.segments(wanted).map { $0.split(separator: "aborted").last }, "\(name)")
        log.raiseHighWatermark(to: log.end)
        #expect(log.lastStableOffset.rawValue == integer(final["lastStableOffsetAtFullHighWatermark"]), "\(name)")
        try check(objects(final["producers"]), log.producers, name)
    }

    private func check(_ wanted: [[String: Any]], _ producers: ProducerStates, _ name: String) throws {
        #expect(producers.count == wanted.count, "\(name)")
        for producer in wanted {
            let id = ProducerID(integer(producer["producerId"]) ?? -1)
            let state = try #require(producers.state(of: id), "\(name)")
            #expect(Int64(state.epoch.rawValue) == integer(producer["producerEpoch"]), "\(name)")
            #expect(Int64(state.coordinatorEpoch) == integer(producer["coordinatorEpoch"]), "\(name)")
            #expect(state.lastTimestamp.rawValue == integer(producer["lastTimestamp"]), "\(name)")
            #expect(state.transactionStart?.rawValue == integer(producer["currentTxnFirstOffset"]), "\(name)")
            let batches = state.batches.map { batch in
                [
                    Int64(batch.firstSequence), Int64(batch.lastSequence), batch.firstOffset.rawValue,
                    batch.lastOffset.rawValue, batch.timestamp.rawValue,
                ]
            }
            let kept = objects(producer["batches"]).map { batch in
                ["firstSequence", "lastSequence", "firstOffset", "lastOffset", "timestamp"]
                    .map { integer(batch[$0]) ?? -1 }
            }
            #expect(batches == kept, "\(name)")
        }
    }
}
