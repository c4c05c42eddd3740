import Foundation

/// Writes the Swift of every message from `Protocol/`; with `--check` only says whether the files are as it would write them.
@main
struct ProtocolGenerator {
    static func main() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let isCheck = CommandLine.arguments.contains("--check")
        let files = try SchemaFolder(root.appendingPathComponent("Protocol")).generated()
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
