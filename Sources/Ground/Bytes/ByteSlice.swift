/// An immutable view of bytes that keeps their storage alive. Cutting a slice out of a slice copies nothing.
///
/// It is public, as all of the hot path's ground is, because only then it is inlined into other modules.
///
/// A small slice kept for long keeps its whole storage (a request frame, say): `compacted()` copies such a slice.
public struct ByteSlice: Sendable {
    /// The storage behind the view; nil for an empty slice that needs none.
    @usableFromInline let storage: ByteStorage?
    @usableFromInline let start: Int
    /// How many bytes there are.
    public let count: Int

    /// Bytes `range` of `storage`, which must lie within its capacity and not be written any more.
    @inlinable public init(_ storage: ByteStorage, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= storage.capacity)
        self.storage = storage
        start = range.lowerBound
        count = range.count
    }

    /// No bytes.
    @inlinable public init() {
        storage = nil
        start = 0
        count = 0
    }

    /// A copy of `bytes`.
    public init(_ bytes: some Collection<UInt8>) {
        let made = ByteStorage(capacity: bytes.count)
        var at = 0
        for byte in bytes {
            made.base.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
            at += 1
        }
        self.init(made, 0..<at)
    }

    /// A copy of `text` in UTF-8.
    public init(utf8 text: String) { self.init(text.utf8) }

    /// A copy of the memory at `bytes`.
    public init(copying bytes: UnsafeRawBufferPointer) {
        self.init(ByteStorage(copying: bytes), 0..<bytes.count)
    }

    @inlinable public static var empty: ByteSlice { ByteSlice() }

    @inlinable public var isEmpty: Bool { count == 0 }

    /// The byte at `index`, from 0.
    @inlinable public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return storage.unsafelyUnwrapped.base.load(fromByteOffset: start + index, as: UInt8.self)
    }

    /// The bytes `range`, sharing the storage.
    @inlinable public subscript(range: Range<Int>) -> ByteSlice {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard let storage, !range.isEmpty else { return ByteSlice() }
        return ByteSlice(storage, start + range.lowerBound..<start + range.upperBound)
    }

    @inlinable public func dropFirst(_ n: Int) -> ByteSlice { self[min(n, count)..<count] }
    @inlinable public func prefix(_ n: Int) -> ByteSlice { self[0..<min(n, count)] }

    /// The bytes, borrowed: the pointer must not leave `body`.
    @inlinable public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        guard let storage else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try withExtendedLifetime(storage) { () throws(E) -> R in
            try body(UnsafeRawBufferPointer(start: storage.base + start, count: count))
        }
    }

    /// The bytes in storage of their own.
    public func compacted() -> ByteSlice { withBytes { ByteSlice(copying: $0) } }

    /// The bytes as an array, a copy.
    public var array: [UInt8] { withBytes { [UInt8]($0) } }

    /// The bytes as text; broken UTF-8 is replaced by U+FFFD, as Kafka reads it.
    public var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

extension ByteSlice: Hashable {
    public static func == (left: ByteSlice, right: ByteSlice) -> Bool {
        guard left.count == right.count else { return false }
        return left.withBytes { a in right.withBytes { b in a.elementsEqual(b) } }
    }

    public func hash(into hasher: inout Hasher) { withBytes { hasher.combine(bytes: $0) } }
}

extension ByteSlice: CustomStringConvertible {
    public var description: String { "\(count) bytes" }
}
