import Arguments
import Testing

@Suite struct ArgumentsTests {
    private let apus = Command(
        "apus", "A broker.", options: [Option("version", .flag, "Shows the version.")],
        subcommands: [
            Command(
                "server", "Runs a node.",
                options: [
                    Option("config", .value("FILE"), "The properties."),
                    Option("strict", .flag, "Refuses unknown names."),
                    Option("override", .repeated("KEY=VALUE"), "Covers a property."),
                ], examples: ["apus server --config server.properties"]),
            Command(
                "storage", "Storage.",
                subcommands: [
                    Command("format", "Formats."),
                    Command(
                        "info", "Tells.",
                        options: [
                            Option("config", .value("FILE"), "The properties.", letter: "c", isRequired: true),
                            Option("feature", .repeated("NAME=LEVEL"), "A feature.", letter: "f"),
                            Option("standalone", .flag, "Alone.", letter: "s"),
                            Option("joining", .flag, "Not alone.", letter: "N"),
                            Option("quiet", .flag, "Says nothing.", letter: "q"),
                        ], alternatives: [["standalone", "joining"]]),
                ]),
            Command("dump", "Dumps.", operands: ["FILE…"]),
        ])

    private func run(_ words: String...) throws -> Arguments? {
        if case .run(let arguments) = try apus.parse(words) { arguments } else { nil }
    }

    @Test func `values may stand apart or after an equals sign`() throws {
        let told = try run("server", "--config", "a", "--override=x=1", "--override", "y=2", "--strict")
        #expect(told?.command == ["server"] && told?["config"] == "a" && told?.has("strict") == true)
        #expect(told?.all("override") == ["x=1", "y=2"])
        #expect(try run("storage", "format")?.command == ["storage", "format"])
        #expect(try run("dump", "--", "--odd", "b")?.operands == ["--odd", "b"])
        #expect(try run("--version")?.has("version") == true)
    }

    @Test func `help teaches by synopsis, options and examples`() throws {
        guard case .help(let text) = try apus.parse(["server", "--help"]) else {
            Issue.record("no help")
            return
        }
        #expect(text.hasPrefix("Usage: apus server [OPTION]…\n\nRuns a node.\n"))
        #expect(text.contains("--config FILE") && text.contains("Examples:\n  apus server --config"))
    }

    @Test func `mistakes are named, with what was probably meant`() {
        #expect(throws: UsageError.unknownOption("confg", nearest: "config")) { try run("server", "--confg=a") }
        #expect(throws: UsageError.unknownCommand("sevrer", nearest: "server")) { try run("sevrer") }
        #expect(throws: UsageError.missingValue(option: "config")) { try run("server", "--config", "--strict") }
        #expect(throws: UsageError.unexpectedValue(option: "strict")) { try run("server", "--strict=1") }
        #expect(throws: UsageError.repeatedOption("config")) { try run("server", "--config=a", "--config=b") }
        #expect(throws: UsageError.unexpectedOperand("x")) { try run("server", "x") }
        #expect(throws: UsageError.missingOperand("FILE…")) { try run("dump") }
        #expect(throws: UsageError.noCommand(of: "apus storage")) { try run("storage") }
    }

    @Test func `an option may have a letter, flags of one letter may stand together`() throws {
        let told = try run("storage", "info", "-c", "a", "-fx=1", "-f", "y=2", "-sq")
        #expect(told?["config"] == "a" && told?.all("feature") == ["x=1", "y=2"])
        #expect(told?.has("standalone") == true && told?.has("quiet") == true && told?.has("joining") == false)
        #expect(try run("storage", "info", "-c", "-a")?["config"] == "-a")
        #expect(throws: UsageError.missingValue(option: "config")) { try run("storage", "info", "-c", "-s") }
        #expect(throws: UsageError.unknownOption("x", nearest: nil)) { try run("storage", "info", "-x") }
        #expect(throws: UsageError.unknownOption("x", nearest: nil)) { try run("storage", "info", "-sx") }
        #expect(throws: UsageError.repeatedOption("config")) { try run("storage", "info", "-ca", "--config=b") }
    }

    @Test func `what is required must be there, and what excludes each other may not`() {
        #expect(throws: UsageError.missingOption("config")) { try run("storage", "info", "-s") }
        #expect(throws: UsageError.contradiction("standalone", "joining")) {
            try run("storage", "info", "-c", "a", "-N", "-s")
        }
        // Help is given whatever is missing.
        #expect(throws: Never.self) { try run("storage", "info", "-h") }
    }
}
