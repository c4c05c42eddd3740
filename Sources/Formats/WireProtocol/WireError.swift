/// Why bytes are not the message that they should be, or a value cannot be written as one.
package enum WireError: Error, Sendable, Hashable {
    case truncated(needed: Int, left: Int)
    /// More than five bytes, or a fifth that goes on.
    case invalidVarint
    case nullNotAllowed
    /// Text is at most 32,767 bytes long.
    case textTooLong(Int)
    case unsupportedVersion(message: String, version: Int16)
    case unknownAPIKey(Int16)
    /// A value that the version written has no place for, and that may not be dropped.
    case fieldNotInVersion(String)
    case taggedFieldsNotInVersion
    /// The message has this tag, but not in the version read.
    case tagOfAnotherVersion(Int)
    /// Unknown tagged fields are written in rising order, each once, none with the largest number.
    case tagsNotRising
    case invalidTagSize(Int)
    /// A frame's size is an int32.
    case frameTooLarge(Int)
}
