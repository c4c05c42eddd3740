import Bytes
import Vocabulary

/// Writes the wire's primitives into one buffer; `finish` gives its bytes. The buffer grows when it must; `bytes` makes it
/// of just the size that is needed, by counting first. Methods stay out of line, as the reader's.
package struct WireWriter {
    private var storage: ByteStorage
    /// Nothing is written, only counted.
    private let isCounting: Bool
    package private(set) var count = 0

    package init(capacity: Int = 256) {
        storage = capacity == 0 ? Self.nothing : ByteStorage(capacity: capacity)
        isCounting = false
    }

    private init(counting storage: ByteStorage) {
        self.storage = storage
        isCounting = true
    }

    /// Stands for the storage of a writer that has none: nothing is ever written to it.
    private static let nothing = ByteStorage(capacity: 0)

    /// How many bytes `write` writes.
    package static func size(
        _ write: (inout WireWriter) throws(WireError) -> Void
    ) throws(WireError) -> Int {
        var counter = WireWriter(counting: nothing)
        try write(&counter)
        return counter.count
    }

    /// What `write` writes, in a buffer of just its size: it is called twice, the first time only to count.
    package static func bytes(
        _ write: (inout WireWriter) throws(WireError) -> Void
    ) throws(WireError) -> ByteSlice {
        var writer = WireWriter(capacity: try size(write))
        try write(&writer)
        return writer.finish()
    }

    /// How many bytes the buffer holds before it grows.
    package var capacity: Int { storage.capacity }

    /// What was written; the writer starts anew.
    package mutating func finish() -> ByteSlice {
        precondition(!isCounting)
        let made = ByteSlice(storage, 0..<count)
        storage = Self.nothing
        count = 0
        return made
    }

    @inline(__always) private mutating func reserve(_ more: Int) {
        if storage.capacity - count < more { grow(more) }
    }

    @inline(never) private mutating func grow(_ more: Int) {
        let grown = ByteStorage(capacity: max(count + more, 2 * storage.capacity))
        grown.base.copyMemory(from: storage.base, byteCount: count)
        storage = grown
    }

    @inline(__always) private mutating func number<N: FixedWidthInteger & BitwiseCopyable>(_ value: N) {
        if !isCounting {
            reserve(MemoryLayout<N>.size)
            storage.base.writeBigEndian(value, at: count)
        }
        count += MemoryLayout<N>.size
    }

    @inline(never) package mutating func bool(_ value: Bool) { number(value ? UInt8(1) : 0) }
    @inline(never) package mutating func int8(_ value: Int8) { number(value) }
    @inline(never) package mutating func int16(_ value: Int16) { number(value) }
    @inline(never) package mutating func uint16(_ value: UInt16) { number(value) }
    @inline(never) package mutating func int32(_ value: Int32) { number(value) }
    @inline(never) package mutating func uint32(_ value: UInt32) { number(value) }
    @inline(never) package mutating func int64(_ value: Int64) { number(value) }
    @inline(never) package mutating func float64(_ value: Double) { number(value.bitPattern) }
    @inline(never) package mutating func uuid(_ value: UUID128) {
        number(value.high)
        number(value.low)
    }

    @inline(never) package mutating func unsignedVarint(_ value: UInt32) {
        var left = value
        while left > 0x7f {
            number(UInt8(left & 0x7f | 0x80))
            left >>= 7
        }
        number(UInt8(left))
    }

    // MARK: What is known only later

    /// Keeps a place for a varint that depends on what comes after it: a size or a count. Most are small, so that one byte
    /// is kept, and only what follows a larger one is moved up by `closeVarint`.
    @inline(never) package mutating func openVarint() -> Int {
        int8(0)
        return count - 1
    }

    /// Puts `value` in the place that was kept; gives by how many bytes what was written since has moved up.
    @discardableResult
    @inline(never) package mutating func closeVarint(_ value: UInt32, at place: Int) -> Int {
        let size = count - place - 1
        let extra = (max(1, UInt32.bitWidth - value.leadingZeroBitCount) + 6) / 7 - 1
        if extra > 0, !isCounting {
            reserve(extra)
            let written = storage.base + place + 1
            (written + extra).copyMemory(from: written, byteCount: size)
        }
        count = place
        unsignedVarint(value)
        count += size
        return extra
    }

    /// Puts another number in place of four bytes written before.
    @inline(never) package mutating func replaceInt32(_ value: Int32, at place: Int) {
        precondition(place >= 0 && place <= count - 4 && !isCounting)
        storage.base.writeBigEndian(value, at: place)
    }

    /// Takes back all that was written from `place` on.
    package mutating func takeBack(to place: Int) {
        precondition(place >= 0 && place <= count)
        count = place
    }

    /// Writes `size` bytes that `fill` makes, all of them. When it fails nothing is written.
    package mutating func fill<Failure: Error>(
        _ size: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(!isCounting)
        reserve(size)
        try fill(UnsafeMutableRawBufferPointer(start: storage.base + count, count: size))
        count += size
    }

    // MARK: Bytes

    /// The bytes as they are, without a length.
    @inline(never) package mutating func raw(_ bytes: ByteSlice) {
        bytes.withBytes { copy($0) }
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        if let from = bytes.baseAddress, !isCounting {
            reserve(bytes.count)
            (storage.base + count).copyMemory(from: from, byteCount: bytes.count)
        }
        count += bytes.count
    }

    /// A length or count; nil is null.
    mutating func length(_ length: Int?, _ compact: Bool, short: Bool = false) {
        if compact {
            unsignedVarint(UInt32((length ?? -1) + 1))
        } else if short {
            int16(Int16(length ?? -1))
        } else {
            int32(Int32(length ?? -1))
        }
    }

    private func allow(null isNull: Bool, _ nullable: Bool) throws(WireError) {
        if isNull && !nullable { throw .nullNotAllowed }
    }

    // MARK: Text and bytes

    @inline(never) package mutating func optionalString(
        _ value: String?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        guard let value else {
            try allow(null: true, nullable)
            return length(nil, compact, short: true)
        }
        try string(value, compact)
    }

    @inline(never) package mutating func string(_ value: String, _ compact: Bool) throws(WireError) {
        let size = value.utf8.count
        guard size <= Int(Int16.max) else { throw .textTooLong(size) }
        length(size, compact, short: true)
        guard !isCounting else { return count += size }
        var text = value
        text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    @inline(never) package mutating func optionalBytes(
        _ value: ByteSlice?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try allow(null: value == nil, nullable)
        length(value?.count, compact)
        if let value { raw(value) }
    }

    @inline(never) package mutating func bytes(_ value: ByteSlice, _ compact: Bool) {
        length(value.count, compact)
        raw(value)
    }

    // MARK: Arrays and structs

    @inline(never) package mutating func array<Element: WireStruct>(
        _ value: [Element], _ compact: Bool, _ version: Int16
    ) throws(WireError) {
        length(value.count, compact)
        for element in value { try element.write(to: &self, version: version) }
    }

    @inline(never) package mutating func optionalArray<Element: WireStruct>(
        _ value: [Element]?, _ compact: Bool, _ version: Int16, nullable: Bool = true
    ) throws(WireError) {
        guard let value else {
            try allow(null: true, nullable)
            return length(nil, compact)
        }
        try array(value, compact, version)
    }

    @inline(never) package mutating func optionalStructure<Struct: WireStruct>(
        _ value: Struct?, _ version: Int16, nullable: Bool = true, tagged: Bool = false
    ) throws(WireError) {
        try allow(null: value == nil, nullable)
        if nullable {
            if tagged { unsignedVarint(value == nil ? 0 : 1) } else { int8(value == nil ? -1 : 1) }
        }
        try value?.write(to: &self, version: version)
    }

    private mutating func scalars<Element>(
        _ value: [Element]?, _ compact: Bool, _ nullable: Bool,
        _ write: (inout WireWriter, Element) throws(WireError) -> Void
    ) throws(WireError) {
        try allow(null: value == nil, nullable)
        length(value?.count, compact)
        for element in value ?? [] { try write(&self, element) }
    }

    private mutating func numbers<N: FixedWidthInteger & BitwiseCopyable>(_ value: [N], _ compact: Bool) {
        length(value.count, compact)
        for element in value { number(element) }
    }

    package mutating func int8Array(_ value: [Int8], _ compact: Bool) { numbers(value, compact) }
    package mutating func int16Array(_ value: [Int16], _ compact: Bool) { numbers(value, compact) }
    package mutating func int32Array(_ value: [Int32], _ compact: Bool) { numbers(value, compact) }
    package mutating func int64Array(_ value: [Int64], _ compact: Bool) { numbers(value, compact) }
    package mutating func uuidArray(_ value: [UUID128], _ compact: Bool) {
        length(value.count, compact)
        for element in value { uuid(element) }
    }
    package mutating func stringArray(_ value: [String], _ compact: Bool) throws(WireError) {
        try optionalStringArray(value, compact)
    }
    package mutating func bytesArray(_ value: [ByteSlice], _ compact: Bool) {
        length(value.count, compact)
        for element in value { bytes(element, compact) }
    }
    package mutating func optionalInt8Array(_ value: [Int8]?, _ compact: Bool, nullable: Bool = true) throws(WireError)
    {
        try scalars(value, compact, nullable) { $0.int8($1) }
    }
    package mutating func optionalInt16Array(
        _ value: [Int16]?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try scalars(value, compact, nullable) { $0.int16($1) }
    }
    package mutating func optionalInt32Array(
        _ value: [Int32]?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try scalars(value, compact, nullable) { $0.int32($1) }
    }
    package mutating func optionalInt64Array(
        _ value: [Int64]?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try scalars(value, compact, nullable) { $0.int64($1) }
    }
    package mutating func optionalUuidArray(
        _ value: [UUID128]?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try scalars(value, compact, nullable) { $0.uuid($1) }
    }
    package mutating func optionalStringArray(
        _ value: [String]?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try scalars(value, compact, nullable) { (writer: inout WireWriter, text: String) throws(WireError) in
            try writer.string(text, compact)
        }
    }
    package mutating func optionalBytesArray(
        _ value: [ByteSlice]?, _ compact: Bool, nullable: Bool = true
    ) throws(WireError) {
        try scalars(value, compact, nullable) { $0.bytes($1, compact) }
    }

    // MARK: Tagged fields

    package mutating func tagCount(_ count: Int) { unsignedVarint(UInt32(count)) }

    /// A known tagged field: its number, the size of what `content` writes, and that.
    @inline(never) package mutating func tag(
        _ tag: Int, _ content: (inout WireWriter) throws(WireError) -> Void
    ) throws(WireError) {
        unsignedVarint(UInt32(tag))
        let place = openVarint()
        try content(&self)
        closeVarint(UInt32(count - place - 1), at: place)
    }

    /// Unknown fields from place `next` on that come before the known tag `limit`.
    @inline(never) package mutating func unknownTags(
        _ fields: [UnknownTaggedField], from next: inout Int, below limit: Int
    ) throws(WireError) {
        while next < fields.count, fields[next].tag < limit {
            let field = fields[next]
            guard field.tag >= 0, field.tag < Int(Int32.max), next == 0 || fields[next - 1].tag < field.tag else {
                throw .tagsNotRising
            }
            unsignedVarint(UInt32(field.tag))
            bytes(of: field)
            next += 1
        }
    }

    private mutating func bytes(of field: UnknownTaggedField) {
        unsignedVarint(UInt32(field.data.count))
        raw(field.data)
    }

    /// The tagged fields of a struct that knows none.
    @inline(never) package mutating func taggedFields(
        _ fields: [UnknownTaggedField], _ flexible: Bool
    ) throws(WireError) {
        guard flexible else {
            if !fields.isEmpty { throw .taggedFieldsNotInVersion }
            return
        }
        tagCount(fields.count)
        var next = 0
        try unknownTags(fields, from: &next, below: .max)
    }
}
