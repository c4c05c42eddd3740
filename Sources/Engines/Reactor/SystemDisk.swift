import CLinux
import Glibc
import Seams

/// The file system of the machine.
package final class SystemDisk: Disk {
    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .truncate: O_RDWR | O_CREAT | O_TRUNC
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = try check("open", path) { Glibc.open(path, flags | O_CLOEXEC, 0o644) }
        return SystemFile(path, descriptor)
    }

    package func list(_ directory: String) throws(DiskError) -> [String] {
        guard let handle = opendir(directory) else { throw DiskError(errno: errno, "list", directory) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    package func createDirectory(_ path: String) throws(DiskError) {
        if isDirectory(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try createDirectory(String(path[..<slash]))
        }
        do {
            _ = try check("create directory", path) { mkdir(path, 0o755) }
        } catch  where error.reason == .alreadyExists && isDirectory(path) {}
    }

    package func rename(_ from: String, to: String) throws(DiskError) {
        _ = try check("rename", from) { Glibc.rename(from, to) }
    }

    package func remove(_ path: String) throws(DiskError) {
        _ = try check("remove", path) { Glibc.remove(path) }
    }

    package func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    package func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = try check("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { Glibc.close(descriptor) }
        _ = try check("sync", path) { fsync(descriptor) }
    }

    package func lock(_ path: String) throws(DiskError) -> any FileLock {
        let descriptor = try check("open", path) { Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
        // Not `flock`, which Apache Kafka on the same directory would not notice, nor be noticed by.
        guard apus_lock(descriptor) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            if code == EAGAIN || code == EACCES { throw DiskError(.locked, operation: "lock", path: path) }
            throw DiskError(errno: code, "lock", path)
        }
        return HeldLock(descriptor)
    }

    package func space(_ path: String) throws(DiskError) -> (total: Int64, usable: Int64) {
        var status = statvfs()
        _ = try check("space of", path) { statvfs(path, &status) }
        let block = Int64(status.f_frsize)
        return (Int64(status.f_blocks) * block, Int64(status.f_bavail) * block)
    }
}

private final class HeldLock: FileLock {
    private let descriptor: Int32
    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { Glibc.close(descriptor) }
}

/// Calls the system again while it is interrupted; turns -1 into what `errno` says.
func check<Number: FixedWidthInteger>(
    _ operation: String, _ path: String, _ call: () -> Number
) throws(DiskError) -> Number {
    while true {
        let result = call()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw DiskError(errno: code, operation, path) }
    }
}

extension DiskError {
    init(errno code: Int32, _ operation: String, _ path: String) {
        let reason: Reason =
            switch code {
            case ENOENT: .notFound
            case EEXIST: .alreadyExists
            case ENOSPC, EDQUOT: .noSpace
            case EACCES, EPERM, EROFS: .notPermitted
            case EISDIR: .isDirectory
            case ENOTEMPTY: .notEmpty
            case EIO: .inputOutput
            default: .other(code)
            }
        self.init(reason, operation: operation, path: path)
    }
}
