import Bytes
import Foundation
import GoldenSupport
import Seams
import Testing

/// Data directories that Apache Kafka wrote, against what its own classes read in them.
struct ApacheFilesTests {
    static let goldens = [
        "codecs", "compaction", "epochs", "groups", "groups-streams", "jbod", "metadata-dynamic", "transactions",
        "transactions-killed",
    ]

    @Test(arguments: goldens)
    func `every file says what Kafka's classes read in it`(_ name: String) throws {
        let bench = DumpBench()
        try bench.unpack(name)
        let golden = try Fixture.object("datadirs/\(name).json")
        for (logDirectory, content) in object(object(golden["files"])["logDirs"]) {
            let path = "/data/" + logDirectory
            try checkSmallFiles(object(content), path, bench)
            for (partition, content) in object(object(content)["partitions"]) {
                try checkPartition(object(content), path + "/" + partition, bench)
            }
        }
    }

    @Test func `every batch of any format is shown as Kafka's classes read it, control records too`() throws {
        let bench = DumpBench()
        for golden in try Fixture.lines("records/batches.jsonl") {
            let path = "/data/\(golden["name"] ?? "")-0/00000000000000000000.log"
            let bytes = Data(base64Encoded: golden["base64"] as? String ?? "") ?? Data()
            try bench.write(ByteSlice(bytes), to: path)
            try check(object(golden["expect"]), path, bench)
        }
    }

    private func checkSmallFiles(_ golden: [String: Any], _ path: String, _ bench: DumpBench) throws {
        let properties = try bench.json(path + "/meta.properties").objects("metaProperties")
        for (name, value) in object(golden["metaProperties"]) {
            #expect(properties.first.map { "\($0[name] ?? "")" } == value as? String, "\(path) \(name)")
        }
        for (name, entries) in object(golden["checkpoints"]) {
            var found: [String: Any] = [:]
            for entry in try bench.json(path + "/" + name).objects("offset") {
                found["\(entry["topic"] ?? "")-\(entry["partition"] ?? "")"] = entry["offset"]
            }
            #expect(same(found, entries), "\(path)/\(name)")
        }
        if let file = golden["cleanShutdownFile"] as? String {
            let wanted = object(try JSONSerialization.jsonObject(with: Data(file.utf8)))
            let found = try bench.json(path + "/.kafka_cleanshutdown").objects("cleanShutdown").first
            #expect(same(found?["brokerEpoch"], wanted["brokerEpoch"]))
        }
        try check(object(golden["bootstrapCheckpoint"]), path + "/bootstrap.checkpoint", bench)
    }

    private func checkPartition(_ golden: [String: Any], _ path: String, _ bench: DumpBench) throws {
        let epochs = try bench.json(path + "/leader-epoch-checkpoint").objects("leaderEpoch")
            .map { ["epoch": $0["epoch"], "startOffset": $0["startOffset"]] }
        #expect(same(epochs, golden["leaderEpochs"]), "\(path)")
        if let text = golden["partitionMetadata"] as? String {
            let found = try bench.json(path + "/partition.metadata").objects("partitionMetadata").first
            #expect("version: 0\ntopic_id: \(found?["topic_id"] ?? "")" == text)
        }
        if let text = golden["quorumState"] as? String {
            let wanted = object(try JSONSerialization.jsonObject(with: Data(text.utf8)))
            let found = try bench.json(path + "/quorum-state").objects("quorumState").first
            for (name, value) in wanted where name != "currentVoters" { #expect(same(found?[name], value), "\(name)") }
        }
        for segment in objects(golden["segments"]) { try checkSegment(segment, path, bench) }
        for snapshot in objects(golden["producerSnapshots"]) {
            let found = try bench.json("\(path)/\(file(snapshot["offset"], ".snapshot"))").objects("producer")
            let wanted = objects(snapshot["producers"]).map(goldenProducer)
            #expect(found.map(producer).sorted() == wanted.sorted(), "\(path)")
        }
        for (name, snapshot) in object(golden["snapshots"]) { try check(object(snapshot), path + "/" + name, bench) }
    }

    private func checkSegment(_ golden: [String: Any], _ path: String, _ bench: DumpBench) throws {
        func name(_ suffix: String) -> String { path + "/" + file(golden["baseOffset"], suffix) }
        try check(golden, name(".log"), bench)
        if bench.disk.exists(name(".index")) {
            let offsets = bench.json(name(".index"))
            let found = try offsets.objects("offsetIndexEntry").map { [$0["offset"], $0["position"]] }
            #expect(same(found, object(golden["offsetIndex"])["entries"] ?? []), "\(path)")
            #expect(offsets.faults.isEmpty)
            let times = bench.json(name(".timeindex"))
            let timestamps = try times.objects("timeIndexEntry").map { [$0["timestamp"], $0["offset"]] }
            #expect(same(timestamps, object(golden["timeIndex"])["entries"] ?? []), "\(path)")
            #expect(times.faults.isEmpty)
        }
        if let aborted = golden["abortedTransactions"], bench.disk.exists(name(".txnindex")) {
            let found = try bench.json(name(".txnindex")).objects("abortedTransaction").map { entry in
                entry.filter { $0.key != "type" && $0.key != "version" }
            }
            #expect(same(found, aborted), "\(path)")
        }
    }

    /// A segment's or a snapshot's batches with their records.
    private func check(_ golden: [String: Any], _ path: String, _ bench: DumpBench) throws {
        let dumped = bench.json(path)
        let batches = try dumped.objects("batch")
        let wanted = objects(golden["batches"])
        #expect(batches.count == wanted.count, "\(path)")
        let names = [
            "position": "position", "size": "sizeInBytes", "magic": "magic", "baseOffset": "baseOffset",
            "lastOffset": "lastOffset", "crc": "crc", "compression": "compression", "timestampType": "timestampType",
            "maxTimestamp": "maxTimestamp", "count": "recordCount", "producerId": "producerId",
            "producerEpoch": "producerEpoch", "baseSequence": "baseSequence", "lastSequence": "lastSequence",
            "partitionLeaderEpoch": "partitionLeaderEpoch", "isTransactional": "isTransactional",
            "isControl": "isControl",
        ]
        for (found, wanted) in zip(batches, wanted) {
            // Magic 0 and 1 have the first half of it alone, and no base offset that could be seen from outside.
            let isLegacy = wanted["producerId"] == nil
            for (ours, theirs) in names where !isLegacy || (wanted[theirs] != nil && ours != "baseOffset") {
                #expect(same(found[ours], wanted[theirs]), "\(path) at \(wanted["position"] ?? ""): \(theirs)")
            }
            #expect(found["isValid"] as? Bool == true)
        }
        let records = try dumped.objects("record")
        let wantedRecords = wanted.flatMap { objects($0["records"]) }
        #expect(records.count == wantedRecords.count, "\(path)")
        for (found, wanted) in zip(records, wantedRecords) { check(found, wanted, path) }
        let isWhole = golden["sizeInBytes"] == nil || same(golden["validBytes"], golden["sizeInBytes"])
        #expect(dumped.faults.isEmpty == isWhole, "\(path): \(dumped.faults)")
    }

    private func check(_ found: [String: Any], _ wanted: [String: Any], _ path: String) {
        let place = "\(path) offset \(wanted["offset"] ?? "")"
        for name in ["offset", "timestamp"] { #expect(same(found[name], wanted[name]), "\(place)") }
        if let metadata = wanted["metadata"] {
            #expect(same(found["metadata"], metadata), "\(place)")
        } else if wanted["decoded"] != nil {
            let decoded = object(wanted["decoded"])
            #expect(same(object(found["key"])["type"], decoded["keyType"]), "\(place)")
            #expect(same(object(found["key"])["data"], decoded["key"]), "\(place)")
            guard !(decoded["value"] is NSNull), decoded["value"] != nil else {
                #expect(found["value"] is NSNull, "\(place)")
                return
            }
            #expect(same(object(found["value"])["version"], decoded["valueVersion"]), "\(place)")
            // Kafka's classes leave the clients' own bytes alone, the dump decodes them.
            if object(decoded["value"])["protocolType"] == nil {
                #expect(same(object(found["value"])["data"], decoded["value"]), "\(place)")
            }
        } else if let control = wanted["control"] {
            let (found, control) = (object(found["control"]), object(control))
            for name in ["type", "coordinatorEpoch", "body"] { #expect(same(found[name], control[name]), "\(place)") }
        } else {
            checkPlain(found, wanted, place)
        }
    }

    private func checkPlain(_ found: [String: Any], _ wanted: [String: Any], _ place: String) {
        for name in ["key", "value"] {
            let bytes =
                (found[name] as? String).map { Data($0.utf8) }
                ?? (found[name + "Base64"] as? String).flatMap { Data(base64Encoded: $0) }
            if let size = wanted[name + "Size"] as? Int {
                var digest = SHA256()
                digest.update(bytes ?? Data())
                #expect(bytes?.count == size && digest.finish() == wanted[name + "Sha256"] as? String, "\(place)")
            } else {
                #expect(bytes == (wanted[name] as? String).flatMap { Data(base64Encoded: $0) }, "\(place) \(name)")
            }
        }
        #expect(objects(found["headers"]).count == (wanted["headers"] as? [Any] ?? []).count, "\(place)")
    }

    // MARK: Producers

    private func producer(_ found: [String: Any]) -> String {
        let names = [
            "producerId", "epoch", "coordinatorEpoch", "timestamp", "currentTxnFirstOffset", "lastSequence",
            "lastOffset",
        ]
        return names.map { "\(found[$0] ?? "")" }.joined(separator: " ")
    }

    private func goldenProducer(_ golden: [String: Any]) -> String {
        let batch = objects(golden["batches"]).last
        let values: [Any] = [
            golden["producerId"] ?? "", golden["producerEpoch"] ?? "", golden["coordinatorEpoch"] ?? "",
            golden["lastTimestamp"] ?? "", golden["currentTxnFirstOffset"].flatMap { $0 is NSNull ? nil : $0 } ?? -1,
            batch?["lastSequence"] ?? -1, batch?["lastOffset"] ?? -1,
        ]
        return values.map { "\($0)" }.joined(separator: " ")
    }

    private func file(_ offset: Any?, _ suffix: String) -> String {
        let digits = "\(offset ?? "")"
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + suffix
    }
}
