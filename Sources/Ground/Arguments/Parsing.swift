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
                try takeLetters(word.dropFirst(), &rest, into: &given)
            } else {
                found.append(word)
            }
        }
        if !subcommands.isEmpty && given.isEmpty { throw .noCommand(of: called) }
        try checkOptions(given)
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
        try take(option, parts.count > 1 ? parts[1] : nil, &rest, into: &given)
    }

    /// `-n`, `-n VALUE`, `-nVALUE`; flags may stand together.
    private func takeLetters(
        _ letters: Substring, _ rest: inout ArraySlice<String>, into given: inout [String: [String]]
    ) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.letter == letter }) else {
                throw .unknownOption(String(letter), nearest: nil)
            }
            if option.kind == .flag {
                try take(option, nil, &rest, into: &given)
            } else {
                try take(option, letters.isEmpty ? nil : letters, &rest, into: &given)
                return
            }
        }
    }

    /// Takes an option with the value that is joined to it, or else with the next word.
    private func take(
        _ option: Option, _ joined: Substring?, _ rest: inout ArraySlice<String>,
        into given: inout [String: [String]]
    ) throws(UsageError) {
        let name = option.name
        if option.kind == .flag {
            if joined != nil { throw .unexpectedValue(option: name) }
            given[name] = [""]
            return
        }
        if case .value = option.kind, given[name] != nil { throw .repeatedOption(name) }
        if let joined {
            given[name, default: []].append(String(joined))
        } else {
            guard let value = rest.first, !isOption(value) else { throw .missingValue(option: name) }
            rest = rest.dropFirst()
            given[name, default: []].append(value)
        }
    }

    /// Whether a word where a value is wanted is the next option instead, so that a forgotten value is noticed. A value
    /// that looks so must be joined by "=".
    private func isOption(_ word: String) -> Bool {
        word.hasPrefix("--") || (word.count == 2 && word.first == "-" && options.contains { $0.letter == word.last })
    }

    private func checkOptions(_ given: [String: [String]]) throws(UsageError) {
        for names in alternatives {
            let both = names.filter { given[$0] != nil }
            if both.count > 1 { throw .contradiction(both[0], both[1]) }
        }
        for option in options where option.isRequired && given[option.name] == nil {
            throw .missingOption(option.name)
        }
    }

    private func checkOperands(_ found: [String]) throws(UsageError) {
        let takesMany = operands.last?.hasSuffix("…") ?? false
        let fewest = operands.count { !$0.hasPrefix("[") }
        if found.count < fewest { throw .missingOperand(operands[found.count]) }
        if found.count > operands.count && !takesMany { throw .unexpectedOperand(found[operands.count]) }
    }
}
