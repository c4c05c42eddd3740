/// The Swift of a message: one struct with its nested structs, each with `init(from:version:)` and `write(to:version:)`.
struct MessagePrinter {
    let plan: MessagePlan
    /// `APIKey`'s case, for requests and responses.
    var apiKeyCase: String?
    /// Whether the structs also say themselves as JSON: those of logs and files do.
    var isDescribed = false

    func print(to output: inout Output) {
        for (index, structure) in plan.structs.enumerated() {
            let printer = StructPrinter(
                structure: structure, plan: plan, isMessage: index == 0, isDescribed: isDescribed)
            if index == 0 {
                output.block("package struct \(structure.name): \(conformance)") { output in
                    head(to: &output)
                    printer.members(to: &output)
                }
            } else {
                output.line()
                output.block("extension \(plan.schema.name)") { output in
                    output.block("package struct \(structure.name): \(isDescribed ? "DescribedStruct" : "WireStruct")")
                    {
                        printer.members(to: &$0)
                    }
                }
            }
        }
    }

    private var conformance: String {
        switch plan.schema.kind {
        case .request: "WireRequest"
        case .response: "WireResponse"
        default: isDescribed ? "RecordMessage" : "WireMessage"
        }
    }

    private func head(to output: inout Output) {
        if plan.schema.kind == .request {
            output.line("package typealias Response = \(plan.schema.name.dropLast("Request".count))Response")
        }
        if let apiKeyCase { output.line("package static var apiKey: APIKey { .\(apiKeyCase) }") }
        output.line("package static var name: String { \"\(plan.schema.name)\" }")
        output.line(
            "package static var versions: ClosedRange<Int16> { \(plan.versions.low)...\(plan.versions.high) }")
        let flexible = FieldPrinter.condition(plan.flexible, in: plan.versions) ?? "true"
        output.line("package static func isFlexible(_ version: Int16) -> Bool { \(flexible) }")
        output.line()
    }
}

/// The members of one struct.
private struct StructPrinter {
    let structure: StructPlan
    let plan: MessagePlan
    let isMessage: Bool
    let isDescribed: Bool

    /// The versions of the context that have tagged fields.
    private var flexible: VersionRange { plan.flexible.intersection(structure.context) }
    private var hasTags: Bool { !flexible.isEmpty }

    /// How the bodies name "this version is flexible".
    private var flexibleText: String {
        switch FieldPrinter.condition(flexible, in: structure.context) {
        case nil: "true"
        case "false": "false"
        default: "flexible"
        }
    }

    private func printer(_ field: FieldPlan) -> FieldPrinter {
        FieldPrinter(field: field, context: structure.context, flexible: flexibleText)
    }

    func members(to output: inout Output) {
        for field in structure.fields { output.line(printer(field).declaration) }
        if hasTags { output.line("package var unknownTaggedFields: [UnknownTaggedField] = []") }
        if !structure.fields.isEmpty || hasTags { output.line() }
        output.line("package init() {}")
        output.line()
        reading(to: &output)
        output.line()
        writing(to: &output)
        if structure.comparesWithDefaults {
            output.line()
            comparison(to: &output)
        }
        if isDescribed {
            output.line()
            description(to: &output)
        }
    }

    /// `let flexible = …`, where something asks for it.
    private func flexibleConstant(to output: inout Output) {
        guard flexibleText == "flexible" else { return }
        if let condition = FieldPrinter.condition(flexible, in: structure.context) {
            output.line("let flexible = \(condition)")
        }
    }

    // MARK: Reading

    private func reading(to output: inout Output) {
        output.block("package init(from reader: inout WireReader, version: Int16) throws(WireError)") { output in
            if isMessage { output.line("try Self.check(version)") }
            flexibleConstant(to: &output)
            for group in groups(structure.untagged.filter { !$0.range.isEmpty }) {
                let statements = { (output: inout Output) in
                    for field in group { output.line(assignment(field)) }
                }
                if let condition = printer(group[0]).condition {
                    output.block("if \(condition)", statements)
                } else {
                    statements(&output)
                }
            }
            if hasTags { readingTags(to: &output) }
        }
    }

    private func assignment(_ field: FieldPlan) -> String {
        let inner = plan.structs.first { $0.name == field.type.structName }
        return "\(printer(field).access) = \(printer(field).read(leastSize: inner?.leastSize ?? 1))"
    }

    /// Neighbours with the same versions share their condition.
    private func groups(_ fields: [FieldPlan]) -> [[FieldPlan]] {
        var made: [[FieldPlan]] = []
        for field in fields {
            if let last = made.last?.first, last.range == field.range {
                made[made.count - 1].append(field)
            } else {
                made.append([field])
            }
        }
        return made
    }

    private func readingTags(to output: inout Output) {
        if structure.tagged.isEmpty {
            output.line("unknownTaggedFields = try reader.taggedFields(\(flexibleText))")
            return
        }
        let body = { (output: inout Output) in
            output.line("var left = try reader.tagCount()")
            output.block("while left > 0") { output in
                output.line("left -= 1")
                output.line("let (tag, size) = try reader.tag()")
                output.line("switch tag {")
                for field in structure.tagged { readingCases(field, to: &output) }
                output.line("default: unknownTaggedFields.append(try reader.unknownTag(tag, size))")
                output.line("}")
            }
        }
        if flexibleText == "true" { body(&output) } else { output.block("if flexible", body) }
    }

    private func readingCases(_ field: FieldPlan, to output: inout Output) {
        let tag = field.tag ?? 0
        // Tags are read in flexible versions only, so that is what the condition can be simplified against.
        let condition = FieldPrinter.condition(field.range, in: flexible)
        if condition != "false" {
            output.line("case \(tag)\(condition.map { " where \($0)" } ?? ""): \(assignment(field))")
        }
        if condition != nil { output.line("case \(tag): throw WireError.tagOfAnotherVersion(\(tag))") }
    }

    // MARK: Writing

    private func writing(to output: inout Output) {
        output.block("package func write(to writer: inout WireWriter, version: Int16) throws(WireError)") { output in
            if isMessage { output.line("try Self.check(version)") }
            flexibleConstant(to: &output)
            for group in groups(structure.untagged) { writing(group, to: &output) }
            for field in structure.tagged where !field.schema.ignorable { refusal(field, to: &output) }
            if hasTags { writingTags(to: &output) }
        }
    }

    private func writing(_ group: [FieldPlan], to output: inout Output) {
        let refused = group.filter { !$0.schema.ignorable }
        guard let condition = printer(group[0]).condition else {
            for field in group { output.line(printer(field).write) }
            return
        }
        if condition == "false" {
            for field in refused { refusal(field, to: &output) }
            return
        }
        output.line("if \(condition) {")
        output.indented { output in
            for field in group { output.line(printer(field).write) }
        }
        if !refused.isEmpty {
            output.line("} else {")
            output.indented { output in
                for field in refused { refuse(field, unless: nil, to: &output) }
            }
        }
        output.line("}")
    }

    /// Refuses a value in the versions that lack the field.
    private func refusal(_ field: FieldPlan, to output: inout Output) {
        guard let condition = printer(field).condition else { return }
        refuse(field, unless: condition == "false" ? nil : condition, to: &output)
    }

    private func refuse(_ field: FieldPlan, unless condition: String?, to output: inout Output) {
        let differs = printer(field).differsFromDefault
        let asked =
            condition.map { $0.contains("&&") ? "!(\($0)), \(differs)" : "\(negated($0)), \(differs)" } ?? differs
        output.line("if \(asked) { throw WireError.fieldNotInVersion(\"\(field.name)\") }")
    }

    private func negated(_ comparison: String) -> String {
        comparison.contains(">=")
            ? comparison.replacing(">=", with: "<") : comparison.replacing("<=", with: ">")
    }

    private func writingTags(to output: inout Output) {
        if structure.tagged.isEmpty {
            output.line("try writer.taggedFields(unknownTaggedFields, \(flexibleText))")
            return
        }
        let present = structure.tagged.filter { !$0.range.isEmpty }
        let body = { (output: inout Output) in
            for field in present {
                let condition = FieldPrinter.condition(field.range, in: flexible).map { "\($0) && " } ?? ""
                let differs = printer(field).differsFromDefault
                output.line("let writes\(field.schema.name) = \(condition)\(differs)")
            }
            let counts = present.map { "(writes\($0.schema.name) ? 1 : 0)" }.joined(separator: " + ")
            output.line("writer.tagCount(unknownTaggedFields.count + \(counts))")
            output.line("var next = 0")
            for field in present { writingTag(field, to: &output) }
            output.line("try writer.unknownTags(unknownTaggedFields, from: &next, below: .max)")
        }
        if flexibleText == "true" {
            body(&output)
        } else {
            output.line("if flexible {")
            output.indented(body)
            output.line("} else if !unknownTaggedFields.isEmpty {")
            output.indented { $0.line("throw WireError.taggedFieldsNotInVersion") }
            output.line("}")
        }
    }

    private func writingTag(_ field: FieldPlan, to output: inout Output) {
        let tag = field.tag ?? 0
        let unknown = "try writer.unknownTags(unknownTaggedFields, from: &next, below: \(tag))"
        if let condition = FieldPrinter.condition(field.range, in: flexible) {
            output.line("if \(condition) { \(unknown) }")
        } else {
            output.line(unknown)
        }
        output.block("if writes\(field.schema.name)") { output in
            output.line("try writer.tag(\(tag)) { (writer: inout WireWriter) throws(WireError) in")
            output.indented { $0.line(printer(field).write) }
            output.line("}")
        }
    }

    // MARK: Describing

    private func description(to output: inout Output) {
        output.block("package func describe(to json: inout JSONWriter, version: Int16)") { output in
            for field in structure.fields where !field.range.isEmpty {
                let printer = printer(field)
                var conditions = [printer.condition]
                if field.tag != nil { conditions.append(printer.differsFromDefault) }
                let condition = conditions.compactMap { $0 }.joined(separator: " && ")
                if condition.isEmpty {
                    output.line(printer.describe)
                } else {
                    output.line("if \(condition) { \(printer.describe) }")
                }
            }
        }
    }

    private func comparison(to output: inout Output) {
        output.line("/// Whether every field is at its default.")
        output.block("package var isDefault: Bool") { output in
            for field in structure.fields { output.line("if \(printer(field).differsFromDefault) { return false }") }
            output.line(hasTags ? "return unknownTaggedFields.isEmpty" : "return true")
        }
    }
}
