import Testing

struct TidyTests {
    private let files: [SourceFile]

    init() throws { files = try SourceFile.all() }

    @Test func `there is something to look at`() {
        #expect(files.count > 50)
        #expect(Set(files.map(\.target)).contains("Reactor"))
    }

    @Test func `every target stands in the table, and imports only what the table allows`() {
        let allowed = Dictionary(uniqueKeysWithValues: walls.map { ($0.target, Set($0.ours + $0.foreign)) })
        for file in files {
            guard let mayImport = allowed[file.target] else {
                Issue.record("\(file.path): the target has no line in the table of walls")
                continue
            }
            for line in file.code where line.contains("import ") {
                guard let match = line.wholeMatch(of: #/\s*(?:@\w+ )*(?:\w+ )?import (?:\w+ )?(\w+)\s*/#) else {
                    continue
                }
                #expect(mayImport.contains(String(match.1)), "\(file.path) imports \(match.1)")
            }
        }
    }

    @Test func `a target imports only from its own band and those above`() {
        let bands = ["Ground", "Formats", "Machines", "Engines", "Server", "Clients", "Platform", "Apps", "Proof"]
        let bandOf = Dictionary(files.map { ($0.target, bands.firstIndex(of: $0.band) ?? -1) }) { first, _ in first }
        for (target, ours, _) in walls {
            guard let own = bandOf[target] else { continue }
            for other in ours { #expect((bandOf[other] ?? .max) <= own, "\(target) looks down to \(other)") }
        }
    }

    @Test(arguments: [
        (
            "Task", #"\bTask(\.detached)?\s*(\(.*\)\s*)?\{"#, "Ground/Seams/EventLoop.swift",
            "tasks are born in EventLoop.spawn"
        ),
        ("sleep", #"\bTask\.sleep"#, "", "sleep on the loop's clock"),
        ("import", #"\bimport (Dispatch|Foundation)\b"#, "", "costs megabytes, and threads that no simulation sees"),
        ("try!", #"\btry!"#, "", "an error is handled or handed on"),
        (
            "@inlinable", #"@inlinable package"#, "",
            "no body of a package declaration reaches another module: public is inlined, package is only called"
        ),
        ("Manager", #"\w*Manager\b"#, "", "names no idea"), ("Helper", #"\w*Helper\b"#, "", "names no idea"),
        ("Util", #"\w*Utils?\b"#, "", "names no idea"), ("Impl", #"\w*Impl\b"#, "", "names no idea"),
    ])
    func `what is banned is not there`(word: String, pattern: String, exception: String, reason: String) throws {
        let banned = try Regex(pattern)
        for file in files where file.path != exception {
            for (number, line) in file.code.enumerated() where line.contains(word) && line.contains(banned) {
                Issue.record("\(file.path):\(number + 1): \(reason)")
            }
        }
    }

    @Test func `a file over 600 lines gives its reason in its first line`() {
        for file in files where !file.isGenerated && file.lines.count > 600 {
            #expect(file.lines[0].hasPrefix("// Long because "), "\(file.path): \(file.lines.count) lines")
        }
    }
}
