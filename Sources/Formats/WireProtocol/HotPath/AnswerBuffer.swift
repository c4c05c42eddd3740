import Bytes
import Vocabulary

/// The leader that a client should turn to, as answers of Produce (from version 10) and Fetch (from version 12) name it.
package struct CurrentLeader: Sendable, Hashable {
    package var leaderId: BrokerID
    package var leaderEpoch: LeaderEpoch

    package init(_ leaderId: BrokerID = .none, epoch leaderEpoch: LeaderEpoch = .none) {
        self.leaderId = leaderId
        self.leaderEpoch = leaderEpoch
    }

    /// No leader is named; the field is left out.
    package static let none = CurrentLeader()
}

/// Where a leader that an answer names is to be reached.
package struct LeaderEndpoint: Sendable, Hashable {
    package var nodeId: BrokerID
    package var host: String
    package var port: Int32
    package var rack: String?

    package init(_ nodeId: BrokerID, host: String, port: Int32, rack: String? = nil) {
        self.nodeId = nodeId
        self.host = host
        self.port = port
        self.rack = rack
    }
}

/// A stretch of an answer.
package enum AnswerSegment: Sendable {
    case bytes(ByteSlice)
    /// Here stand the `count` bytes of the region that was announced as the `number`th, from 0. An empty region is left out.
    case region(number: Int, count: Int)
}

/// The one buffer in which an answer of Produce or Fetch grows, with the places where bytes from elsewhere go in between.
struct AnswerBuffer: ~Copyable {
    private enum Source {
        case bytes(ByteSlice)
        case region(number: Int)
    }

    private struct Splice {
        /// How much of the buffer comes before it.
        var position: Int
        let source: Source
        let count: Int
    }

    /// An array whose count is filled in when its elements are written.
    struct OpenArray {
        fileprivate let place: Int
        fileprivate let firstSplice: Int
        var count = 0
    }

    var writer: WireWriter
    let flexible: Bool
    private let isFramed: Bool
    private var splices: [Splice] = []
    private var splicedSize = 0
    private var regionCount = 0

    /// With a correlation id the answer begins with the frame's four size bytes and the response header.
    init(capacity: Int, flexible: Bool, correlationID: Int32?) {
        writer = WireWriter(capacity: capacity)
        self.flexible = flexible
        isFramed = correlationID != nil
        guard let correlationID else { return }
        writer.int32(0)
        writer.int32(correlationID)
        if flexible { writer.tagCount(0) }
    }

    /// All that was written, what goes in between included.
    var size: Int { writer.count + splicedSize }

    // MARK: Arrays

    mutating func openArray() -> OpenArray {
        let place = flexible ? writer.openVarint() : writer.count
        if !flexible { writer.int32(0) }
        return OpenArray(place: place, firstSplice: splices.count)
    }

    mutating func close(_ array: OpenArray) {
        guard flexible else { return writer.replaceInt32(Int32(array.count), at: array.place) }
        let moved = writer.closeVarint(UInt32(array.count + 1), at: array.place)
        guard moved > 0 else { return }
        for index in array.firstSplice..<splices.count { splices[index].position += moved }
    }

    // MARK: Text

    /// A topic's name, by its bytes. No name that exists is longer than the wire allows; what is longer is cut.
    mutating func name(_ name: ByteSlice) {
        let name = name.prefix(Int(Int16.max))
        writer.length(name.count, flexible, short: true)
        writer.raw(name)
    }

    /// Text for people to read. What is longer than the wire allows is cut, since the answer is worth more.
    mutating func text(_ text: String?) {
        do throws(WireError) {
            try writer.optionalString(text, flexible)
        } catch {
            // Room is left for the character that may stand for a torn last one.
            let cut = ByteSlice(utf8: String(decoding: (text ?? "").utf8.prefix(Int(Int16.max) - 3), as: UTF8.self))
            name(cut)
        }
    }

    // MARK: Tagged fields

    mutating func noTags() { if flexible { writer.tagCount(0) } }

    mutating func tag(_ tag: UInt32, _ leader: CurrentLeader) {
        writer.unsignedVarint(tag)
        writer.unsignedVarint(9)
        writer.int32(leader.leaderId.rawValue)
        writer.int32(leader.leaderEpoch.rawValue)
        writer.tagCount(0)
    }

    /// The tagged fields that end the answer: the endpoints as tag 0 if there are some and `isKnown` in this version.
    mutating func endTags(_ endpoints: [LeaderEndpoint], isKnown: Bool) {
        guard isKnown, !endpoints.isEmpty else { return noTags() }
        writer.tagCount(1)
        writer.unsignedVarint(0)
        let place = writer.openVarint()
        writer.length(endpoints.count, true)
        for endpoint in endpoints {
            writer.int32(endpoint.nodeId.rawValue)
            text(endpoint.host)
            writer.int32(endpoint.port)
            text(endpoint.rack)
            writer.tagCount(0)
        }
        writer.closeVarint(UInt32(writer.count - place - 1), at: place)
    }

    // MARK: Bytes from elsewhere

    /// Puts `bytes` in without copying them.
    mutating func splice(_ bytes: ByteSlice) { splice(.bytes(bytes), count: bytes.count) }

    /// Announces the next region.
    mutating func spliceRegion(count: Int) {
        splice(.region(number: regionCount), count: count)
        regionCount += 1
    }

    private mutating func splice(_ source: Source, count: Int) {
        guard count > 0 else { return }
        splices.append(Splice(position: writer.count, source: source, count: count))
        splicedSize += count
    }

    // MARK: The end

    /// The answer in order; its frame's size is put in if it has one.
    mutating func finish() throws(WireError) -> [AnswerSegment] {
        let bytes = try finishBytes()
        var segments: [AnswerSegment] = []
        segments.reserveCapacity(2 * splices.count + 1)
        var from = 0
        for splice in splices {
            if splice.position > from { segments.append(.bytes(bytes[from..<splice.position])) }
            from = splice.position
            switch splice.source {
            case .bytes(let bytes): segments.append(.bytes(bytes))
            case .region(let number): segments.append(.region(number: number, count: splice.count))
            }
        }
        if from < bytes.count { segments.append(.bytes(bytes[from..<bytes.count])) }
        return segments
    }

    /// What stands in the buffer itself.
    mutating func finishBytes() throws(WireError) -> ByteSlice {
        if isFramed {
            guard let size = Int32(exactly: size - 4) else { throw .frameTooLarge(size - 4) }
            writer.replaceInt32(size, at: 0)
        }
        return writer.finish()
    }
}
