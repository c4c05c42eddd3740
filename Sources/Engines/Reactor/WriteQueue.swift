import Bytes
import CLinux
import Glibc
import Seams

/// What is to be sent on a socket, in order: bytes and file regions.
struct WriteQueue {
    enum Outcome {
        /// Everything is with the kernel.
        case sent
        /// The socket takes no more now.
        case full
        /// The next file region is not in memory; it has to be brought in first.
        case cold(FileRegion)
        case failed(Int32)
    }

    private enum Chunk {
        case bytes(ByteSlice)
        case region(FileRegion, isWarm: Bool)
    }

    private var chunks = Deque<Chunk>()
    private(set) var byteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    mutating func append(_ bytes: ByteSlice) {
        guard !bytes.isEmpty else { return }
        chunks.append(.bytes(bytes))
        byteCount += bytes.count
    }

    mutating func append(_ region: FileRegion) {
        guard region.count > 0 else { return }
        chunks.append(.region(region, isWarm: false))
        byteCount += region.count
    }

    mutating func clear() { self = WriteQueue() }

    /// The region at the front was read once by the disk pool: it is sent without asking again.
    mutating func frontIsWarm() {
        if case .region(let region, _)? = chunks.first {
            chunks[0] = .region(region, isWarm: true)
        }
    }

    mutating func send(to socket: Int32) -> Outcome {
        while let front = chunks.first {
            let sent: Int
            switch front {
            case .bytes: sent = sendBytes(to: socket)
            case .region(let region, let isWarm):
                guard let file = region.file as? SystemFile else {
                    // A file of another make is read into memory and sent as bytes.
                    if let code = replaceFrontByItsBytes(region) { return .failed(code) }
                    continue
                }
                if !isWarm, !isInMemory(region, file) { return .cold(region) }
                var position = off_t(region.position)
                sent = sendfile(socket, file.descriptor, &position, region.count)
                // The file has become shorter than what was promised: the frame cannot be completed.
                if sent == 0 { return .failed(EIO) }
            }
            if sent < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN || errno == EWOULDBLOCK ? .full : .failed(errno)
            }
            drop(sent)
        }
        return .sent
    }

    private func isInMemory(_ region: FileRegion, _ file: SystemFile) -> Bool {
        file.isInMemory(at: region.position) && file.isInMemory(at: region.position + Int64(region.count) - 1)
    }

    /// As many chunks of bytes as follow one another, in one call.
    private func sendBytes(to socket: Int32) -> Int {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 64) { parts in
            var count = 0
            while count < 64, count < chunks.count, case .bytes(let bytes) = chunks[count] {
                bytes.withBytes { content in
                    // Safety: the chunk stays in the queue, and with it its storage, until the call is over.
                    parts[count] = iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: content.baseAddress), iov_len: content.count)
                }
                count += 1
            }
            var message = msghdr()
            message.msg_iov = parts.baseAddress
            message.msg_iovlen = count
            return sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
        }
    }

    private mutating func drop(_ count: Int) {
        byteCount -= count
        var left = count
        while left > 0, let front = chunks.first {
            switch front {
            case .bytes(let bytes):
                if left < bytes.count {
                    chunks[0] = .bytes(bytes.dropFirst(left))
                    return
                }
                left -= bytes.count
            case .region(let region, let isWarm):
                if left < region.count {
                    let rest = FileRegion(
                        region.file, position: region.position + Int64(left), count: region.count - left)
                    chunks[0] = .region(rest, isWarm: isWarm)
                    return
                }
                left -= region.count
            }
            chunks.popFirst()
        }
        if chunks.isEmpty { chunks.shrink(to: 256) }
    }

    private mutating func replaceFrontByItsBytes(_ region: FileRegion) -> Int32? {
        let storage = ByteStorage(capacity: region.count)
        let space = UnsafeMutableRawBufferPointer(start: storage.base, count: region.count)
        guard (try? region.file.read(into: space, at: region.position)) == region.count else { return EIO }
        chunks[0] = .bytes(ByteSlice(storage, 0..<region.count))
        return nil
    }
}
