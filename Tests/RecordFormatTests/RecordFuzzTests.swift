import ApusTesting
import Bytes
import Checksums
import Compression
import GoldenSupport
import RecordFormat
import Seams
import Testing
import Vocabulary

/// Broken batches into everything that reads batches. A crash is the failure; what is read may be anything, or is refused with
/// a typed error.
@Suite struct RecordFuzzTests {
    /// What a round decompresses at most: a bomb is to cost no time.
    private static let limit = 1 << 20

    @Test(arguments: ["batches", "bad-batches"])
    func `mutated batches are read, walked and validated, or refused`(_ file: String) throws {
        // Large ones would take the time of many small ones, and break in the same places.
        let rows = try Golden.read(file).map { $0.bytes("base64").array }.filter { $0.count < 4_096 }
        var (read, refused) = (0, 0)
        Fuzzing.rounds(5) { seed in
            let chance = SimulatedChance(seed: seed)
            for row in rows {
                var bytes = row
                chance.mutate(&bytes)
                // Behind a checksum that is wrong nothing else would be found.
                if chance.below(4) > 0 { mendChecksum(&bytes) }
                if survives(bytes, chance) { read += 1 } else { refused += 1 }
            }
        }
        #expect(read > 50 && refused > 50)
    }

    private func mendChecksum(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { bytes in
            guard let view = try? BatchView(UnsafeRawBufferPointer(bytes)), view.header.magic == 2 else { return }
            MutableBatch(UnsafeMutableRawBufferPointer(rebasing: bytes[..<view.header.sizeInBytes])).redoChecksum()
        }
    }

    /// Whether all records of all batches could be read.
    private func survives(_ bytes: [UInt8], _ chance: SimulatedChance) -> Bool {
        validate(bytes, chance)
        var row = BatchRow(ByteSlice(bytes))
        do {
            while let batch = try row.next() {
                let walked = batch.header.magic < 2 || walks(batch)
                var reader = try RecordReader(batch.bytes, batch.header, limit: Self.limit)
                while try reader.next() != nil {}
                guard walked else { return false }
            }
            return true
        } catch { return false }
    }

    private func walks(_ batch: BatchRow.Batch) -> Bool {
        batch.bytes.withBytes { bytes in
            (try? BatchView(bytes)).flatMap { $0.map { (try? $0.walk(limit: Self.limit) { _, _, _ in }) != nil } }
                ?? false
        }
    }

    /// As a leader would take it, whoever sends it and whatever the topic wants; what is accepted reads afterwards.
    private func validate(_ bytes: [UInt8], _ chance: SimulatedChance) {
        var validator = BatchValidator(
            compression: chance.below(2) == 0 ? nil : CompressionSetting(Codec.allCases[chance.below(5)]),
            leaderEpoch: 3)
        validator.origin = [.client, .replication, .coordinator][chance.below(3)]
        validator.isCompacted = chance.below(4) == 0
        validator.timestampType = chance.below(4) == 0 ? .logAppendTime : .createTime
        validator.timestampAfterMax = .max
        validator.decompressionLimit = Self.limit
        var copy = bytes
        let accepted = bytes.withUnsafeBytes { try? validator.validate($0, firstOffset: 9_000, now: 1_700_775_444_331) }
        guard let accepted else { return }
        if case .rewritten(let made) = accepted.bytes {
            copy = made
        } else {
            copy.withUnsafeMutableBytes { accepted.patch($0) }
        }
        #expect(throws: Never.self, "\(bytes)") {
            let header = try copy.withUnsafeBytes { try #require(try BatchView($0)).header }
            #expect(header.nextOffset == accepted.nextOffset)
            var reader = try RecordReader(ByteSlice(copy), header, limit: Self.limit)
            while try reader.next() != nil {}
        }
    }

    @Test(arguments: Codec.allCases)
    func `bytes of no meaning, and broken ones, are decompressed or refused`(_ codec: Codec) throws {
        var refused = 0
        try Fuzzing.rounds(300) { seed in
            let chance = SimulatedChance(seed: seed)
            var bytes = chance.bytes(chance.below(200))
            if chance.below(3) > 0 {
                bytes = try (bytes + bytes).withUnsafeBytes { try Compressor.compress($0, CompressionSetting(codec)) }
                chance.mutate(&bytes)
            }
            let isMagic0 = chance.below(2) == 0
            let made = bytes.withUnsafeBytes {
                try? Decompressor.decompress(codec, $0, isMagic0: isMagic0, limit: Self.limit)
            }
            if made == nil { refused += 1 }
        }
        #expect(codec == .none || refused > 0)
    }
}
