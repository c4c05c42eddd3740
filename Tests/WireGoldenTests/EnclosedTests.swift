import Bytes
import Checksums
import Foundation
import InternalRecords
import RecordFormat
import Testing
import Vocabulary
import WireProtocol

/// Messages within what encloses them: record frames, keys and values, control batches, embedded protocols, files.
struct EnclosedTests {
    private func goldens(_ format: String) throws -> [WireGolden] {
        try WireGolden.read("enclosed").filter { $0.json["format"] as? String == format }
    }

    /// What has no reader of ours: tiered storage's records, the protocol of Streams' classic groups, the quorum state.
    private static let unread: Set<String> = [
        "remote-log-metadata-record", "streams-subscription", "streams-assignment", "quorum-state-file",
    ]

    @Test func `no format is forgotten`() throws {
        let counts = Dictionary(grouping: try WireGolden.read("enclosed")) { $0.json["format"] as? String ?? "" }
            .mapValues(\.count).filter { !Self.unread.contains($0.key) }
        #expect(
            counts == [
                "principal": 4, "metadata-record": 185, "group-coordinator-record": 163,
                "share-coordinator-record": 12, "transaction-coordinator-record": 10, "control-record-key": 7,
                "control-batch": 7, "consumer-subscription": 8, "consumer-assignment": 8, "producer-snapshot-file": 2,
            ])
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
