import Bytes
import InternalRecords
import RecordFormat
import Vocabulary

/// The records of a batch: a line for each, in the form of Kafka's dump tool.
extension FileDump {
    mutating func showRecords(_ batch: BatchFile.Batch, _ file: DataFile) throws(RecordError) {
        let header = batch.header
        let kind = options.recordKind ?? file.ownRecords
        var reader = try RecordReader(batch.bytes, header)
        while let record = try reader.next() {
            let content =
                header.isControl || options.records == .contents
                ? RecordContent(record, isControl: header.isControl, as: kind) : nil
            if case .unreadable(let why) = content {
                fault(file, "the record at offset \(record.offset) cannot be read: \(why)")
            }
            line(
                text: options.asJSON
                    ? Self.json(record, header, content)
                    : Self.head(record, header) + Self.text(record, content))
        }
    }

    // MARK: Text

    private static func head(_ record: Record, _ header: BatchHeader) -> String {
        "| offset: \(record.offset) \(header.timestampType.kafkaName): \(record.timestamp) "
            + "keySize: \(record.key?.count ?? -1) valueSize: \(record.value?.count ?? -1)"
            + (header.magic < 2
                ? ""
                : " sequence: \(header.sequence(at: record.offset)) "
                    + "headerKeys: [\(record.headers.map(\.key.text).joined(separator: ","))]")
    }

    private static func text(_ record: Record, _ content: RecordContent?) -> String {
        switch content {
        case nil: return ""
        case .plain:
            return (record.key.map { " key: \($0.text)" } ?? "") + (record.value.map { " payload: \($0.text)" } ?? "")
        case .metadata(let record): return " payload: " + JSONWriter.text { record.describe(to: &$0) }
        case .coordinator(let type, let key, let value, let version):
            // Kafka's tool has the numbers as text.
            let payload = value.map { value in
                let data = JSONWriter.text { describeValue(value, to: &$0, version: version) }
                return "{\"version\":\"\(version)\",\"data\":\(data)}"
            }
            return " key: {\"type\":\"\(type)\",\"data\":\(key.json(version: 0))} payload: \(payload ?? "<DELETE>")"
        case .marker(let type, let epoch): return " endTxnMarker: \(type.label) coordinatorEpoch: \(epoch)"
        case .control(let type, let body, let version): return " \(type.label) \(body.json(version: version))"
        case .unknownControl: return " controlType: unknown"
        case .unreadable(let why): return " unreadable: \(why)"
        }
    }

    // MARK: JSON

    private static func json(_ record: Record, _ header: BatchHeader, _ content: RecordContent?) -> String {
        var entry = Entry("record")
        entry.add("offset", record.offset)
        entry.add("timestamp", record.timestamp)
        entry.add("keySize", record.key?.count ?? -1)
        entry.add("valueSize", record.value?.count ?? -1)
        entry.add("sequence", header.sequence(at: record.offset))
        return JSONWriter.text { json in
            json.object { json in
                entry.describe(to: &json)
                json.key("headers")
                json.array { json in
                    for header in record.headers {
                        json.object { json in
                            json.member("key", header.key.text)
                            describe(header.value, "value", to: &json)
                        }
                    }
                }
                describe(content, of: record, to: &json)
            }
        }
    }

    private static func describe(_ content: RecordContent?, of record: Record, to json: inout JSONWriter) {
        switch content {
        case nil: break
        case .plain:
            describe(record.key, "key", to: &json)
            describe(record.value, "value", to: &json)
        case .metadata(let record):
            json.key("metadata")
            record.describe(to: &json)
        case .coordinator(let type, let key, let value, let version):
            framed("key", "type", type, key, 0, &json)
            if let value { framed("value", "version", version, value, version, &json) } else { null("value", &json) }
        case .marker(let type, let epoch):
            json.key("control")
            json.object { json in
                json.member("type", type.name)
                json.member("coordinatorEpoch", epoch)
            }
        case .control(let type, let body, let version):
            json.key("control")
            json.object { json in
                json.member("type", type.name)
                json.key("body")
                body.write(to: &json, version: version)
            }
        case .unknownControl: null("control", &json)
        case .unreadable(let why):
            json.member("unreadable", why)
            json.member("keyBase64", record.key)
            json.member("valueBase64", record.value)
        }
    }

    /// Text as text, other bytes in base64 under a name that says so.
    private static func describe(_ bytes: ByteSlice?, _ name: String, to json: inout JSONWriter) {
        guard let bytes else { return null(name, &json) }
        if let text = String(validating: bytes.array, as: UTF8.self) {
            json.member(name, text)
        } else {
            json.member(name + "Base64", bytes)
        }
    }

    private static func framed(
        _ name: String, _ numberName: String, _ number: Int16, _ message: any RecordMessage, _ version: Int16,
        _ json: inout JSONWriter
    ) {
        json.key(name)
        json.object { json in
            json.member(numberName, number)
            json.key("data")
            describeValue(message, to: &json, version: version)
        }
    }

    private static func null(_ name: String, _ json: inout JSONWriter) {
        json.key(name)
        json.null()
    }
}
