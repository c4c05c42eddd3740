import Bytes
import LogStore
import RecordFormat
import Seams
import Vocabulary

/// What stands in the files of a partition's directory, read from their bytes alone, as lines of text that tests compare.
struct PartitionFiles {
    let disk: any Disk
    let directory: String

    func names(_ suffix: String) throws -> [(offset: Offset, path: String)] {
        try disk.list(directory).compactMap { name in
            LogFiles.offset(of: name, suffix: suffix).map { ($0, directory + "/" + name) }
        }.sorted { $0.0 < $1.0 }
    }

    /// One line a segment: base offset, size, offset index, time index, aborted transactions.
    func segments() throws -> [String] {
        try names(LogFiles.log).map { base, path in
            let size = Int(try disk.open(path, .read).size())
            let offsets = try entries(base, LogFiles.offsetIndex, 8).map { bytes in
                "\(base + Int64(bytes.readBigEndian(Int32.self, at: 0)))@\(bytes.readBigEndian(Int32.self, at: 4))"
            }
            let times = try entries(base, LogFiles.timeIndex, 12).map { bytes in
                "\(bytes.readBigEndian(Int64.self, at: 0))>\(base + Int64(bytes.readBigEndian(Int32.self, at: 8)))"
            }
            let aborted = try entries(base, LogFiles.transactionIndex, 34).map { bytes in
                stride(from: 2, to: 34, by: 8).map { "\(bytes.readBigEndian(Int64.self, at: $0))" }
                    .joined(separator: "/")
            }
            return Self.line(base.rawValue, size, offsets, times, aborted)
        }
    }

    static func line(
        _ base: Int64, _ size: Int, _ offsets: [String], _ times: [String], _ aborted: [String]
    ) -> String {
        "\(base): \(size) bytes, offsets \(offsets), times \(times), aborted \(aborted)"
    }

    /// The entries of an index up to the first that is all zeros; none when the file is missing.
    private func entries(_ base: Offset, _ suffix: String, _ size: Int) throws -> [ByteSlice] {
        let path = directory + "/" + LogFiles.name(base, suffix)
        guard disk.exists(path) else { return [] }
        let bytes = try disk.contents(path)
        return (0..<bytes.count / size).lazy.map { bytes[$0 * size..<($0 + 1) * size] }
            .prefix { entry in entry.array.contains { $0 != 0 } }.map(\.self)
    }

    /// Sizes of all index files, where a clean stop must have cut the zeros off.
    func indexSizes() throws -> [String: Int64] {
        var sizes: [String: Int64] = [:]
        for suffix in [LogFiles.offsetIndex, LogFiles.timeIndex] {
            for (base, path) in try names(suffix) { sizes["\(base)\(suffix)"] = try disk.open(path, .read).size() }
        }
        return sizes
    }

    /// Lines of the leader epoch checkpoint, as `EPOCH START`.
    func leaderEpochs() throws -> [String] {
        let path = directory + "/" + LogFiles.leaderEpochs
        guard disk.exists(path) else { return [] }
        return try disk.contents(path).text.split(separator: "\n").dropFirst(2).map(String.init)
    }

    /// Per snapshot file its offset and the producers in it.
    func snapshots() throws -> [String] {
        try names(LogFiles.producerSnapshot).map { offset, path in
            let bytes = try disk.contents(path)
            let producers = stride(from: 10, to: bytes.count - 45, by: 46).map { producer(bytes[$0..<$0 + 46]) }
            return "\(offset): \(producers)"
        }
    }

    private func producer(_ bytes: ByteSlice) -> String {
        ProducerLine(
            id: bytes.readBigEndian(at: 0), epoch: bytes.readBigEndian(Int16.self, at: 8),
            lastSequence: bytes.readBigEndian(at: 10), lastOffset: bytes.readBigEndian(at: 14),
            offsetDelta: bytes.readBigEndian(at: 22), timestamp: bytes.readBigEndian(at: 26),
            coordinatorEpoch: bytes.readBigEndian(at: 34), transaction: bytes.readBigEndian(at: 38)
        ).description
    }

    /// Position, size, first and last offset of the batches in a segment.
    func batches(_ path: String) throws -> [[Int64]] {
        let bytes = try disk.contents(path)
        var found: [[Int64]] = []
        var position = 0
        while let header = try bytes.withBytes({ try BatchHeader.read($0, at: position) }),
            position + header.sizeInBytes <= bytes.count
        {
            found.append([
                Int64(position), Int64(header.sizeInBytes), header.baseOffset.rawValue, header.lastOffset.rawValue,
            ])
            position += header.sizeInBytes
        }
        return found
    }
}

/// One producer of a snapshot in one line.
struct ProducerLine: CustomStringConvertible {
    var id: Int64
    var epoch: Int16
    var lastSequence: Int32
    var lastOffset: Int64
    var offsetDelta: Int32
    var timestamp: Int64
    var coordinatorEpoch: Int32
    var transaction: Int64

    var description: String {
        "\(id)/\(epoch) last \(lastSequence)@\(lastOffset)-\(offsetDelta) at \(timestamp) by \(coordinatorEpoch)"
            + " open \(transaction)"
    }
}

extension ByteSlice {
    func readBigEndian<N: FixedWidthInteger>(_: N.Type = N.self, at position: Int) -> N {
        withBytes { $0.readBigEndian(N.self, at: position) }
    }
}
