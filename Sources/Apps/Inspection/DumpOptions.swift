/// What of a file is to be shown, and how.
package struct DumpOptions: Sendable {
    package enum Records: Sendable, Hashable {
        /// Batches only.
        case none
        /// A line for each record, without what is in it.
        case headers
        case contents
    }

    package var records = Records.none
    /// How keys and values are read; nil: as the file's place tells.
    package var recordKind: RecordKind? = .plain
    /// One JSON object a line.
    package var asJSON = false
    /// Of indexes only whether they are sound.
    package var checksOnly = false
    /// Of a segment not more than the batches that begin before this byte.
    package var maxBytes = Int64.max

    package init() {}
}
