import ApusTesting
import Bytes
import Foundation
import GoldenSupport
import Inspection
import QuorumNode
import Seams
import Testing

/// Broken files of every kind into the decoders of all of them. A crash or a hang is the failure.
@Suite struct DumpFuzzTests {
    @Test(arguments: ["groups", "metadata-dynamic", "transactions"])
    func `a broken file of any kind is shown as far as it goes, and its fault is named`(_ name: String) throws {
        let members = try TarArchive(try Fixture.content("datadirs/\(name).tar")).members
            .filter { !$0.isDirectory && (1..<16_384).contains($0.content.count) }
        #expect(members.count > 20)
        let bench = DumpBench()
        var faults = 0
        try Fuzzing.rounds(3) { seed in
            let chance = SimulatedChance(seed: seed)
            for member in members {
                var bytes = [UInt8](member.content)
                chance.mutate(&bytes)
                let path = "/broken/" + member.path
                try bench.write(ByteSlice(bytes), to: path)
                let shown = bench.dump(path) { options in
                    options.asJSON = chance.below(2) == 0
                    options.records = [.none, .headers, .contents][chance.below(3)]
                    options.maxBytes = chance.below(8) == 0 ? Int64(chance.below(2_000)) : .max
                }
                faults += shown.faults.count
                if path.hasSuffix(".checkpoint") { _ = try? SnapshotFile.read(path, bench.disk) }
            }
        }
        #expect(faults > 20)
    }
}
