import Bytes

/// What the views read beside the generated types' primitives: text as bytes, counts, and skipping.
extension WireReader {
    /// Text as its bytes, undecoded; refused as `optionalString` refuses it.
    @inline(never) package mutating func optionalText(_ compact: Bool) throws(WireError) -> ByteSlice? {
        guard let count = try length(compact, short: true) else { return nil }
        guard count <= Int(Int16.max) else { throw .textTooLong(count) }
        return try take(count)
    }

    @inline(never) mutating func text(_ compact: Bool) throws(WireError) -> ByteSlice {
        guard let text = try optionalText(compact) else { throw .nullNotAllowed }
        return text
    }

    /// The count of an array that may not be null and whose every element takes `leastSize` bytes or more.
    @inline(never) mutating func elementCount(_ compact: Bool, leastSize: Int) throws(WireError) -> Int {
        guard let count = try length(compact) else { throw .nullNotAllowed }
        guard count <= left / leastSize else { throw .truncated(needed: count, left: left) }
        return count
    }

    /// Passes over `count` bytes, 0 or more.
    mutating func skip(_ count: Int) throws(WireError) {
        guard left >= count else { throw .truncated(needed: count, left: left) }
        position += count
    }

    /// Passes over bytes that may be null.
    @inline(never) mutating func skipOptionalBytes(_ compact: Bool) throws(WireError) {
        if let count = try length(compact) { try skip(count) }
    }

    /// Passes over a tagged field that nobody here knows.
    @inline(never) mutating func skipTag(size: Int) throws(WireError) {
        guard size >= 0 else { throw .invalidTagSize(size) }
        try skip(size)
    }

    /// Passes over the tagged fields of a struct that knows none.
    @inline(never) package mutating func skipTaggedFields(_ flexible: Bool) throws(WireError) {
        guard flexible else { return }
        var left = try tagCount()
        while left > 0 {
            left -= 1
            try skipTag(size: try tag().size)
        }
    }

    /// Reads what a first pass over the same bytes has found to be there, so that it cannot fail.
    mutating func again<Value>(_ read: (inout WireReader) throws(WireError) -> Value) -> Value {
        do throws(WireError) {
            return try read(&self)
        } catch { preconditionFailure("bytes that were read once are refused: \(error)") }
    }
}
