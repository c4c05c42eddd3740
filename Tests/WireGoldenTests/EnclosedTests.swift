import Bytes
import Checksums
import Foundation
import InternalRecords
import Quorum
import RecordFormat
import Testing
import Vocabulary
import WireProtocol

/// Messages within what encloses them: record frames, keys and values, control batches, embedded protocols, files.
struct EnclosedTests {
    private func goldens(_ format: String) throws -> [WireGolden] {
        try WireGolden.read("enclosed").filter { $0.json["format"] as? String == format }
    }

    @Test func `no format is forgotten`() throws {
        let counts = Dictionary(grouping: try WireGolden.read("enclosed")) { $0.json["format"] as? String ?? "" }
            .mapValues(\.count)
        #expect(
            counts == [
                "principal": 4, "metadata-record": 185, "group-coordinator-record": 163,
                "share-coordinator-record": 12, "transaction-coordinator-record": 10, "control-record-key": 7,
                "control-batch": 7, "consumer-subscription": 8, "consumer-assignment": 8, "producer-snapshot-file": 2,
                "remote-log-metadata-record": 20, "streams-subscription": 5, "streams-assignment": 11,
                "quorum-state-file": 6,
            ])
    }

    @Test func `records of remote log metadata are framed as those of the metadata log`() throws {
        for golden in try goldens("remote-log-metadata-record") {
            var reader = WireReader(golden.bytes)
            let frame = try RecordFrame(from: &reader)
            #expect(frame.type == golden.json["apiKey"] as? Int16 && frame.version == golden.version, "\(golden.place)")
            let message = try #require(WireGolden.types[golden.message]).init(from: &reader, version: frame.version)
            #expect(reader.left == 0 && difference(message, golden.value) == nil, "\(golden.place)")
            let written = try WireWriter.bytes { (writer: inout WireWriter) throws(WireError) in
                try frame.write(to: &writer)
                try message.write(to: &writer, version: frame.version)
            }
            #expect(written == golden.bytes, "\(golden.place)")
        }
    }

    @Test func `the quorum's state file is read and written again`() throws {
        for golden in try goldens("quorum-state-file") {
            let text = try #require(golden.json["text"] as? String)
            let wanted = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let state = try #require(ElectionState(text), "\(golden.place)")
            #expect(state.leader.rawValue == wanted["leaderId"] as? Int32, "\(golden.place)")
            #expect(state.epoch.rawValue == wanted["leaderEpoch"] as? Int32, "\(golden.place)")
            #expect(state.voted.rawValue == wanted["votedId"] as? Int32, "\(golden.place)")
            let voters = wanted["currentVoters"] as? [[String: Any]]
            #expect(state.staticVoters?.map(\.rawValue) == voters?.compactMap { $0["voterId"] as? Int32 })
            #expect(state.text == text, "\(golden.place)")
        }
    }

    @Test func `metadata records are read out of their frames and framed again`() throws {
        for golden in try goldens("metadata-record") {
            let framed = try VersionedRecord(decoding: golden.bytes)
            #expect(framed.version == golden.version, "\(golden.place)")
            #expect(framed.record.type == golden.json["apiKey"] as? Int16, "\(golden.place)")
            #expect(type(of: framed.record.body).name == golden.message, "\(golden.place)")
            #expect(difference(framed.record.body, golden.value) == nil, "\(golden.place)")
            #expect(try framed.encoded() == golden.bytes, "\(golden.place)")
        }
    }

    @Test func `coordinator records are read by their keys' types and written again`() throws {
        try check("group-coordinator-record", GroupCoordinatorRecordType.self)
        try check("share-coordinator-record", ShareCoordinatorRecordType.self)
        try check("transaction-coordinator-record", TransactionCoordinatorRecordType.self)
    }

    private func check<RecordType: CoordinatorRecordType>(_ format: String, _: RecordType.Type) throws {
        var seen: Set<Int16> = []
        for golden in try goldens(format) {
            let key = try #require(golden.json["key"] as? [String: Any])
            let value = golden.json["value"] as? [String: Any]
            let (keyBytes, valueBytes) = (try #require(bytes(key["hex"])), bytes(value?["hex"]))
            let record = try CoordinatorRecord<RecordType>(key: keyBytes, value: valueBytes)
            seen.insert(record.type.rawValue)
            #expect(record.type.rawValue == key["type"] as? Int16, "\(golden.place)")
            #expect(type(of: record.key).name == key["message"] as? String, "\(golden.place)")
            #expect(difference(record.key, key["value"]) == nil, "\(golden.place)")
            #expect((record.value == nil) == (value == nil), "\(golden.place)")
            if let read = record.value {
                #expect(type(of: read).name == value?["message"] as? String, "\(golden.place)")
                #expect(record.valueVersion == value?["version"] as? Int16, "\(golden.place)")
                #expect(difference(read, value?["value"]) == nil, "\(golden.place)")
            }
            let written = try record.encoded()
            #expect(written.key == keyBytes && written.value == valueBytes, "\(golden.place)")
        }
        #expect(seen == Set(RecordType.allCases.map(\.rawValue)))
    }

    @Test func `broken coordinator records are refused, and bytes too many ignored`() throws {
        let goldens = try WireGolden.read("malformed").filter {
            $0.json["kind"] as? String == "group-coordinator-record"
        }
        #expect(goldens.count == 15)
        for golden in goldens {
            let (key, value) = (bytes(golden.json["keyHex"]), bytes(golden.json["valueHex"]))
            guard golden.json["outcome"] as? String == "decoded" else {
                #expect(throws: WireError.self, "\(golden.place)") {
                    try CoordinatorRecord<GroupCoordinatorRecordType>(key: key, value: value)
                }
                continue
            }
            let record = try CoordinatorRecord<GroupCoordinatorRecordType>(key: key, value: value)
            #expect(difference(record.key, golden.json["key"]) == nil, "\(golden.place)")
            #expect((record.value == nil) == (golden.value is NSNull), "\(golden.place)")
            if let read = record.value { #expect(difference(read, golden.value) == nil, "\(golden.place)") }
        }
    }

    @Test func `embedded protocols and principals have their version before them`() throws {
        let types: [(String, any WireMessage.Type)] = [
            ("principal", DefaultPrincipalData.self), ("consumer-subscription", ConsumerProtocolSubscription.self),
            ("consumer-assignment", ConsumerProtocolAssignment.self),
        ]
        for (format, type) in types {
            for golden in try goldens(format) {
                let message = try type.init(value: golden.bytes)
                #expect(difference(message, golden.value) == nil, "\(golden.place)")
                #expect(try message.value(version: golden.version) == golden.bytes, "\(golden.place)")
            }
        }
    }

    @Test func `a producer snapshot has its version before it and its checksum over what follows`() throws {
        for golden in try goldens("producer-snapshot-file") {
            let snapshot = try ProducerSnapshot(value: golden.bytes)
            #expect(difference(snapshot, golden.value) == nil, "\(golden.place)")
            #expect(try snapshot.value(version: golden.version) == golden.bytes, "\(golden.place)")
            #expect(golden.bytes.dropFirst(6).withBytes { CRC32C.of($0) } == snapshot.crc, "\(golden.place)")
        }
    }

    @Test func `control records have Kafka's keys`() throws {
        for golden in try goldens("control-record-key") {
            let type = try #require(ControlRecordType(key: golden.bytes), "\(golden.place)")
            #expect(type.rawValue == golden.json["type"] as? Int16 && type.key == golden.bytes, "\(golden.place)")
        }
    }

    @Test func `control batches are read and built again`() throws {
        for golden in try goldens("control-batch") {
            let batch = golden.bytes
            let header = try #require(try batch.withBytes { try BatchView($0)?.header })
            #expect(header.isControl && header.baseOffset.rawValue == golden.json["baseOffset"] as? Int64)
            var reader = try RecordReader(batch, header)
            let record = try #require(try reader.next())
            #expect(try reader.next() == nil)
            #expect(record.key == bytes(golden.json["keyHex"]), "\(golden.place)")
            #expect(record.value == bytes(golden.json["valueHex"]), "\(golden.place)")

            // End-transaction markers have their version before them; of the others it is a field.
            let type = try #require(WireGolden.types[golden.message])
            let isMarker = type == EndTxnMarker.self
            let value = try #require(record.value)
            let message = isMarker ? try type.init(value: value) : try type.init(value, version: golden.version)
            #expect(difference(message, golden.value) == nil, "\(golden.place)")
            let written =
                isMarker
                ? try message.value(version: golden.version) : try message.bytes(version: golden.version)
            #expect(written == value, "\(golden.place)")

            var builder = BatchBuilder(baseOffset: header.baseOffset)
            builder.isControl = true
            builder.isTransactional = header.isTransactional
            (builder.producerID, builder.producerEpoch) = (header.producerID, header.producerEpoch)
            builder.partitionLeaderEpoch = header.partitionLeaderEpoch
            let key = try #require(record.key.flatMap(ControlRecordType.init(key:))).key
            builder.append(key: key, value: written, timestamp: record.timestamp)
            #expect(try builder.build() == batch.array, "\(golden.place)")
        }
    }

    private func bytes(_ hex: Any?) -> ByteSlice? { (hex as? String).map(WireGolden.bytes) }
}
