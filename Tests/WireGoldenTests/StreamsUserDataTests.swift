import Bytes
import Foundation
import InternalRecords
import Testing
import Vocabulary
import WireProtocol

/// What Kafka Streams' members of a classic group write into their subscriptions and are assigned: `enclosed.jsonl` names it
/// by what was given to Kafka's classes, which older versions write only a part of.
struct StreamsUserDataTests {
    @Test func `Streams' subscriptions say what was given, and are written again`() throws {
        for golden in try goldens("streams-subscription") {
            let read = try SubscriptionInfoData(golden.bytes, version: golden.number)
            let given = golden.given
            #expect(read.version == given["version"] as? Int32, "\(golden.place)")
            #expect(read.latestSupportedVersion == given["latestSupportedVersion"] as? Int32, "\(golden.place)")
            // Kafka has its UUIDs as Java writes them, not in base64.
            let digits = (given["processId"] as? String)?.filter { $0 != "-" } ?? ""
            #expect(golden.hex.dropFirst(16).prefix(32) == digits, "\(golden.place)")
            #expect(read.userEndPoint == (given["userEndPoint"] as? String).map { ByteSlice(utf8: $0) })
            #expect(sums(read, golden.number) == given["taskOffsetSums"] as? [String: Int64], "\(golden.place)")
            if golden.number >= 8 { #expect(read.uniqueField == given["uniqueField"] as? Int8, "\(golden.place)") }
            if golden.number >= 9 { #expect(read.errorCode == given["errorCode"] as? Int32, "\(golden.place)") }
            let tags = Dictionary(uniqueKeysWithValues: read.clientTags.map { (text($0.key), text($0.value)) })
            #expect(tags == given["clientTags"] as? [String: String], "\(golden.place)")
            #expect(try read.bytes(version: golden.number) == golden.bytes, "\(golden.place)")
        }
    }

    private func sums(_ read: SubscriptionInfoData, _ version: Int16) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for task in read.taskOffsetSums {
            if version >= 10 { sums["\(task.topicGroupId)_\(task.partition)"] = task.offsetSum }
            for partition in task.partitionToOffsetSum {
                sums["\(task.topicGroupId)_\(partition.partition)"] = partition.offsetSum
            }
        }
        return sums
    }

    @Test func `Streams' assignments say what was given, and are written again`() throws {
        for golden in try goldens("streams-assignment") {
            let read = try AssignmentInfo(golden.bytes, version: golden.number)
            let given = golden.given
            #expect(read.version == given["version"] as? Int32, "\(golden.place)")
            #expect(
                read.activeTasks.map { "\($0.topicGroupId)_\($0.partition)" } == given["activeTasks"] as? [String],
                "\(golden.place)")
            let standby = read.standbyTasks.map { task in
                ("\(task.topicGroupId)_\(task.partition)", task.partitions.map { "\($0.topic)-\($0.partition)" })
            }
            #expect(
                Dictionary(uniqueKeysWithValues: standby) == given["standbyTasks"] as? [String: [String]],
                "\(golden.place)")
            if golden.number >= 3 {
                #expect(
                    read.commonlySupportedVersion == given["commonlySupportedVersion"] as? Int32, "\(golden.place)")
            }
            if golden.number >= 2 { #expect(hosts(read, golden.number) == places(given["partitionsByHost"])) }
            if golden.number >= 6 {
                #expect(indexed(read.standbyHosts, read) == places(given["standbyPartitionByHost"]), "\(golden.place)")
            }
            #expect(read.errorCode == given["errCode"] as? Int32, "\(golden.place)")
            #expect(read.nextRebalanceMs == given["nextRebalanceMs"] as? Int64, "\(golden.place)")
            #expect(try read.bytes(version: golden.number) == golden.bytes, "\(golden.place)")
        }
    }

    private func hosts(_ read: AssignmentInfo, _ version: Int16) -> [String: [String]] {
        guard version < 5 else { return indexed(read.activeHosts, read) }
        let hosts = read.partitionsByHost.map { host in
            ("\(host.host):\(host.port)", host.partitions.map { "\($0.topic)-\($0.partition)" })
        }
        return Dictionary(uniqueKeysWithValues: hosts)
    }

    private func indexed(_ hosts: [AssignmentInfo.IndexedHost], _ read: AssignmentInfo) -> [String: [String]] {
        let topics = Dictionary(uniqueKeysWithValues: read.topics.map { ($0.index, $0.topic) })
        return Dictionary(
            uniqueKeysWithValues: hosts.map { host in
                (
                    "\(host.host):\(host.port)",
                    host.partitions.map { "\(topics[$0.topicIndex] ?? "")-\($0.partition)" }
                )
            })
    }

    private func places(_ json: Any?) -> [String: [String]]? { json as? [String: [String]] }

    private func text(_ bytes: ByteSlice) -> String { String(decoding: bytes.array, as: UTF8.self) }

    private func goldens(_ format: String) throws -> [WireGolden] {
        try WireGolden.read("enclosed").filter { $0.json["format"] as? String == format }
    }
}

extension WireGolden {
    fileprivate var given: [String: Any] { value as? [String: Any] ?? [:] }
    /// The version that the user data begins with.
    fileprivate var number: Int16 { given["version"] as? Int16 ?? -1 }
}
