import Foundation

/// One schema file with its messages understood.
struct SchemaFile {
    let folder: String
    let name: String
    let plans: [MessagePlan]

    var source: String { "\(folder)/\(name)" }
    var isAPI: Bool { folder == "api" }

    /// Requests, responses and their headers are the wire's; everything else stands in logs and files.
    var target: String {
        isAPI || plans.contains { $0.schema.kind == .header } ? "WireProtocol" : "InternalRecords"
    }
}

/// The folder `Protocol/`, and what is made of it.
struct SchemaFolder {
    private let root: URL

    init(_ root: URL) { self.root = root }

    /// Swift files by path in the repository.
    func generated() throws -> [String: String] {
        let files = try schemaFiles()
        let plans = files.flatMap(\.plans)
        let served = Set(files.filter(\.isAPI).flatMap(\.plans).compactMap(\.schema.key))
        let tables = TablePrinter()
        let apis = try table("apis.tsv").filter { served.contains(Int($0["key"] ?? "") ?? -1) }
        let cases = Dictionary(uniqueKeysWithValues: apis.map { ($0["key"] ?? "", tables.caseName($0["name"] ?? "")) })
        let records = files.filter { $0.folder == "metadata-log" }.flatMap(\.plans)

        var made: [String: String] = [:]
        for file in files {
            let name = file.name.dropLast(".schema".count)
            made["Sources/Formats/\(file.target)/Generated/\(name).swift"] = swift(of: file, cases)
        }
        made["Sources/Formats/WireProtocol/Generated/APIKey.swift"] = tables.apiKeys(apis)
        made["Sources/Formats/WireProtocol/Generated/ErrorCode.swift"] = tables.errorCodes(try table("errors.tsv"))
        made["Sources/Formats/InternalRecords/Generated/MetadataRecord.swift"] = tables.metadataRecord(records)
        for name in ["Group", "Share", "Transaction"] {
            let folder = "\(name.lowercased())-coordinator"
            let plans = files.filter { $0.folder == folder }.flatMap(\.plans)
            made["Sources/Formats/InternalRecords/Generated/\(name)CoordinatorRecordType.swift"] =
                tables.coordinatorRecordType(name, from: folder, plans)
        }
        made["Tests/WireGoldenTests/Generated/AllMessages.swift"] = tables.allMessages(plans.map(\.schema.name))
        return made
    }

    private func schemaFiles() throws -> [SchemaFile] {
        try list(root).flatMap { folder in
            try list(root.appendingPathComponent(folder)).filter { $0.hasSuffix(".schema") }.map { name in
                let source = "\(folder)/\(name)"
                let text = try String(contentsOf: root.appendingPathComponent(source), encoding: .utf8)
                var parser = SchemaParser(text, source: source)
                let plans = try parser.messages().map { schema in
                    var planner = Planner(schema)
                    return try planner.plan()
                }
                return SchemaFile(folder: folder, name: name, plans: plans)
            }
        }
    }

    private func swift(of file: SchemaFile, _ cases: [String: String]) -> String {
        let imports = ["Bytes", "Vocabulary"] + (file.target == "WireProtocol" ? [] : ["WireProtocol"])
        var output = Output.generated(from: file.source, imports: imports)
        for (index, plan) in file.plans.enumerated() {
            if index > 0 { output.line() }
            let key = file.isAPI ? plan.schema.key.flatMap { cases[String($0)] } : nil
            MessagePrinter(plan: plan, apiKeyCase: key, isDescribed: file.target == "InternalRecords").print(
                to: &output)
        }
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
}
