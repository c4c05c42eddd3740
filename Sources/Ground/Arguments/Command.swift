/// A command of a multi-call binary, declared: what it takes, and what its help says.
package struct Command: Sendable {
    package let name: String
    /// One line, for the list of commands.
    package let summary: String
    /// More, for the command's own help.
    package let details: String
    package let options: [Option]
    /// Sets of options of which only one may be given.
    package let alternatives: [[String]]
    /// Names of what follows the options, for the synopsis; the last may end with `…` and then takes any number. Those in
    /// brackets may be left out.
    package let operands: [String]
    package let examples: [String]
    package let subcommands: [Command]

    package init(
        _ name: String, _ summary: String, details: String = "", options: [Option] = [], alternatives: [[String]] = [],
        operands: [String] = [], examples: [String] = [], subcommands: [Command] = []
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.options = options
        self.alternatives = alternatives
        self.operands = operands
        self.examples = examples
        self.subcommands = subcommands
    }
}

/// A long option: `--name`, `--name VALUE` or `--name=VALUE`. With a letter also `-n`, `-n VALUE` or `-nVALUE`.
package struct Option: Sendable {
    package enum Kind: Sendable, Hashable {
        case flag
        /// Wants a value, called so in the help.
        case value(String)
        /// May be given several times.
        case repeated(String)
    }

    package let name: String
    package let kind: Kind
    package let summary: String
    package let letter: Character?
    package let isRequired: Bool

    package init(
        _ name: String, _ kind: Kind, _ summary: String, letter: Character? = nil, isRequired: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.letter = letter
        self.isRequired = isRequired
    }

    var usage: String {
        let name = (letter.map { "-\($0), " } ?? "") + "--" + name
        return switch kind {
        case .flag: name
        case .value(let what): "\(name) \(what)"
        case .repeated(let what): "\(name) \(what)…"
        }
    }
}

/// A command line that cannot be understood. The process ends with `exitCode`.
package enum UsageError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknownOption(String, nearest: String?)
    case unknownCommand(String, nearest: String?)
    case noCommand(of: String)
    case missingValue(option: String)
    case unexpectedValue(option: String)
    case repeatedOption(String)
    case unexpectedOperand(String)
    case missingOperand(String)
    case missingOption(String)
    case contradiction(String, String)

    package static let exitCode: Int32 = 2

    package var description: String {
        switch self {
        case .unknownOption(let name, let nearest):
            "unknown option \(name.count == 1 ? "-" : "--")\(name)" + (nearest.map { "; did you mean --\($0)?" } ?? "")
        case .unknownCommand(let name, let nearest):
            "unknown command '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .noCommand(let path): "'\(path)' wants a command; see '\(path) --help'"
        case .missingValue(let option): "--\(option) wants a value"
        case .unexpectedValue(let option): "--\(option) takes no value"
        case .repeatedOption(let option): "--\(option) may be given only once"
        case .unexpectedOperand(let text): "unexpected '\(text)'"
        case .missingOperand(let name): "\(name) is missing"
        case .missingOption(let name): "--\(name) is required"
        case .contradiction(let one, let other): "--\(other) is not allowed with --\(one)"
        }
    }
}

extension Command {
    /// What `--help` prints. `path` is how the command was called: `apus storage format`.
    package func help(path: String) -> String {
        var text = "Usage: " + path
        if !subcommands.isEmpty { text += " COMMAND" }
        if !options.isEmpty { text += " [OPTION]…" }
        text += operands.map { " " + $0 }.joined() + "\n\n" + summary + "\n"
        if !details.isEmpty { text += "\n" + details + "\n" }
        text += Self.table("Commands", subcommands.map { ($0.name, $0.summary) })
        text += Self.table(
            "Options",
            options.map { ($0.usage, $0.summary + ($0.isRequired ? " Required." : "")) }
                + [("-h, --help", "Shows this text.")])
        if !subcommands.isEmpty { text += "\n'\(path) COMMAND --help' tells more of a command.\n" }
        if !examples.isEmpty { text += "\nExamples:\n" + examples.map { "  \($0)\n" }.joined() }
        return text
    }

    private static func table(_ title: String, _ rows: [(String, String)]) -> String {
        guard let width = rows.map(\.0.count).max() else { return "" }
        return "\n\(title):\n" + rows.map { row($0, $1, min(width, widestTerm)) }.joined()
    }

    /// Terms wider than this have a line of their own.
    private static let widestTerm = 30
    private static let lineWidth = 110

    private static func row(_ term: String, _ summary: String, _ width: Int) -> String {
        let indent = String(repeating: " ", count: width + 4)
        var lines: [String] = []
        var line = ""
        for word in summary.split(separator: " ") {
            if !line.isEmpty && indent.count + line.count + word.count + 1 > lineWidth {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
        let text = lines.joined(separator: "\n" + indent) + "\n"
        if term.count > width { return "  \(term)\n\(indent)\(text)" }
        return "  \(term)" + String(repeating: " ", count: width - term.count + 2) + text
    }
}
