import Bytes
import Vocabulary

// Keys and values of `__consumer_offsets`: an int16 (the record's type in a key, the version in a value), then the message.

extension GroupRecord {
    private static let offsetType: Int16 = 1
    private static let groupType: Int16 = 2

    /// The key and, unless it is a tombstone, the value, in the versions that Kafka 4.3 writes.
    package var encoded: (key: ByteSlice, value: ByteSlice?) {
        var key = RecordWriter()
        switch self {
        case .offset(let name, let value):
            key.write(name)
            return (key.slice, value.encoded)
        case .noOffset(let name):
            key.write(name)
            return (key.slice, nil)
        case .group(let id, let value):
            key.number(Self.groupType)
            key.text(id)
            return (key.slice, value.encoded)
        case .noGroup(let id):
            key.number(Self.groupType)
            key.text(id)
            return (key.slice, nil)
        case .other(let type):
            key.number(type)
            return (key.slice, nil)
        }
    }

    package static func decode(key: ByteSlice?, value: ByteSlice?) throws(GroupRecordError) -> GroupRecord {
        guard let key else { throw .noKey }
        var reader = RecordReader(key)
        let type = try reader.number(Int16.self)
        reader.type = type
        switch type {
        case 0, offsetType:
            let name = OffsetKey(
                groupID: try reader.text(), topic: try reader.text(),
                partition: PartitionIndex(try reader.number(Int32.self)))
            guard let value else { return .noOffset(name) }
            return .offset(name, try CommittedOffset(RecordReader(value, type: type)))
        case groupType:
            let id = try reader.text()
            guard let value else { return .noGroup(id) }
            return .group(id, try GroupMetadata(RecordReader(value, type: type)))
        default: return .other(type: type)
        }
    }
}

extension CommittedOffset {
    /// Version 1 carries the expiry that the client asked for; otherwise version 4, with the topic's id.
    fileprivate var encoded: ByteSlice {
        var writer = RecordWriter()
        if let expiresAt {
            writer.number(Int16(1))
            writer.number(offset.rawValue)
            writer.text(metadata)
            writer.number(committedAt.rawValue)
            writer.number(expiresAt.rawValue)
            return writer.slice
        }
        writer.number(Int16(4))
        writer.number(offset.rawValue)
        writer.number(leaderEpoch.rawValue)
        writer.compactText(metadata)
        writer.number(committedAt.rawValue)
        writer.varint(topicID == .zero ? 0 : 1)
        if topicID != .zero {
            writer.varint(0)
            writer.varint(16)
            writer.number(topicID.high)
            writer.number(topicID.low)
        }
        return writer.slice
    }

    fileprivate init(_ start: RecordReader) throws(GroupRecordError) {
        var reader = start
        let version = try reader.number(Int16.self)
        guard (0...4).contains(version) else { throw .unknownVersion(version, type: reader.type) }
        let offset = Offset(try reader.number(Int64.self))
        let epoch = LeaderEpoch(version >= 3 ? try reader.number(Int32.self) : -1)
        let metadata = version >= 4 ? try reader.compactText() : try reader.text()
        let committedAt = Timestamp(try reader.number(Int64.self))
        let expiry = version == 1 ? try reader.number(Int64.self) : -1
        var topicID = TopicID.zero
        if version >= 4 {
            for _ in 0..<(try reader.varint()) {
                let tag = try reader.varint()
                let size = try reader.varint()
                if tag == 0 && size == 16 {
                    topicID = UUID128(high: try reader.number(UInt64.self), low: try reader.number(UInt64.self))
                } else {
                    _ = try reader.bytes(size)
                }
            }
        }
        self.init(
            offset: offset, leaderEpoch: epoch, metadata: metadata, committedAt: committedAt,
            expiresAt: expiry == -1 ? nil : Timestamp(expiry), topicID: topicID)
    }
}

extension GroupMetadata {
    /// Version 3, as Kafka 4.3 writes it.
    fileprivate var encoded: ByteSlice {
        var writer = RecordWriter()
        writer.number(Int16(3))
        writer.text(protocolType)
        writer.number(generation)
        writer.nullableText(protocolName)
        writer.nullableText(leader)
        writer.number(stateSince.rawValue)
        writer.number(Int32(members.count))
        for member in members {
            writer.text(member.memberID)
            writer.nullableText(member.instanceID)
            writer.text(member.clientID)
            writer.text(member.clientHost)
            writer.number(member.rebalanceTimeout)
            writer.number(member.sessionTimeout)
            writer.bytes(member.subscription)
            writer.bytes(member.assignment)
        }
        return writer.slice
    }

    fileprivate init(_ start: RecordReader) throws(GroupRecordError) {
        var reader = start
        let version = try reader.number(Int16.self)
        guard (0...4).contains(version) else { throw .unknownVersion(version, type: reader.type) }
        reader.isFlexible = version >= 4
        self.init(
            protocolType: try reader.anyText(), generation: try reader.number(Int32.self),
            protocolName: try reader.nullableText(), leader: try reader.nullableText(),
            stateSince: version >= 2 ? Timestamp(try reader.number(Int64.self)) : .none)
        for _ in 0..<(try reader.count()) {
            members.append(try Member(&reader, version))
        }
        try reader.skipTags()
    }
}

extension GroupMetadata.Member {
    fileprivate init(_ reader: inout RecordReader, _ version: Int16) throws(GroupRecordError) {
        let memberID = try reader.anyText()
        let instanceID = version >= 3 ? try reader.nullableText() : nil
        let (clientID, clientHost) = (try reader.anyText(), try reader.anyText())
        let rebalance = version >= 1 ? try reader.number(Int32.self) : -1
        let session = try reader.number(Int32.self)
        // Version 0 had one timeout for both.
        self.init(
            memberID: memberID, instanceID: instanceID, clientID: clientID, clientHost: clientHost,
            rebalanceTimeout: rebalance == -1 ? session : rebalance, sessionTimeout: session,
            subscription: try reader.anyBytes(), assignment: try reader.anyBytes())
        try reader.skipTags()
    }
}

/// Writes the primitive types of Kafka's messages.
struct RecordWriter {
    private var content: [UInt8] = []

    var slice: ByteSlice { ByteSlice(content) }

    mutating func number(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { content.append(contentsOf: $0) }
    }

    mutating func varint(_ value: Int) {
        var rest = UInt32(truncatingIfNeeded: value)
        while rest >= 0x80 {
            content.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        content.append(UInt8(rest))
    }

    mutating func text(_ value: String) {
        // Group ids, topics and metadata came in strings of the wire, so they fit; what does not is cut, not misread.
        let utf8 = Array(value.utf8.prefix(Int(Int16.max)))
        number(Int16(utf8.count))
        content += utf8
    }

    mutating func nullableText(_ value: String?) {
        if let value { text(value) } else { number(Int16(-1)) }
    }

    mutating func compactText(_ value: String) {
        varint(value.utf8.count + 1)
        content += value.utf8
    }

    mutating func bytes(_ value: ByteSlice) {
        number(Int32(value.count))
        value.withBytes { content.append(contentsOf: $0) }
    }

    mutating func write(_ key: OffsetKey) {
        number(Int16(1))
        text(key.groupID)
        text(key.topic)
        number(key.partition.rawValue)
    }
}

/// Reads the primitive types of Kafka's messages; every length is held to the bytes that are there.
struct RecordReader {
    private let content: ByteSlice
    private var at = 0
    var type: Int16
    var isFlexible = false

    init(_ content: ByteSlice, type: Int16 = -1) {
        self.content = content
        self.type = type
    }

    var remaining: Int { content.count - at }

    mutating func number<N: FixedWidthInteger>(_: N.Type) throws(GroupRecordError) -> N {
        let size = MemoryLayout<N>.size
        guard remaining >= size else { throw .truncated(type: type) }
        defer { at += size }
        return content.withBytes { $0.readBigEndian(N.self, at: at) }
    }

    mutating func varint() throws(GroupRecordError) -> Int {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), through: 28, by: 7) {
            let byte = try number(UInt8.self)
            value |= UInt32(byte & 0x7f) << shift
            if byte < 0x80 { return Int(value) }
        }
        throw .badLength(-1, type: type)
    }

    mutating func bytes(_ count: Int) throws(GroupRecordError) -> ByteSlice {
        guard count >= 0 else { throw .badLength(Int64(count), type: type) }
        guard count <= remaining else { throw .truncated(type: type) }
        defer { at += count }
        return content[at..<at + count]
    }

    mutating func text() throws(GroupRecordError) -> String { try bytes(Int(number(Int16.self))).text }
    mutating func compactText() throws(GroupRecordError) -> String { try bytes(varint() - 1).text }
    mutating func anyText() throws(GroupRecordError) -> String { isFlexible ? try compactText() : try text() }

    mutating func nullableText() throws(GroupRecordError) -> String? {
        let count = isFlexible ? try varint() - 1 : Int(try number(Int16.self))
        return count == -1 ? nil : try bytes(count).text
    }

    mutating func anyBytes() throws(GroupRecordError) -> ByteSlice {
        try bytes(isFlexible ? varint() - 1 : Int(number(Int32.self)))
    }

    /// How many elements an array has; each takes a byte at least.
    mutating func count() throws(GroupRecordError) -> Int {
        let count = isFlexible ? try varint() - 1 : Int(try number(Int32.self))
        guard count >= 0 else { throw .badLength(Int64(count), type: type) }
        guard count <= remaining else { throw .truncated(type: type) }
        return count
    }

    mutating func skipTags() throws(GroupRecordError) {
        guard isFlexible else { return }
        for _ in 0..<(try varint()) {
            _ = try varint()
            _ = try bytes(varint())
        }
    }
}
