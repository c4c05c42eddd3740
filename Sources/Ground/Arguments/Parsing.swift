import Vocabulary

/// What a command line said.
package struct Arguments: Sendable, Hashable {
    /// The command's names from the outermost: `["storage", "format"]`.
    package let command: [String]
    private let given: [String: [String]]
    package let operands: [String]

    package func has(_ option: String) -> Bool { given[option] != nil }
    package subscript(_ option: String) -> String? { given[option]?.last }
    package func all(_ option: String) -> [String] { given[option] ?? [] }

    init(command: [String], given: [String: [String]], operands: [String]) {
        self.command = command
        self.given = given
        self.operands = operands
    }
}

package enum Invocation: Sendable, Hashable {
    case run(Arguments)
    /// `--help` was asked for: print this and end with 0.
    case help(String)
}

extension Command {
    /// Understands the words after the program's name. `--` ends the options.
    package func parse(_ words: [String]) throws(UsageError) -> Invocation {
        try parse(words[...], path: [name])
    }

    private func parse(_ words: ArraySlice<String>, path: [String]) throws(UsageError) -> Invocation {
        let called = path.joined(separator: " ")
        var rest = words
        var given: [String: [String]] = [:]
        var found: [String] = []
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" { return .help(help(path: called)) }
            if word == "--" {
                found += rest
                break
            }
            if word.hasPrefix("--") {
                try take(word.dropFirst(2), &rest, into: &given)
            } else if !subcommands.isEmpty {
                guard let next = subcommands.first(where: { $0.name == word }) else {
                    throw .unknownCommand(word, nearest: nearestName(to: word, in: subcommands.map(\.name)))
                }
                return try next.parse(rest, path: path + [word])
            } else if word.hasPrefix("-") && word.count > 1 {
                throw .unknownOption(String(word.dropFirst()), nearest: nil)
            } else {
                found.append(word)
            }
        }
        if !subcommands.isEmpty && given.isEmpty { throw .noCommand(of: called) }
        try checkOperands(found)
        return .run(Arguments(command: Array(path.dropFirst()), given: given, operands: found))
    }

    private func take(
        _ word: Substring, _ rest: inout ArraySlice<String>, into given: inout [String: [String]]
    ) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = options.first(where: { $0.name == name }) else {
            throw .unknownOption(name, nearest: nearestName(to: name, in: options.map(\.name) + ["help"]))
        }
        if option.kind == .flag {
            if parts.count > 1 { throw .unexpectedValue(option: name) }
            given[name] = [""]
            return
        }
        if case .value = option.kind, given[name] != nil { throw .repeatedOption(name) }
        if parts.count > 1 {
            given[name, default: []].append(String(parts[1]))
        } else {
            // A value that itself begins with -- must be joined by "=", so that a forgotten value is noticed.
            guard let value = rest.first, !value.hasPrefix("--") else { throw .missingValue(option: name) }
            rest = rest.dropFirst()
            given[name, default: []].append(value)
        }
    }

    private func checkOperands(_ found: [String]) throws(UsageError) {
        let takesMany = operands.last?.hasSuffix("…") ?? false
        if found.count < operands.count { throw .missingOperand(operands[found.count]) }
        if found.count > operands.count && !takesMany { throw .unexpectedOperand(found[operands.count]) }
    }
}
