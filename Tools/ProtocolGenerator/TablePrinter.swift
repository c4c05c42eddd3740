/// The Swift of what is not one message: the tables of keys and errors, and the lists over all messages.
struct TablePrinter {
    /// What the golden tests find a message by.
    func allMessages(_ names: [String]) -> String {
        var output = Output.generated(from: "", imports: ["InternalRecords", "WireProtocol"])
        output.line("/// Every message of the wire and of the internal records.")
        output.line("let allMessages: [any WireMessage.Type] = [")
        output.indented { output in
            for name in names.sorted() { output.line("\(name).self,") }
        }
        output.line("]")
        return output.text
    }

    /// The enum of all records of the metadata log.
    func metadataRecord(_ plans: [MessagePlan]) -> String {
        let rows = plans.sorted { ($0.schema.key ?? 0) < ($1.schema.key ?? 0) }.map { plan in
            (
                name: caseName(String(plan.schema.name.dropLast("Record".count))), type: plan.schema.name,
                key: plan.schema.key ?? -1
            )
        }
        var output = Output.generated(from: "metadata-log", imports: ["WireProtocol"])
        output.line("/// One record of the metadata log, of any type that Kafka 4.3 writes or has written.")
        output.block("package enum MetadataRecord: Sendable") { output in
            for row in rows { output.line("case \(row.name)(\(row.type))") }
            output.line()
            output.line("/// The number that stands before the record in the log.")
            output.block("package var type: Int16") { output in
                output.line("switch self {")
                for row in rows { output.line("case .\(row.name): \(row.key)") }
                output.line("}")
            }
            output.line()
            output.line("/// The record without its type.")
            output.block("package var body: any RecordMessage") { output in
                output.line("switch self {")
                for row in rows { output.line("case .\(row.name)(let record): record") }
                output.line("}")
            }
            output.line()
            output.line(
                "/// Reads the record's body. An unknown type is an error, never skipped: what it says would be lost.")
            output.block("init(type: Int, version: Int16, from reader: inout WireReader) throws(WireError)") { output in
                output.line("switch type {")
                for row in rows {
                    output.line(
                        "case \(row.key): self = .\(row.name)(try \(row.type)(from: &reader, version: version))")
                }
                output.line(
                    "default: throw .unsupportedVersion(message: \"metadata record of type \\(type)\", version: version)"
                )
                output.line("}")
            }
        }
        return output.text
    }

    /// The types of a coordinator's records, each with its key and its value.
    func coordinatorRecordType(_ name: String, from folder: String, _ plans: [MessagePlan]) -> String {
        let rows = plans.filter { $0.schema.kind == .coordinatorKey }
            .map { (name: String($0.schema.name.dropLast("Key".count)), type: $0.schema.key ?? -1) }
            .sorted { $0.type < $1.type }
        var output = Output.generated(from: folder, imports: ["WireProtocol"])
        output.line("/// The types of the \(name.lowercased()) coordinator's records, by the number before their keys.")
        output.block("package enum \(name)CoordinatorRecordType: Int16, CoordinatorRecordType") { output in
            for row in rows { output.line("case \(caseName(row.name)) = \(row.type)") }
            for part in ["Key", "Value"] {
                output.line()
                output.block("package var \(part.lowercased()): any RecordMessage.Type") { output in
                    output.line("switch self {")
                    for row in rows { output.line("case .\(caseName(row.name)): \(row.name)\(part).self") }
                    output.line("}")
                }
            }
        }
        return output.text
    }

    func caseName(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    func apiKeys(_ rows: [[String: String]]) -> String {
        var output = Output.generated(from: "apis.tsv", imports: [])
        output.line("/// Every API of Kafka 4.3 by its number on the wire.")
        output.block("package enum APIKey: Int16, Sendable, CaseIterable") { output in
            for row in rows { output.line("case \(caseName(row["name"] ?? "")) = \(row["key"] ?? "")") }
            property("name", "String", "Kafka's name.", rows, &output) { "\"\($0["name"] ?? "")\"" }
            property("versions", "ClosedRange<Int16>", "The versions that there are.", rows, &output) {
                "\($0["code_min"] ?? "")...\($0["code_max"] ?? "")"
            }
            for listener in ["broker", "controller"] {
                let what = "What a \(listener)'s listener advertises in 4.3; nil where the API is not served."
                property("\(listener)Versions", "ClosedRange<Int16>?", what, rows, &output) { row in
                    let (low, high) = (row["\(listener)_min"] ?? "", row["\(listener)_max"] ?? "")
                    return low.isEmpty || high.isEmpty ? "nil" : "\(low)...\(high)"
                }
            }
            property("newestStable", "Int16", "Newer versions are unstable.", rows, &output) {
                $0["newest_stable"] ?? ""
            }
            property("flexibleFrom", "Int16", "The first version with tagged fields.", rows, &output) { row in
                let first = row["flexible_from"] ?? ""
                return first.isEmpty ? ".max" : first
            }
        }
        return output.text
    }

    private func property(
        _ name: String, _ type: String, _ comment: String, _ rows: [[String: String]], _ output: inout Output,
        _ value: ([String: String]) -> String
    ) {
        output.line()
        output.line("/// \(comment)")
        output.block("package var \(name): \(type)") { output in
            output.line("switch self {")
            for row in rows { output.line("case .\(caseName(row["name"] ?? "")): \(value(row))") }
            output.line("}")
        }
    }

    func errorCodes(_ rows: [[String: String]]) -> String {
        func name(_ row: [String: String]) -> String {
            let words = (row["name"] ?? "").lowercased().split(separator: "_")
            return words.enumerated().map { $0 == 0 ? String($1) : $1.prefix(1).uppercased() + $1.dropFirst() }.joined()
        }
        var output = Output.generated(from: "errors.tsv", imports: [])
        output.line("/// Kafka's error codes.")
        output.block("package enum ErrorCode: Int16, Error, Sendable, CaseIterable") { output in
            for row in rows {
                output.line(
                    "/// \((row["meaning"] ?? "").prefix(1).uppercased())\((row["meaning"] ?? "").dropFirst()).")
                output.line("case \(name(row)) = \(row["code"] ?? "")")
            }
            output.line()
            output.line("/// Kafka's name.")
            output.block("package var name: String") { output in
                output.line("switch self {")
                for row in rows { output.line("case .\(name(row)): \"\(row["name"] ?? "")\"") }
                output.line("}")
            }
            output.line()
            output.line("/// Whether a client may try again as it is.")
            output.block("package var isRetriable: Bool") { output in
                let retriable = rows.filter { $0["retriable"] == "yes" }.map { ".\(name($0))" }
                output.line("switch self {")
                output.line("case \(retriable.joined(separator: ",\n            ")): true")
                output.line("default: false")
                output.line("}")
            }
        }
        return output.text
    }
}
