import ApusTesting
import Bytes
import Seams
import Testing

struct SimulatedDiskTests {
    private func disk(_ seed: UInt64) -> (Simulation, SimulatedDisk) {
        let simulation = Simulation(seed: seed)
        return (simulation, simulation.host("a").disk)
    }

    private func write(_ text: String, to file: any File, at position: Int64 = 0) throws {
        try ByteSlice(utf8: text).withBytes { try file.write($0, at: position) }
    }

    @Test func `what was synced survives every crash, whole`() throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let (_, disk) = disk(seed)
            try disk.createDirectory("/data/topic-0")
            try disk.syncDirectory("/")
            try disk.syncDirectory("/data")
            let file = try disk.open("/data/topic-0/log", .create)
            let synced = String(repeating: "s", count: 3000)
            try write(synced, to: file)
            try file.sync()
            try disk.syncDirectory("/data/topic-0")
            try write(String(repeating: "u", count: 3000), to: file, at: 3000)
            let after = try disk.crash().contents("/data/topic-0/log")
            #expect(after.prefix(3000).text == synced)
            #expect(after.count >= 3000 && after.count <= 6000)
        }
    }

    @Test func `what was not synced is sometimes there, sometimes not, sometimes in part`() throws {
        var seen: Set<String> = []
        for seed in 1...100 as ClosedRange<UInt64> {
            let (_, disk) = disk(seed)
            let file = try disk.open("/log", .create)
            try disk.syncDirectory("/")
            try write(String(repeating: "u", count: 2048), to: file)
            let after = try disk.crash().contents("/log").array
            if after.isEmpty {
                seen.insert("nothing")
            } else if after.allSatisfy({ $0 == UInt8(ascii: "u") }) {
                seen.insert(after.count == 2048 ? "all" : "a part")
            } else {
                seen.insert("torn")
            }
        }
        #expect(seen.isSuperset(of: ["nothing", "torn", "a part"]))
    }

    @Test func `an overwritten sector is the old or the new one, never a mixture`() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            let (_, disk) = disk(seed)
            let file = try disk.open("/log", .create)
            try write(String(repeating: "o", count: 4096), to: file)
            try file.sync()
            try disk.syncDirectory("/")
            try write(String(repeating: "n", count: 4096), to: file)
            let after = try disk.crash().contents("/log").array
            #expect(after.count == 4096)
            for sector in stride(from: 0, to: 4096, by: 512) { #expect(Set(after[sector..<sector + 512]).count == 1) }
        }
    }

    @Test func `a replaced file is the old or the new one after a crash at any point`() throws {
        var seen: Set<String> = []
        for seed in 1...100 as ClosedRange<UInt64> {
            let (_, disk) = disk(seed)
            try disk.createDirectory("/d")
            try disk.syncDirectory("/")
            try disk.replace("/d/checkpoint", with: ByteSlice(utf8: "old"))
            // The replacement goes down between the rename and the sync of the directory.
            disk.fault = { operation, _ in operation == .syncDirectory ? .inputOutput : nil }
            #expect(throws: DiskError.self) { try disk.replace("/d/checkpoint", with: ByteSlice(utf8: "new")) }
            disk.fault = nil
            seen.insert(try disk.crash().contents("/d/checkpoint").text)
        }
        #expect(seen == ["old", "new"])
    }

    @Test func `names that were not synced may be lost, and are lost in order`() throws {
        var seen: Set<[String]> = []
        for seed in 1...100 as ClosedRange<UInt64> {
            let (_, disk) = disk(seed)
            for name in ["a", "b", "c"] { _ = try disk.open("/" + name, .createNew) }
            seen.insert(try disk.crash().list("/").sorted())
        }
        #expect(seen == [[], ["a"], ["a", "b"], ["a", "b", "c"]])
    }

    @Test func `a directory takes what is in it along when it is renamed`() throws {
        let (_, disk) = disk(1)
        try disk.createDirectory("/d/topic-0")
        try write("x", to: disk.open("/d/topic-0/log", .create))
        try disk.rename("/d/topic-0", to: "/d/topic-0.deleted")
        #expect(try disk.contents("/d/topic-0.deleted/log").text == "x")
        #expect(!disk.exists("/d/topic-0"))
        try disk.removeTree("/d/topic-0.deleted")
        #expect(try disk.list("/d").isEmpty)
    }

    @Test func `kill -9 loses nothing that was written but ends locks and open files`() throws {
        let simulation = Simulation(seed: 4)
        let host = simulation.host("a")
        let old = host.disk
        let file = try old.open("/log", .create)
        try write("written", to: file)
        let lock = try old.lock("/.lock")
        #expect(throws: DiskError(.locked, operation: "lock", path: "/.lock")) { try old.lock("/.lock") }
        host.crash(.process)
        host.restart()
        #expect(try host.disk.contents("/log").text == "written")
        #expect(throws: DiskError.self) { try file.sync() }
        let again = try host.disk.lock("/.lock")
        withExtendedLifetime((lock, again)) {}
        // Power may fail after that, and nothing was ever synced.
        var survivors: Set<Bool> = []
        for seed in 1...40 as ClosedRange<UInt64> {
            let host = Simulation(seed: seed).host("a")
            try write("written", to: host.disk.open("/log", .create))
            host.crash(.process)
            host.restart()
            host.crash(.power)
            survivors.insert(host.disk.exists("/log"))
        }
        #expect(survivors == [true, false])
    }

    @Test func `the modes of opening do what they say`() throws {
        let (_, disk) = disk(1)
        #expect(throws: DiskError(.notFound, operation: "open", path: "/f")) { try disk.open("/f", .read) }
        #expect(throws: DiskError(.notFound, operation: "open", path: "/f")) { try disk.open("/f", .readWrite) }
        try write("abc", to: disk.open("/f", .createNew))
        #expect(throws: DiskError(.alreadyExists, operation: "open", path: "/f")) { try disk.open("/f", .createNew) }
        #expect(try disk.open("/f", .create).size() == 3)
        #expect(throws: DiskError(.notPermitted, operation: "write", path: "/f")) {
            try write("x", to: disk.open("/f", .read))
        }
        #expect(try disk.open("/f", .truncate).size() == 0)
    }

    @Test func `a full disk says so`() throws {
        let (_, disk) = disk(1)
        disk.capacity = 10
        let file = try disk.open("/f", .create)
        try write("12345", to: file)
        #expect(throws: DiskError(.noSpace, operation: "write", path: "/f")) { try write("123456", to: file, at: 5) }
        try disk.remove("/f")
        #expect(try disk.space("/") == (10, 10))
    }
}
