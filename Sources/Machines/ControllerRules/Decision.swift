import InternalRecords
import WireProtocol

/// What a request leads to.
package struct Decision<Response: Sendable>: Sendable {
    package var records: [VersionedRecord]
    package var response: Response
    /// All records must be in one batch. Others may be cut into several, in order: readers may see the first ones alone.
    package var isAtomic: Bool

    package init(_ response: Response, records: [VersionedRecord] = [], isAtomic: Bool = false) {
        self.records = records
        self.response = response
        self.isAtomic = isAtomic
    }
}

/// Why something is not done: Kafka's code, and a sentence for the person who asked.
struct Refusal: Error {
    let code: ErrorCode
    let message: String?

    init(_ code: ErrorCode, _ message: String? = nil) {
        self.code = code
        self.message = message
    }
}
