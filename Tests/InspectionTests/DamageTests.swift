import Bytes
import GoldenSupport
import Inspection
import Seams
import Testing

/// Files that are damaged: the dump says where, shows what it can, and never fails itself.
struct DamageTests {
    private static let log = "/data/t-0/00000000000000000000.log"

    /// A segment of Apache's, with several batches.
    private func segment() throws -> [UInt8] {
        let bench = DumpBench()
        try bench.unpack("transactions-killed")
        return try bench.disk.contents("/data/logs/txn-a-0/00000000000000000005.log").array
    }

    private func dump(_ bytes: [UInt8], _ path: String = log) throws -> DumpBench.Dumped {
        let bench = DumpBench()
        try bench.write(ByteSlice(bytes), to: path)
        return bench.json(path)
    }

    @Test func `a torn tail is named with its place and length`() throws {
        let whole = try segment()
        let last = try #require(try dump(whole).objects("batch").last?["position"] as? Int)
        for cut in [last + 1, last + 16, last + 40, last + 61, whole.count - 1] {
            let dumped = try dump(Array(whole[..<cut]))
            #expect(
                dumped.faults == [
                    "\(Self.log): at byte \(last): a batch is cut short, \(cut - last) bytes are left of it"
                ])
        }
    }

    @Test func `a flipped bit is a wrong checksum of its batch, and the batches behind it are shown`() throws {
        var bytes = try segment()
        let batches = try dump(bytes).objects("batch")
        let second = try #require(batches[1]["position"] as? Int)
        bytes[second + 70] ^= 4
        let dumped = try dump(bytes)
        #expect(dumped.faults.contains("\(Self.log): at byte \(second): the checksum of the batch is wrong"))
        #expect(try dumped.objects("batch").count == batches.count)
        #expect(try dumped.objects("batch")[1]["isValid"] as? Bool == false)
    }

    @Test func `what cannot be a batch ends the walk`() throws {
        let bytes = try segment()
        #expect(
            try dump(bytes + [UInt8](repeating: 0, count: 100)).faults == [
                "\(Self.log): at byte \(bytes.count): no batch begins here: its size would be 0"
            ])
        #expect(try dump([UInt8](repeating: 0x7f, count: 100)).faults.count == 1)
        #expect(try dump([]).faults.isEmpty)
    }

    @Test func `indexes are held against themselves and their segment`() throws {
        let bench = DumpBench()
        try bench.write(ByteSlice(try segment()), to: Self.log)
        let path = "/data/t-0/00000000000000000000.index"
        func faults(_ entries: [(UInt8, UInt8)], _ tail: [UInt8] = []) throws -> [String] {
            try bench.write(ByteSlice(entries.flatMap { [0, 0, 0, $0.0, 0, 0, 0, $0.1] } + tail), to: path)
            return bench.json(path).faults
        }
        // The first batches have offset 5 at byte 0 and offset 6 at byte 78.
        #expect(try faults([(6, 78)]).isEmpty)
        #expect(try faults([(9, 78)]) == ["\(path): entry 0: the batch at 78 has the offsets 6 to 6, not 9"])
        #expect(try faults([(6, 79)]).count == 1)
        #expect(try faults([(6, 78), (6, 78)]) == ["\(path): entry 1 is not above the one before it"])
        #expect(try faults([(6, 78)], [1, 2, 3]) == ["\(path): at byte 8: 3 bytes are no whole entry"])
        // Zeros after the last entry are what a killed node leaves.
        #expect(try faults([(6, 78)], [UInt8](repeating: 0, count: 64)).isEmpty)
    }

    @Test func `time indexes fall nowhere`() throws {
        let bench = DumpBench()
        let path = "/data/t-0/00000000000000000007.timeindex"
        func entry(_ time: UInt8, _ offset: UInt8) -> [UInt8] { [0, 0, 0, 0, 0, 0, 0, time, 0, 0, 0, offset] }
        try bench.write(ByteSlice(entry(5, 1) + entry(9, 2) + entry(8, 3)), to: path)
        let dumped = bench.dump(path)
        #expect(
            dumped.lines.dropFirst() == ["timestamp: 5 offset: 8", "timestamp: 9 offset: 9", "timestamp: 8 offset: 10"])
        #expect(dumped.faults == ["\(path): entry 2 is below the one before it"])
        #expect(bench.dump(path) { $0.checksOnly = true }.lines.count == 1)
    }

    @Test func `a producer snapshot is checked by its checksum`() throws {
        let bench = DumpBench()
        try bench.unpack("transactions-killed")
        let path = "/data/logs/txn-a-0/00000000000000000105.snapshot"
        var bytes = try bench.disk.contents(path).array
        bytes[20] ^= 1
        #expect(
            try dump(bytes, path).faults.first?.contains(
                "not \(bytes[2..<6].reduce(0) { $0 << 8 | UInt32($1) }) as at byte 2") == true)
        for cut in [0, 1, 5, 9, bytes.count - 1] { #expect(try dump(Array(bytes[..<cut]), path).faults.count == 1) }
    }

    @Test(arguments: [
        ("replication-offset-checkpoint", "1\n0\n", "line 1"), ("replication-offset-checkpoint", "0\n", "line 2"),
        ("recovery-point-offset-checkpoint", "0\n2\nt 0 1\n", "line 2"),
        ("log-start-offset-checkpoint", "0\n1\nt x 1\n", "line 3"),
        ("leader-epoch-checkpoint", "0\n2\n1 0\n1 5\n", "epoch 1"),
        ("leader-epoch-checkpoint", "words", "line 1"), ("meta.properties", "node.id=1\n", "version"),
        ("partition.metadata", "version: 0\n", "topic_id"), ("quorum-state", "{\"leaderId\":", "JSON"),
        (".kafka_cleanshutdown", "", "JSON"), ("bootstrap.checkpoint", "xyz", "byte 0"),
    ])
    func `small files that say nonsense are named with the place`(name: String, text: String, place: String) throws {
        let path = "/data/" + name
        let dumped = try dump(Array(text.utf8), path)
        let fault = try #require(dumped.faults.first)
        #expect(dumped.faults.count == 1 && fault.hasPrefix(path + ": ") && fault.contains(place), "\(fault)")
    }

    @Test func `names that Kafka gives no file, and files that are not there, are faults`() throws {
        let bench = DumpBench()
        try bench.write(ByteSlice(), to: "/data/notes.txt")
        #expect(bench.dump("/data/notes.txt").faults.count == 1)
        #expect(bench.dump("/data/00000000000000000000.log").faults.count == 1)
        #expect(bench.dump("/data/meta.properties").faults.count == 1)
        #expect(bench.dump("/data").faults.isEmpty)
    }

    /// Any bytes in any kind of file end in lines and faults.
    @Test(arguments: [
        "00000000000000000000.log", "00000000000000000000.index", "00000000000000000000.timeindex",
        "00000000000000000000.txnindex", "00000000000000000000.snapshot",
        "00000000000000000000-0000000000.checkpoint", "leader-epoch-checkpoint", "quorum-state", "meta.properties",
    ])
    func `no bytes stop the dump`(name: String) throws {
        var state: UInt64 = 42
        let sound = try segment()
        for _ in 0..<200 {
            var bytes = Array(sound[..<Int(next(&state) % UInt64(sound.count))])
            for _ in 0..<4 where !bytes.isEmpty {
                bytes[Int(next(&state) % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: next(&state))
            }
            _ = try dump(bytes, "/data/__consumer_offsets-0/" + name)
        }
    }

    /// xorshift64.
    private func next(_ state: inout UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
