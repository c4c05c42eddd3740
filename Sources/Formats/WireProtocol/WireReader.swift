import Bytes
import Vocabulary

/// Reads the wire's primitives from the front of a slice. Byte strings come out as slices of the same storage.
///
/// Nothing is reserved for a count or length before the bytes are seen to be there. Methods stay out of line: the
/// generated code calls them thousands of times, and inlined it took twice as long to build.
package struct WireReader {
    private let bytes: ByteSlice
    var position = 0

    package init(_ bytes: ByteSlice) { self.bytes = bytes }

    /// Bytes not yet read.
    package var left: Int { bytes.count - position }
    /// What is not yet read.
    package var rest: ByteSlice { bytes.dropFirst(position) }

    @inline(__always) private mutating func number<N: FixedWidthInteger>(_: N.Type) throws(WireError) -> N {
        let size = MemoryLayout<N>.size
        guard left >= size else { throw .truncated(needed: size, left: left) }
        defer { position += size }
        return bytes.withBytes { $0.readBigEndian(N.self, at: position) }
    }

    @inline(never) package mutating func bool() throws(WireError) -> Bool { try number(UInt8.self) != 0 }
    @inline(never) package mutating func int8() throws(WireError) -> Int8 { try number(Int8.self) }
    @inline(never) package mutating func int16() throws(WireError) -> Int16 { try number(Int16.self) }
    @inline(never) package mutating func uint16() throws(WireError) -> UInt16 { try number(UInt16.self) }
    @inline(never) package mutating func int32() throws(WireError) -> Int32 { try number(Int32.self) }
    @inline(never) package mutating func uint32() throws(WireError) -> UInt32 { try number(UInt32.self) }
    @inline(never) package mutating func int64() throws(WireError) -> Int64 { try number(Int64.self) }
    @inline(never) package mutating func float64() throws(WireError) -> Double {
        Double(bitPattern: try number(UInt64.self))
    }
    @inline(never) package mutating func uuid() throws(WireError) -> UUID128 {
        guard left >= 16 else { throw .truncated(needed: 16, left: left) }
        return UUID128(high: try number(UInt64.self), low: try number(UInt64.self))
    }

    /// Up to five bytes of seven bits, the lowest first; longer than needed is allowed.
    @inline(never) package mutating func unsignedVarint() throws(WireError) -> UInt32 {
        let first = try number(UInt8.self)
        return first < 0x80 ? UInt32(first) : try unsignedVarint(after: first)
    }

    @inline(never) private mutating func unsignedVarint(after first: UInt8) throws(WireError) -> UInt32 {
        var value = UInt32(first & 0x7f)
        for shift in stride(from: UInt32(7), through: 28, by: 7) {
            let byte = try number(UInt8.self)
            value |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .invalidVarint
    }

    // MARK: Lengths

    /// A length or count; nil is null. Every negative number means null.
    mutating func length(_ compact: Bool, short: Bool = false) throws(WireError) -> Int? {
        let length: Int32
        if compact {
            length = Int32(bitPattern: try unsignedVarint()) &- 1
        } else {
            length = short ? Int32(try int16()) : try int32()
        }
        return length < 0 ? nil : Int(length)
    }

    mutating func take(_ count: Int) throws(WireError) -> ByteSlice {
        guard left >= count else { throw .truncated(needed: count, left: left) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private func required<Value>(_ value: Value?) throws(WireError) -> Value {
        guard let value else { throw .nullNotAllowed }
        return value
    }

    // MARK: Text and bytes

    @inline(never) package mutating func optionalString(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> String? {
        guard let count = try length(compact, short: true) else {
            return nullable ? nil : try required(nil)
        }
        guard count <= Int(Int16.max) else { throw .textTooLong(count) }
        return try take(count).text
    }

    @inline(never) package mutating func string(_ compact: Bool) throws(WireError) -> String {
        try required(try optionalString(compact))
    }

    @inline(never) package mutating func optionalBytes(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> ByteSlice? {
        guard let count = try length(compact) else { return nullable ? nil : try required(nil) }
        return try take(count)
    }

    @inline(never) package mutating func bytes(_ compact: Bool) throws(WireError) -> ByteSlice {
        try required(try optionalBytes(compact))
    }

    // MARK: Arrays and structs

    /// Reads the elements of an array whose every element takes `leastSize` bytes or more.
    private mutating func elements<Element>(
        _ compact: Bool, _ nullable: Bool, leastSize: Int,
        _ read: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element]? {
        guard let count = try length(compact) else { return nullable ? nil : try required(nil) }
        guard count <= left / leastSize else { throw .truncated(needed: count, left: left) }
        var made: [Element] = []
        // An element in memory may be many times its bytes on the wire: no more is reserved than the bytes present, and a
        // longer array grows as its elements are really read.
        made.reserveCapacity(min(count, max(1, left / MemoryLayout<Element>.stride)))
        for _ in 0..<count { made.append(try read(&self)) }
        return made
    }

    @inline(never) package mutating func optionalArray<Element: WireStruct>(
        _ compact: Bool, _ version: Int16, leastSize: Int, nullable: Bool = true
    ) throws(WireError) -> [Element]? {
        try elements(compact, nullable, leastSize: leastSize) { (reader: inout WireReader) throws(WireError) in
            try Element(from: &reader, version: version)
        }
    }

    @inline(never) package mutating func array<Element: WireStruct>(
        _ compact: Bool, _ version: Int16, leastSize: Int
    ) throws(WireError) -> [Element] {
        try required(try optionalArray(compact, version, leastSize: leastSize))
    }

    /// A struct that may be null: a byte before it says so, a varint where it is tagged.
    @inline(never) package mutating func optionalStructure<Struct: WireStruct>(
        _ version: Int16, nullable: Bool = true, tagged: Bool = false
    ) throws(WireError) -> Struct? {
        if nullable {
            let isNull = tagged ? try unsignedVarint() == 0 : try int8() < 0
            if isNull { return nil }
        }
        return try Struct(from: &self, version: version)
    }

    @inline(never) package mutating func optionalInt8Array(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [Int8]? {
        try elements(compact, nullable, leastSize: 1) { (reader: inout WireReader) throws(WireError) in
            try reader.int8()
        }
    }
    @inline(never) package mutating func optionalInt16Array(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [Int16]? {
        try elements(compact, nullable, leastSize: 2) { (reader: inout WireReader) throws(WireError) in
            try reader.int16()
        }
    }
    @inline(never) package mutating func optionalInt32Array(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [Int32]? {
        try elements(compact, nullable, leastSize: 4) { (reader: inout WireReader) throws(WireError) in
            try reader.int32()
        }
    }
    @inline(never) package mutating func optionalInt64Array(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [Int64]? {
        try elements(compact, nullable, leastSize: 8) { (reader: inout WireReader) throws(WireError) in
            try reader.int64()
        }
    }
    @inline(never) package mutating func optionalUuidArray(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [UUID128]? {
        try elements(compact, nullable, leastSize: 16) { (reader: inout WireReader) throws(WireError) in
            try reader.uuid()
        }
    }
    @inline(never) package mutating func optionalStringArray(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [String]? {
        try elements(compact, nullable, leastSize: compact ? 1 : 2) { (reader: inout WireReader) throws(WireError) in
            try reader.string(compact)
        }
    }
    @inline(never) package mutating func optionalBytesArray(
        _ compact: Bool, nullable: Bool = true
    ) throws(WireError) -> [ByteSlice]? {
        try elements(compact, nullable, leastSize: compact ? 1 : 4) { (reader: inout WireReader) throws(WireError) in
            try reader.bytes(compact)
        }
    }

    package mutating func int8Array(_ compact: Bool) throws(WireError) -> [Int8] {
        try required(try optionalInt8Array(compact))
    }
    package mutating func int16Array(_ compact: Bool) throws(WireError) -> [Int16] {
        try required(try optionalInt16Array(compact))
    }
    package mutating func int32Array(_ compact: Bool) throws(WireError) -> [Int32] {
        try required(try optionalInt32Array(compact))
    }
    package mutating func int64Array(_ compact: Bool) throws(WireError) -> [Int64] {
        try required(try optionalInt64Array(compact))
    }
    package mutating func uuidArray(_ compact: Bool) throws(WireError) -> [UUID128] {
        try required(try optionalUuidArray(compact))
    }
    package mutating func stringArray(_ compact: Bool) throws(WireError) -> [String] {
        try required(try optionalStringArray(compact))
    }
    package mutating func bytesArray(_ compact: Bool) throws(WireError) -> [ByteSlice] {
        try required(try optionalBytesArray(compact))
    }

    // MARK: Tagged fields

    /// How many tagged fields follow. A count beyond 2^31 - 1 reads as none, as it does in Kafka.
    @inline(never) package mutating func tagCount() throws(WireError) -> Int {
        max(0, Int(Int32(bitPattern: try unsignedVarint())))
    }

    /// A number beyond 2^31 - 1 reads as a negative one, as it does in Kafka; it is kept, and cannot be written.
    @inline(never) package mutating func tag() throws(WireError) -> (tag: Int, size: Int) {
        (Int(Int32(bitPattern: try unsignedVarint())), Int(Int32(bitPattern: try unsignedVarint())))
    }

    @inline(never) package mutating func unknownTag(_ tag: Int, _ size: Int) throws(WireError) -> UnknownTaggedField {
        guard size >= 0 else { throw .invalidTagSize(size) }
        return UnknownTaggedField(tag: tag, data: try take(size))
    }

    /// The tagged fields of a struct that knows none.
    @inline(never) package mutating func taggedFields(_ flexible: Bool) throws(WireError) -> [UnknownTaggedField] {
        guard flexible else { return [] }
        var found: [UnknownTaggedField] = []
        var left = try tagCount()
        while left > 0 {
            left -= 1
            let (tag, size) = try tag()
            found.append(try unknownTag(tag, size))
        }
        return found
    }
}
