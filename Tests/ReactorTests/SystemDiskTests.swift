import Bytes
import Glibc
import Reactor
import Seams
import Testing

struct SystemDiskTests {
    private let disk = SystemDisk()
    private let directory = "/tmp/apus-disk-\(SystemChance().next())"

    private func inDirectory(_ body: () throws -> Void) throws {
        try disk.createDirectory(directory + "/a/b")
        defer { try? disk.removeTree(directory) }
        try body()
    }

    @Test func `what was written is read, and the end of the file ends a read`() throws {
        try inDirectory {
            let file = try disk.open(directory + "/f", .createNew)
            try [UInt8](0..<100).withUnsafeBytes { try file.write($0, at: 10) }
            #expect(try file.size() == 110)
            var space = [UInt8](repeating: 255, count: 30)
            #expect(try space.withUnsafeMutableBytes { try file.read(into: $0, at: 90) } == 20)
            #expect(Array(space[..<20]) == Array(80..<100))
            try file.preallocate(to: 1 << 20)
            #expect(try file.size() == 110)
            try file.truncate(to: 5)
            try file.sync()
            #expect(try disk.contents(directory + "/f") == ByteSlice([0, 0, 0, 0, 0]))
        }
    }

    @Test func `errors say what they are`() throws {
        try inDirectory {
            #expect(throws: DiskError(.notFound, operation: "open", path: directory + "/x")) {
                try disk.open(directory + "/x", .read)
            }
            _ = try disk.open(directory + "/f", .createNew)
            #expect(throws: DiskError(.alreadyExists, operation: "open", path: directory + "/f")) {
                try disk.open(directory + "/f", .createNew)
            }
            #expect(throws: DiskError(.notEmpty, operation: "remove", path: directory + "/a")) {
                try disk.remove(directory + "/a")
            }
        }
    }

    @Test func `a lock is held by one at a time`() throws {
        try inDirectory {
            let held = try disk.lock(directory + "/.lock")
            #expect(throws: DiskError(.locked, operation: "lock", path: directory + "/.lock")) {
                try disk.lock(directory + "/.lock")
            }
            withExtendedLifetime(held) {}
        }
    }

    @Test func `a lock and one that Java would take shut each other out`() throws {
        try inDirectory {
            let path = directory + "/.lock"
            let descriptor = open(path, O_RDWR | O_CREAT, 0o644)
            defer { close(descriptor) }
            var lock = flock(l_type: Int16(F_WRLCK), l_whence: 0, l_start: 0, l_len: 0, l_pid: 0)
            #expect(fcntl(descriptor, F_SETLK, &lock) == 0)
            #expect(throws: DiskError(.locked, operation: "lock", path: path)) { try disk.lock(path) }
            lock.l_type = Int16(F_UNLCK)
            #expect(fcntl(descriptor, F_SETLK, &lock) == 0)
            let held = try disk.lock(path)
            lock.l_type = Int16(F_WRLCK)
            #expect(fcntl(descriptor, F_SETLK, &lock) == -1)
            withExtendedLifetime(held) {}
        }
    }

    @Test func `a lock that was let go can be taken again`() throws {
        try inDirectory {
            do { _ = try disk.lock(directory + "/.lock") }
            _ = try disk.lock(directory + "/.lock")
        }
    }

    @Test func `a replaced file has the new content and leaves nothing aside`() throws {
        try inDirectory {
            try disk.replace(directory + "/c", with: ByteSlice(utf8: "old"))
            try disk.replace(directory + "/c", with: ByteSlice(utf8: "new"))
            #expect(try disk.contents(directory + "/c").text == "new")
            #expect(try disk.list(directory).sorted() == ["a", "c"])
        }
    }
}
