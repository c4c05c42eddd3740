import Bytes
import Testing
import Vocabulary
import WireProtocol

/// What the goldens do not reach: long arrays, records that are not copied, failing reads, text that is too long.
struct AnswerWriterTests {
    /// Counts of one, two and three bytes, each with records from elsewhere behind them.
    @Test(arguments: [(1, 126), (2, 127), (130, 3), (1, 16_384)], RecordsForm.allCases)
    func `counts of any width leave regions in their places`(
        _ counts: (topics: Int, partitions: Int), form: RecordsForm
    )
        throws
    {
        var message = FetchResponse()
        for topic in 0..<counts.topics {
            var made = FetchResponse.FetchableTopicResponse()
            made.topicId = UUID128(high: 1, low: UInt64(topic))
            for index in 0..<counts.partitions {
                var partition = FetchResponse.PartitionData()
                partition.partitionIndex = Int32(index)
                partition.records = ByteSlice([UInt8](repeating: UInt8(index & 0xff), count: index % 300))
                if index == 5 {
                    let size = FetchResponseWriter.copiedSize + 1
                    partition.records = ByteSlice([UInt8](repeating: 5, count: size))
                }
                made.partitions.append(partition)
            }
            message.responses.append(made)
        }
        #expect(try message.hotBytes(version: 18, form) == message.bytes(version: 18))
        #expect(try message.hotBytes(version: 11, form) == message.bytes(version: 11))
    }

    @Test func `many records are a segment of their own, and few are copied`() throws {
        let many = ByteSlice([UInt8](repeating: 1, count: FetchResponseWriter.copiedSize + 1))
        let few = ByteSlice([UInt8](repeating: 2, count: FetchResponseWriter.copiedSize))
        var writer = try FetchResponseWriter(version: 12)
        writer.beginTopic(name: ByteSlice(utf8: "t"), id: .zero)
        writer.partition(.init(0), records: .bytes(few))
        writer.partition(.init(1), records: .bytes(many))
        writer.partition(.init(2), records: .region(count: 0))
        writer.partition(.init(3), records: .region(count: 9))
        let segments = try writer.finish()
        let kinds = segments.map { segment in
            switch segment {
            case .bytes(let bytes): bytes.count == many.count ? "many" : "bytes"
            case .region(let number, let count): "region \(number) of \(count)"
            }
        }
        #expect(kinds == ["bytes", "many", "bytes", "region 1 of 9", "bytes"])
    }

    private enum ReadFailure: Error { case broken }

    @Test func `a partition whose records cannot be read is not there, and is answered anew`() throws {
        var writer = try FetchResponseWriter(version: 18)
        writer.beginTopic(name: .empty, id: .metadataTopic)
        writer.partition(.init(0), size: 3) { $0.copyBytes(from: [7, 8, 9]) }
        #expect(throws: ReadFailure.broken) {
            try writer.partition(.init(1), size: 5_000) { (space) throws(ReadFailure) in
                space[0] = 1
                throw .broken
            }
        }
        writer.partition(.init(1, error: .kafkaStorageError), records: .none)
        let read = try FetchResponse(joined(try writer.finish(), []), version: 18)
        let partitions = try #require(read.responses.first).partitions
        #expect(partitions.map(\.partitionIndex) == [0, 1])
        #expect(partitions.map(\.records) == [ByteSlice([7, 8, 9]), .empty])
        #expect(partitions.map(\.errorCode) == [0, 56])
    }

    @Test func `an error message longer than the wire allows is cut at a character`() throws {
        let message = String(repeating: "ä", count: 20_000)
        for version: Int16 in [8, 13] {
            var writer = try ProduceResponseWriter(version: version)
            writer.beginTopic(name: ByteSlice(utf8: "t"), id: .metadataTopic)
            writer.partition(.init(0, error: .invalidRecord), errorMessage: message)
            let read = try ProduceResponse(try writer.finish(), version: version)
            let text = try #require(read.responses.first?.partitionResponses.first?.errorMessage)
            #expect(text == String(repeating: "ä", count: 16_382))
        }
    }

    @Test func `what a version lacks is left out of its answer`() throws {
        let leader = CurrentLeader(3, epoch: 4)
        let endpoints = [LeaderEndpoint(3, host: "h", port: 1)]
        var writer = try ProduceResponseWriter(version: 9)
        writer.beginTopic(name: ByteSlice(utf8: "t"), id: .metadataTopic)
        writer.partition(.init(0, error: .notLeaderOrFollower, currentLeader: leader))
        let produced = try ProduceResponse(try writer.finish(nodeEndpoints: endpoints), version: 9)
        #expect(produced.responses.first?.partitionResponses.first?.currentLeader.isDefault == true)
        #expect(produced.nodeEndpoints.isEmpty)

        var fetch = try FetchResponseWriter(version: 10, sessionId: 5)
        fetch.beginTopic(name: ByteSlice(utf8: "t"), id: .metadataTopic)
        var partition = FetchResponseWriter.Partition(0, error: .notLeaderOrFollower)
        partition.currentLeader = leader
        partition.divergingEpoch = .init(epoch: 1, endOffset: 2)
        partition.preferredReadReplica = 8
        fetch.partition(partition, records: .none)
        let fetched = try FetchResponse(joined(try fetch.finish(nodeEndpoints: endpoints), []), version: 10)
        #expect(fetched.sessionId == 5)
        #expect(fetched.responses.first?.partitions.first?.preferredReadReplica == -1)
    }

    @Test func `a frame too large for its size field is refused`() {
        // Header 5, throttle time, error and session 10, topic count 1, id 16, partition count 1, tags of topic and answer
        // 2; a partition has 35 bytes, five more for the size of its records and one for its tags.
        let size = 5 + 10 + 1 + 16 + 1 + 2 + 2 * (35 + 5 + 1) + (2 << 30)
        #expect(throws: WireError.frameTooLarge(size)) { try twoRegions(of: 1 << 30) }
        #expect(throws: Never.self) { try twoRegions(of: 1 << 29) }
    }

    private func twoRegions(of count: Int) throws {
        var writer = try FetchResponseWriter(version: 18, correlationID: 1)
        writer.beginTopic(name: .empty, id: .metadataTopic)
        for index: Int32 in 0..<2 { writer.partition(.init(PartitionIndex(index)), records: .region(count: count)) }
        _ = try writer.finish()
    }

    @Test func `versions that do not exist are refused`() {
        #expect(throws: WireError.self) { _ = try ProduceResponseWriter(version: 2) }
        #expect(throws: WireError.self) { _ = try ProduceResponseWriter(version: 14) }
        #expect(throws: WireError.self) { _ = try FetchResponseWriter(version: 3) }
        #expect(throws: WireError.self) { _ = try FetchResponseWriter(version: 19) }
    }
}
