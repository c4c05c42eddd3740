import CLinux
import Glibc
import Seams

/// An open file of the machine, closed when released.
final class SystemFile: File {
    let path: String
    let descriptor: Int32

    init(_ path: String, _ descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }

    deinit { Glibc.close(descriptor) }

    func size() throws(DiskError) -> Int64 { Int64(try status().st_size) }

    func modified() throws(DiskError) -> Int64 {
        let time = try status().st_mtim
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    private func status() throws(DiskError) -> stat {
        var status = stat()
        _ = try check("look at", path) { fstat(descriptor, &status) }
        return status
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(DiskError) -> Int {
        var done = 0
        while done < buffer.count {
            let got = try check("read", path) {
                pread(descriptor, buffer.baseAddress! + done, buffer.count - done, Int(position) + done)
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(DiskError) {
        var done = 0
        while done < bytes.count {
            done += try check("write", path) {
                pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, Int(position) + done)
            }
        }
    }

    func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64
    ) throws(DiskError) {
        let done = try check("write", path) {
            withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
                parts[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
                parts[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
                return pwritev(descriptor, parts.baseAddress, 2, Int(position))
            }
        }
        // A write cut short is rare: what is left goes piece by piece.
        guard done < first.count + second.count else { return }
        if done < first.count {
            try write(UnsafeRawBufferPointer(rebasing: first[done...]), at: position + Int64(done))
        }
        let of = max(0, done - first.count)
        try write(
            UnsafeRawBufferPointer(rebasing: second[of...]), at: position + Int64(first.count + of))
    }

    func truncate(to size: Int64) throws(DiskError) {
        _ = try check("truncate", path) { ftruncate(descriptor, Int(size)) }
    }

    func preallocate(to size: Int64) throws(DiskError) {
        do {
            _ = try check("preallocate", path) {
                fallocate(descriptor, Int32(apus_fallocate_keep_size), 0, Int(size))
            }
        } catch  where error.reason == .other(EOPNOTSUPP) {
            // Some file systems cannot; writes then allocate as they go.
        }
    }

    func sync() throws(DiskError) { _ = try check("sync", path) { fdatasync(descriptor) } }

    func startWriteback(_ range: Range<Int64>) {
        _ = sync_file_range(descriptor, Int(range.lowerBound), Int(range.count), UInt32(apus_sync_file_range_write))
    }

    /// Whether the page at `position` is in memory, so that reading it will not wait for the disk.
    func isInMemory(at position: Int64) -> Bool {
        var byte: UInt8 = 0
        return withUnsafeMutablePointer(to: &byte) { byte in
            var part = iovec(iov_base: byte, iov_len: 1)
            return preadv2(descriptor, &part, 1, Int(position), Int32(apus_rwf_nowait)) >= 0 || errno != EAGAIN
        }
    }
}
