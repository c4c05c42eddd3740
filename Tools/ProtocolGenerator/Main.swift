import Foundation

/// Writes the Swift of every message from `Protocol/`; with `--check` only says whether the files are as it would write them.
@main
struct ProtocolGenerator {
    static func main() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let isCheck = CommandLine.arguments.contains("--check")
        let files = try Sources(root: root.appendingPathComponent("Protocol")).generated()
        var stale: [String] = []
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let file = root.appendingPathComponent(path)
            if (try? String(contentsOf: file, encoding: .utf8)) == text { continue }
            stale.append(path)
            if isCheck { continue }
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        print(stale.isEmpty ? "\(files.count) generated files are fresh" : "\(stale.count) files were stale: \(stale)")
        if isCheck && !stale.isEmpty { exit(1) }
    }
}

/// The schema files, and what is made of them.
struct Sources {
    let root: URL

    /// Swift files by path in the repository.
    func generated() throws -> [String: String] {
        var made: [String: String] = [:]
        let rows = try table("apis.tsv")
        let cases = Dictionary(
            uniqueKeysWithValues: rows.map { (Int($0["key"] ?? "") ?? -1, caseName($0["name"] ?? "")) })
        var served: Set<Int> = []
        var messages: [String] = []
        for folder in try list(root) {
            for file in try list(root.appendingPathComponent(folder)) where file.hasSuffix(".schema") {
                let source = "\(folder)/\(file)"
                let text = try String(contentsOf: root.appendingPathComponent(source), encoding: .utf8)
                var parser = SchemaParser(text, source: source)
                let plans = try parser.messages().map { schema in
                    var planner = Planner(schema)
                    return try planner.plan()
                }
                messages += plans.map(\.schema.name)
                if folder == "api" { served.formUnion(plans.compactMap(\.schema.key)) }
                let isWire = folder == "api" || plans.contains { $0.schema.kind == .header }
                let imports = isWire ? ["Bytes", "Vocabulary"] : ["Bytes", "Vocabulary", "WireProtocol"]
                var output = Output.generated(from: source, imports: imports)
                for (index, plan) in plans.enumerated() {
                    if index > 0 { output.line() }
                    let key = folder == "api" ? plan.schema.key.flatMap { cases[$0] } : nil
                    MessagePrinter(plan: plan, apiKeyCase: key).print(to: &output)
                }
                let target = isWire ? "WireProtocol" : "InternalRecords"
                made["Sources/Formats/\(target)/Generated/\(file.dropLast(".schema".count)).swift"] = output.text
            }
        }
        made["Sources/Formats/WireProtocol/Generated/APIKey.swift"] = apiKeys(
            rows.filter { served.contains(Int($0["key"] ?? "") ?? -1) })
        made["Sources/Formats/WireProtocol/Generated/ErrorCode.swift"] = errorCodes(try table("errors.tsv"))
        made["Tests/WireGoldenTests/Generated/AllMessages.swift"] = allMessages(messages)
        return made
    }

    /// What the golden tests find a message by.
    private func allMessages(_ names: [String]) -> String {
        var output = Output.generated(from: "", imports: ["InternalRecords", "WireProtocol"])
        output.line("/// Every message of the wire and of the internal records.")
        output.line("let allMessages: [any WireMessage.Type] = [")
        output.indented { output in
            for name in names.sorted() { output.line("\(name).self,") }
        }
        output.line("]")
        return output.text
    }

    private func list(_ folder: URL) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            return []
        }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// Rows of a table by column name.
    private func table(_ name: String) throws -> [[String: String]] {
        let text = try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
        let lines = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let head = lines.first else { throw GeneratorError("\(name) is empty") }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(head, $0)) }
    }

    private func caseName(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    private func apiKeys(_ rows: [[String: String]]) -> String {
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

    private func errorCodes(_ rows: [[String: String]]) -> String {
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
