import Bytes
import Vocabulary

/// A Fetch request read in place: what stands outside the topics is here, the topics and the forgotten topics are walked
/// over with cursors, and names stay bytes of the frame. It makes no arrays and no text.
///
/// Making a view reads the whole request once and refuses what `FetchRequest` refuses, so that walking cannot fail. Fields
/// that the version lacks are at the defaults of `FetchRequest`; unknown tagged fields are passed over.
package struct FetchRequestView: Sendable {
    package let version: Int16
    package private(set) var clusterId: ByteSlice? = nil
    /// Who fetches: -1 for a consumer. Up to version 14 a field of its own, since then that of the replica state.
    package private(set) var replicaId: BrokerID = .none
    package private(set) var replicaEpoch: Int64 = -1
    package let maxWaitMs: Int32
    package let minBytes: Int32
    package let maxBytes: Int32
    /// 0 reads uncommitted, 1 committed; any other number is the sender's error.
    package let isolationLevel: Int8
    package private(set) var sessionId: Int32 = 0
    package private(set) var sessionEpoch: Int32 = -1
    package private(set) var rackId = ByteSlice.empty
    package let topicCount: Int
    /// The partitions of all topics together, the forgotten ones not counted.
    package let partitionCount: Int
    package let forgottenTopicCount: Int
    /// From the first topic on.
    private let topicData: ByteSlice
    /// From the first forgotten topic on.
    private let forgottenTopicsData: ByteSlice

    package init(_ body: ByteSlice, version: Int16) throws(WireError) {
        var reader = WireReader(body)
        try self.init(from: &reader, version: version)
    }

    package init(from reader: inout WireReader, version: Int16) throws(WireError) {
        try FetchRequest.check(version)
        let flexible = FetchRequest.isFlexible(version)
        self.version = version
        if version <= 14 { replicaId = BrokerID(try reader.int32()) }
        maxWaitMs = try reader.int32()
        minBytes = try reader.int32()
        maxBytes = try reader.int32()
        isolationLevel = try reader.int8()
        if version >= 7 {
            sessionId = try reader.int32()
            sessionEpoch = try reader.int32()
        }
        topicCount = try reader.elementCount(flexible, leastSize: 3)
        topicData = reader.rest
        partitionCount = try Self.pass(over: topicCount, &reader, version)
        forgottenTopicCount = version >= 7 ? try reader.elementCount(flexible, leastSize: 3) : 0
        forgottenTopicsData = reader.rest
        try Self.pass(overForgotten: forgottenTopicCount, &reader, version)
        if version >= 11 { rackId = try reader.text(flexible) }
        if flexible { try readTags(&reader) }
    }

    /// Gives how many partitions there were.
    private static func pass(
        over topicCount: Int, _ reader: inout WireReader, _ version: Int16
    ) throws(WireError) -> Int {
        var partitions = 0
        for _ in 0..<topicCount {
            let topic = try Topic(from: &reader, version, leastSize: Partition.leastSize)
            for _ in 0..<topic.partitionCount { _ = try Partition(from: &reader, version) }
            try reader.skipTaggedFields(FetchRequest.isFlexible(version))
            partitions += topic.partitionCount
        }
        return partitions
    }

    private static func pass(
        overForgotten topicCount: Int, _ reader: inout WireReader, _ version: Int16
    ) throws(WireError) {
        for _ in 0..<topicCount {
            let topic = try Topic(from: &reader, version, leastSize: 4)
            for _ in 0..<topic.partitionCount { _ = try reader.int32() }
            try reader.skipTaggedFields(FetchRequest.isFlexible(version))
        }
    }

    private mutating func readTags(_ reader: inout WireReader) throws(WireError) {
        var left = try reader.tagCount()
        while left > 0 {
            left -= 1
            let (tag, size) = try reader.tag()
            switch tag {
            case 0: clusterId = try reader.optionalText(true)
            case 1 where version >= 15:
                replicaId = BrokerID(try reader.int32())
                replicaEpoch = try reader.int64()
                try reader.skipTaggedFields(true)
            case 1: throw .tagOfAnotherVersion(1)
            default: try reader.skipTag(size: size)
            }
        }
    }

    /// A new walk over the topics.
    package var topics: Cursor { Cursor(topicData, version, topicCount: topicCount) }
    /// A new walk over the topics and partitions that leave the fetch session.
    package var forgottenTopics: ForgottenCursor {
        ForgottenCursor(forgottenTopicsData, version, topicCount: forgottenTopicCount)
    }
}

extension FetchRequestView {
    /// A topic with its partitions, or with its forgotten ones.
    package struct Topic: Sendable {
        /// Up to version 12; empty since.
        package let name: ByteSlice
        /// From version 13 on; zero before.
        package let id: TopicID
        package let partitionCount: Int

        fileprivate init(from reader: inout WireReader, _ version: Int16, leastSize: Int) throws(WireError) {
            let flexible = FetchRequest.isFlexible(version)
            name = version <= 12 ? try reader.text(flexible) : .empty
            id = version >= 13 ? try reader.uuid() : .zero
            partitionCount = try reader.elementCount(flexible, leastSize: leastSize)
        }
    }

    package struct Partition: Sendable {
        package let index: PartitionIndex
        package private(set) var currentLeaderEpoch: LeaderEpoch = .none
        package let fetchOffset: Offset
        package private(set) var lastFetchedEpoch: LeaderEpoch = .none
        /// A follower's own; -1 from a consumer.
        package private(set) var logStartOffset: Offset = .none
        package let maxBytes: Int32
        package private(set) var replicaDirectoryId = UUID128.zero
        /// What a follower knows of the high watermark; the largest number when it knows none.
        package private(set) var highWatermark = Offset(.max)

        fileprivate static let leastSize = 16

        fileprivate init(from reader: inout WireReader, _ version: Int16) throws(WireError) {
            index = PartitionIndex(try reader.int32())
            if version >= 9 { currentLeaderEpoch = LeaderEpoch(try reader.int32()) }
            fetchOffset = Offset(try reader.int64())
            if version >= 12 { lastFetchedEpoch = LeaderEpoch(try reader.int32()) }
            if version >= 5 { logStartOffset = Offset(try reader.int64()) }
            maxBytes = try reader.int32()
            guard FetchRequest.isFlexible(version) else { return }
            var left = try reader.tagCount()
            while left > 0 {
                left -= 1
                let (tag, size) = try reader.tag()
                switch tag {
                case 0 where version >= 17: replicaDirectoryId = try reader.uuid()
                case 1 where version >= 18: highWatermark = Offset(try reader.int64())
                case 0, 1: throw .tagOfAnotherVersion(tag)
                default: try reader.skipTag(size: size)
                }
            }
        }
    }

    /// A walk over the topics in their order: `nextTopic`, then `nextPartition` until it is nil, and so on. Partitions
    /// that were not asked for are passed over.
    package struct Cursor: Sendable {
        private var reader: WireReader
        private let version: Int16
        private var topicsLeft: Int
        private var partitionsLeft = 0
        private var isInTopic = false

        fileprivate init(_ topicData: ByteSlice, _ version: Int16, topicCount: Int) {
            reader = WireReader(topicData)
            self.version = version
            topicsLeft = topicCount
        }

        package mutating func nextTopic() -> Topic? {
            guard topicsLeft > 0 else { return nil }
            while nextPartition() != nil {}
            let topic = reader.nextTopic(version, after: isInTopic, leastSize: Partition.leastSize)
            isInTopic = true
            topicsLeft -= 1
            partitionsLeft = topic.partitionCount
            return topic
        }

        /// The next partition of the topic that `nextTopic` gave last.
        package mutating func nextPartition() -> Partition? {
            guard partitionsLeft > 0 else { return nil }
            partitionsLeft -= 1
            let version = version
            return reader.again { (reader: inout WireReader) throws(WireError) in
                try Partition(from: &reader, version)
            }
        }
    }

    /// The same walk over the forgotten topics.
    package struct ForgottenCursor: Sendable {
        private var reader: WireReader
        private let version: Int16
        private var topicsLeft: Int
        private var partitionsLeft = 0
        private var isInTopic = false

        fileprivate init(_ topicData: ByteSlice, _ version: Int16, topicCount: Int) {
            reader = WireReader(topicData)
            self.version = version
            topicsLeft = topicCount
        }

        package mutating func nextTopic() -> Topic? {
            guard topicsLeft > 0 else { return nil }
            while nextPartition() != nil {}
            let topic = reader.nextTopic(version, after: isInTopic, leastSize: 4)
            isInTopic = true
            topicsLeft -= 1
            partitionsLeft = topic.partitionCount
            return topic
        }

        package mutating func nextPartition() -> PartitionIndex? {
            guard partitionsLeft > 0 else { return nil }
            partitionsLeft -= 1
            return PartitionIndex(reader.again { (reader: inout WireReader) throws(WireError) in try reader.int32() })
        }
    }
}

extension WireReader {
    /// The next topic, after the tagged fields that end the one before it.
    fileprivate mutating func nextTopic(
        _ version: Int16, after isInTopic: Bool, leastSize: Int
    ) -> FetchRequestView.Topic {
        again { (reader: inout WireReader) throws(WireError) in
            if isInTopic { try reader.skipTaggedFields(FetchRequest.isFlexible(version)) }
            return try FetchRequestView.Topic(from: &reader, version, leastSize: leastSize)
        }
    }
}
