import Foundation

/// The Swift files below `Sources`, without what is generated.
struct SourceFile {
    let band: String
    let target: String
    let path: String
    let lines: [String]

    /// Lines without comments and without the content of strings, in which words mean nothing.
    let code: [String]

    init(band: String, target: String, path: String, lines: [String]) {
        (self.band, self.target, self.path, self.lines) = (band, target, path, lines)
        code = lines.map { line in
            let bare = line.contains("\"") ? line.replacing(#/"(?:\\.|[^"\\])*"/#, with: "\"\"") : line
            return bare.contains("//") ? String(bare.prefix(upTo: bare.firstRange(of: "//")!.lowerBound)) : bare
        }
    }

    var isGenerated: Bool { path.contains("/Generated/") }

    static func all() throws -> [SourceFile] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let sources = root.appendingPathComponent("Sources")
        return try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
            .sorted().map { path in
                let parts = path.split(separator: "/").map(String.init)
                let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
                return SourceFile(
                    band: parts[0], target: parts[1], path: path, lines: text.components(separatedBy: "\n"))
            }
    }
}
