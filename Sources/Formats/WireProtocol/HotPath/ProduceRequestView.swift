import Bytes
import Vocabulary

/// A Produce request read in place: the fields before the topics are here, the topics are walked over with a `Cursor`, and
/// records and names stay bytes of the frame. It makes no arrays and no text.
///
/// Making a view reads the whole request once and refuses what `ProduceRequest` refuses, so that walking cannot fail.
/// Unknown tagged fields are passed over.
package struct ProduceRequestView: Sendable {
    package let version: Int16
    package let transactionalId: ByteSlice?
    package let acks: Int16
    package let timeoutMs: Int32
    package let topicCount: Int
    /// The partitions of all topics together.
    package let partitionCount: Int
    /// From the first topic on.
    private let topicData: ByteSlice

    package init(_ body: ByteSlice, version: Int16) throws(WireError) {
        var reader = WireReader(body)
        try self.init(from: &reader, version: version)
    }

    package init(from reader: inout WireReader, version: Int16) throws(WireError) {
        try ProduceRequest.check(version)
        let flexible = ProduceRequest.isFlexible(version)
        self.version = version
        transactionalId = try reader.optionalText(flexible)
        acks = try reader.int16()
        timeoutMs = try reader.int32()
        topicCount = try reader.elementCount(flexible, leastSize: 3)
        topicData = reader.rest
        var partitions = 0
        for _ in 0..<topicCount {
            let topic = try Topic(from: &reader, version)
            for _ in 0..<topic.partitionCount { try Partition.pass(over: &reader, flexible) }
            try reader.skipTaggedFields(flexible)
            partitions += topic.partitionCount
        }
        partitionCount = partitions
        try reader.skipTaggedFields(flexible)
    }

    /// A new walk over the topics.
    package var topics: Cursor { Cursor(topicData, version, topicCount: topicCount) }
}

extension ProduceRequestView {
    package struct Topic: Sendable {
        /// Up to version 12; empty since.
        package let name: ByteSlice
        /// From version 13 on; zero before.
        package let id: TopicID
        package let partitionCount: Int

        fileprivate init(from reader: inout WireReader, _ version: Int16) throws(WireError) {
            let flexible = ProduceRequest.isFlexible(version)
            name = version <= 12 ? try reader.text(flexible) : .empty
            id = version >= 13 ? try reader.uuid() : .zero
            partitionCount = try reader.elementCount(flexible, leastSize: 6)
        }
    }

    package struct Partition: Sendable {
        package let index: PartitionIndex
        package let records: ByteSlice?

        fileprivate init(from reader: inout WireReader, _ flexible: Bool) throws(WireError) {
            index = PartitionIndex(try reader.int32())
            records = try reader.optionalBytes(flexible)
            try reader.skipTaggedFields(flexible)
        }

        /// Refuses what reading refuses, and makes nothing.
        fileprivate static func pass(over reader: inout WireReader, _ flexible: Bool) throws(WireError) {
            try reader.skip(4)
            try reader.skipOptionalBytes(flexible)
            try reader.skipTaggedFields(flexible)
        }
    }

    /// A walk over the topics in their order: `nextTopic`, then `nextPartition` until it is nil, and so on. Partitions
    /// that were not asked for are passed over.
    package struct Cursor: Sendable {
        private var reader: WireReader
        private let version: Int16
        private let flexible: Bool
        private var topicsLeft: Int
        private var partitionsLeft = 0
        private var isInTopic = false

        fileprivate init(_ topicData: ByteSlice, _ version: Int16, topicCount: Int) {
            reader = WireReader(topicData)
            self.version = version
            flexible = ProduceRequest.isFlexible(version)
            topicsLeft = topicCount
        }

        package mutating func nextTopic() -> Topic? {
            guard topicsLeft > 0 else { return nil }
            while nextPartition() != nil {}
            let (version, flexible, isInTopic) = (version, flexible, isInTopic)
            let topic = reader.again { (reader: inout WireReader) throws(WireError) in
                if isInTopic { try reader.skipTaggedFields(flexible) }
                return try Topic(from: &reader, version)
            }
            self.isInTopic = true
            topicsLeft -= 1
            partitionsLeft = topic.partitionCount
            return topic
        }

        /// The next partition of the topic that `nextTopic` gave last.
        package mutating func nextPartition() -> Partition? {
            guard partitionsLeft > 0 else { return nil }
            partitionsLeft -= 1
            let flexible = flexible
            return reader.again { (reader: inout WireReader) throws(WireError) in
                try Partition(from: &reader, flexible)
            }
        }
    }
}
