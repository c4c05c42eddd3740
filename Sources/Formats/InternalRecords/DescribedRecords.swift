import Bytes
import Vocabulary
import WireProtocol

/// A struct that can say its fields as JSON: those of one version by Kafka's names, a tagged field only when it would be
/// written, bytes in base64. So do Apache Kafka's tools.
package protocol DescribedStruct: WireStruct {
    /// Writes the members of an object that is open.
    func describe(to json: inout JSONWriter, version: Int16)
}

/// A message that stands in a log or a file.
package protocol RecordMessage: WireMessage, DescribedStruct {}

extension DescribedStruct {
    package func write(to json: inout JSONWriter, version: Int16) {
        json.object { describe(to: &$0, version: version) }
    }

    package func json(version: Int16) -> String { JSONWriter.text { write(to: &$0, version: version) } }
}

extension UUID128: JSONValue {
    package func write(to json: inout JSONWriter) { json.string(description) }
}

extension JSONWriter {
    mutating func member(_ name: String, _ value: some DescribedStruct, _ version: Int16) {
        key(name)
        value.write(to: &self, version: version)
    }

    mutating func member(_ name: String, _ value: (some DescribedStruct)?, _ version: Int16) {
        key(name)
        if let value { value.write(to: &self, version: version) } else { null() }
    }

    mutating func member(_ name: String, _ values: [some DescribedStruct]?, _ version: Int16) {
        key(name)
        guard let values else { return null() }
        array { json in for value in values { value.write(to: &json, version: version) } }
    }
}

extension VersionedRecord {
    /// Kafka's name of the record's type, such as `FEATURE_LEVEL_RECORD`.
    package var typeName: String {
        var name = ""
        for letter in type(of: record.body).name {
            if letter.isUppercase, !name.isEmpty { name.append("_") }
            name.append(contentsOf: letter.uppercased())
        }
        return name
    }

    /// `{"type":…,"version":…,"data":{…}}`.
    package func describe(to json: inout JSONWriter) {
        json.object { json in
            json.member("type", typeName)
            json.member("version", version)
            json.key("data")
            record.body.write(to: &json, version: version)
        }
    }
}
