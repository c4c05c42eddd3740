import Bytes
import Foundation
import LogStore
import RecordFormat
import ReplicaRules
import Vocabulary

func integer(_ value: Any?) -> Int64? { (value as? NSNumber)?.int64Value }
func object(_ value: Any?) -> [String: Any] { value as? [String: Any] ?? [:] }
func objects(_ value: Any?) -> [[String: Any]] { value as? [[String: Any]] ?? [] }
func decoded(_ value: Any?) -> ByteSlice {
    ByteSlice((value as? String).flatMap { Data(base64Encoded: $0) } ?? Data())
}

/// The name of Kafka's error for what a log refuses.
func kafkaName(_ error: AppendError) -> String {
    switch error {
    case .disk, .offline: "KAFKA_STORAGE_ERROR"
    case .malformed: "CORRUPT_MESSAGE"
    case .invalid(.malformed): "CORRUPT_MESSAGE"
    case .invalid(.rejected(_, anyTimestamp: true)): "INVALID_TIMESTAMP"
    case .invalid, .baseOffset, .notAMarker: "INVALID_RECORD"
    case .batchTooLarge: "MESSAGE_TOO_LARGE"
    case .beyondSegment: "RECORD_LIST_TOO_LARGE"
    case .producer(.outOfOrderSequence): "OUT_OF_ORDER_SEQUENCE_NUMBER"
    case .producer(.oldEpoch): "INVALID_PRODUCER_EPOCH"
    case .producer(.outsideTransaction): "INVALID_TXN_STATE"
    case .producer(.coordinatorFenced): "TRANSACTION_COORDINATOR_FENCED"
    case .unexpectedOffset: "UNKNOWN_SERVER_ERROR"
    }
}

extension PartitionFiles {
    /// What the golden says of `segments()`.
    static func segments(_ golden: Any?) -> [String] {
        objects(golden).map { segment in
            line(
                integer(segment["baseOffset"]) ?? -1, Int(integer(segment["size"]) ?? -1),
                entries(object(segment["offsetIndex"])["entries"], "@"),
                entries(object(segment["timeIndex"])["entries"], ">"),
                objects(segment["abortedTransactions"]).map { entry in
                    ["producerId", "firstOffset", "lastOffset", "lastStableOffset"]
                        .map { "\(integer(entry[$0]) ?? -1)" }.joined(separator: "/")
                })
        }
    }

    private static func entries(_ pairs: Any?, _ between: String) -> [String] {
        (pairs as? [[Any]] ?? []).map { $0.map { "\(integer($0) ?? -1)" }.joined(separator: between) }
    }

    /// What the golden says of `leaderEpochs()`. Where files at a log's head have gone missing, Apache leaves the first epoch
    /// to begin where the log did before.
    static func leaderEpochs(_ golden: Any?, from start: Offset = 0) -> [String] {
        objects(golden).map { entry in
            "\(integer(entry["epoch"]) ?? -1) \(max(start.rawValue, integer(entry["startOffset"]) ?? -1))"
        }
    }

    /// What the golden says of `snapshots()`.
    static func snapshots(_ golden: Any?) -> [String] {
        objects(golden).map { snapshot in
            "\(integer(snapshot["offset"]) ?? -1): \(objects(snapshot["producers"]).map(producer))"
        }
    }

    private static func producer(_ json: [String: Any]) -> String {
        let last = objects(json["batches"]).last
        let (first, end) = (integer(last?["firstOffset"]) ?? -1, integer(last?["lastOffset"]) ?? -1)
        return ProducerLine(
            id: integer(json["producerId"]) ?? -1, epoch: Int16(integer(json["producerEpoch"]) ?? -1),
            lastSequence: Int32(integer(last?["lastSequence"]) ?? -1), lastOffset: end,
            offsetDelta: Int32(end - first), timestamp: integer(json["lastTimestamp"]) ?? -1,
            coordinatorEpoch: Int32(integer(json["coordinatorEpoch"]) ?? -1),
            transaction: integer(json["currentTxnFirstOffset"]) ?? -1
        ).description
    }
}
