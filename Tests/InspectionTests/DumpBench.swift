import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import Inspection
import Seams

/// Files on a simulated disk, and what a dump says of them.
final class DumpBench {
    private let simulation = Simulation(seed: 1)
    private let host: SimulatedHost

    init() { host = simulation.host("broker") }

    deinit { simulation.end() }

    var disk: any Disk { host.disk }
    var chance: any Chance { host.world.chance }

    /// Unpacks a golden data directory below `/data`, without the indexes that a killed node left 10 MiB long, nearly all of
    /// it zeros.
    func unpack(_ name: String) throws {
        for member in try TarArchive(try Fixture.content("datadirs/\(name).tar")).members {
            let path = "/data/" + member.path
            if member.isDirectory {
                try disk.createDirectory(path)
            } else if member.content.count < 1 << 20 {
                try write(member.content.withUnsafeBytes { ByteSlice(copying: $0) }, to: path)
            }
        }
    }

    func write(_ bytes: ByteSlice, to path: String) throws {
        try disk.createDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        let file = try disk.open(path, .truncate)
        try bytes.withBytes { try file.write($0, at: 0) }
    }

    struct Dumped {
        var lines: [String] = []
        var faults: [String] = []

        /// The lines of a dump in JSON that are of that type.
        func objects(_ type: String) throws -> [[String: Any]] {
            try lines.compactMap { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return object?["type"] as? String == type ? object : nil
            }
        }
    }

    func dump(_ path: String, _ change: (inout DumpOptions) -> Void = { _ in }) -> Dumped {
        var options = DumpOptions()
        change(&options)
        let lines = Lines()
        var dump = FileDump(disk, options) { lines.all.append($0) }
        dump.show(path)
        return Dumped(lines: lines.all, faults: dump.faults)
    }

    /// Everything, as JSON.
    func json(_ path: String) -> Dumped {
        dump(path) { options in
            (options.asJSON, options.records, options.recordKind) = (true, .contents, nil)
        }
    }

    private final class Lines {
        var all: [String] = []
    }
}

func object(_ value: Any?) -> [String: Any] { value as? [String: Any] ?? [:] }
func objects(_ value: Any?) -> [[String: Any]] { value as? [[String: Any]] ?? [] }
func same(_ one: Any?, _ other: Any?) -> Bool { (one as? NSObject) == (other as? NSObject) }
