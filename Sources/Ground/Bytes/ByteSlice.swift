/// An immutable view of bytes that keeps their storage alive. Cutting a slice out of a slice copies nothing.
///
/// A small slice kept for long keeps its whole storage (a request frame, say): `compacted()` copies such a slice.
package struct ByteSlice: Sendable {
    /// The storage behind the view; nil for an empty slice that needs none.
    @usableFromInline let storage: ByteStorage?
    @usableFromInline let start: Int
    /// How many bytes there are.
    package let count: Int

    /// Bytes `range` of `storage`, which must lie within its capacity and not be written any more.
    @inlinable package init(_ storage: ByteStorage, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= storage.capacity)
        self.storage = storage
        start = range.lowerBound
        count = range.count
    }

    /// No bytes.
    @inlinable package init() {
        storage = nil
        start = 0
        count = 0
    }

    /// A copy of `bytes`.
    package init(_ bytes: some Collection<UInt8>) {
        let made = ByteStorage(capacity: bytes.count)
        var at = 0
        for byte in bytes {
            made.base.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
            at += 1
        }
        self.init(made, 0..<at)
    }

    /// A copy of `text` in UTF-8.
    package init(utf8 text: String) { self.init(text.utf8) }

    /// A copy of the memory at `bytes`.
    package init(copying bytes: UnsafeRawBufferPointer) {
        self.init(ByteStorage(copying: bytes), 0..<bytes.count)
    }

    package static let empty = ByteSlice()

    @inlinable package var isEmpty: Bool { count == 0 }

    /// The byte at `index`, from 0.
    @inlinable package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return storage.unsafelyUnwrapped.base.load(fromByteOffset: start + index, as: UInt8.self)
    }

    /// The bytes `range`, sharing the storage.
    @inlinable package subscript(range: Range<Int>) -> ByteSlice {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard let storage, !range.isEmpty else { return ByteSlice() }
        return ByteSlice(storage, start + range.lowerBound..<start + range.upperBound)
    }

    @inlinable package func dropFirst(_ n: Int) -> ByteSlice { self[min(n, count)..<count] }
    @inlinable package func prefix(_ n: Int) -> ByteSlice { self[0..<min(n, count)] }

    /// The bytes, borrowed: the pointer must not leave `body`.
    @inlinable package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        guard let storage else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try withExtendedLifetime(storage) { () throws(E) -> R in
            try body(UnsafeRawBufferPointer(start: storage.base + start, count: count))
        }
    }

    /// The bytes in storage of their own.
    package func compacted() -> ByteSlice { withBytes { ByteSlice(copying: $0) } }

    /// The bytes as an array, a copy.
    package var array: [UInt8] { withBytes { [UInt8]($0) } }

    /// The bytes as text; broken UTF-8 is replaced by U+FFFD, as Kafka reads it.
    package var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

extension ByteSlice: Hashable {
    package static func == (left: ByteSlice, right: ByteSlice) -> Bool {
        guard left.count == right.count else { return false }
        return left.withBytes { a in right.withBytes { b in a.elementsEqual(b) } }
    }

    package func hash(into hasher: inout Hasher) { withBytes { hasher.combine(bytes: $0) } }
}

extension ByteSlice: CustomStringConvertible {
    package var description: String { "\(count) bytes" }
}
