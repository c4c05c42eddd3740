import ApusTesting
import BrokerAPI
import Bytes
import Node
import RecordFormat
import Replication
import Seams
import Vocabulary
import WireProtocol

/// Produces, and finds what it has produced.
///
/// Owner: the simulation's one thread.
final class SoundClient: @unchecked Sendable {
    let wire: WireClient
    private let ledger: Ledger
    private var topicID = UUID128.zero
    private var count: Int64 = 0

    init(_ wire: WireClient, _ ledger: Ledger) { (self.wire, self.ledger) = (wire, ledger) }

    func begin(_ configs: [String: String] = [:]) async throws(CallFailure) {
        var topic = CreateTopicsRequest.CreatableTopic()
        (topic.name, topic.numPartitions, topic.replicationFactor) = ("sound", 1, 1)
        topic.configs = configs.sorted { $0.key < $1.key }.map { name, value in
            var config = CreateTopicsRequest.CreatableTopicConfig()
            (config.name, config.value) = (name, value)
            return config
        }
        var request = CreateTopicsRequest()
        (request.topics, request.timeoutMs) = ([topic], 5_000)
        let answer = try await wire.call(request, 7)
        guard let made = answer.topics.first, made.errorCode == 0 else { return ledger.violate("no topic: \(answer)") }
        topicID = made.topicId
    }

    func work() async throws(CallFailure) {
        try await produce()
        let versions = try await wire.call(ApiVersionsRequest(), 2)
        if versions.errorCode != 0 { ledger.violate("no versions: \(versions)") }
    }

    func produce(bytes: Int = 0, acks: Int16 = -1, timeout: Int32 = 5_000) async throws(CallFailure) {
        var request = request(bytes)
        (request.acks, request.timeoutMs) = (acks, timeout)
        let answer = try await wire.call(request, 13)
        let partition = answer.responses.first?.partitionResponses.first
        if partition?.errorCode != 0 || partition?.baseOffset != count { ledger.violate("not produced: \(answer)") }
        count += 1
    }

    private func request(_ bytes: Int) -> ProduceRequest {
        var builder = BatchBuilder()
        builder.append(
            key: bytes == 0 ? nil : ByteSlice([UInt8](repeating: 0x6b, count: bytes)),
            value: ByteSlice(utf8: "value \(count)"), timestamp: Timestamp(ledger.wallClock))
        var data = ProduceRequest.PartitionProduceData()
        data.records = (try? builder.build()).map { ByteSlice($0) }
        var topic = ProduceRequest.TopicProduceData()
        (topic.topicId, topic.partitionData) = (topicID, [data])
        var request = ProduceRequest()
        request.topicData = [topic]
        return request
    }

    /// All from the beginning.
    func fetchRequest() -> FetchRequest {
        var partition = FetchRequest.FetchPartition()
        partition.partitionMaxBytes = 1 << 20
        var topic = FetchRequest.FetchTopic()
        (topic.topicId, topic.partitions) = (topicID, [partition])
        var request = FetchRequest()
        (request.maxBytes, request.sessionEpoch, request.topics) = (1 << 20, -1, [topic])
        return request
    }

    /// Everything that was acknowledged is there, in its order.
    func readAll() async throws(CallFailure) {
        let answer = try await wire.call(fetchRequest(), 17)
        var values: [String] = []
        do {
            var at = 0
            let records = answer.responses.first?.partitions.first?.records ?? ByteSlice()
            while let header = try records.withBytes({ try BatchView($0, at: at)?.header }) {
                var reader = try RecordReader(records[at..<at + header.sizeInBytes], header)
                while let record = try reader.next() {
                    values.append(String(decoding: record.value?.array ?? [], as: UTF8.self))
                }
                at += header.sizeInBytes
            }
        } catch { ledger.violate("a broken batch: \(error)") }
        let wanted = (0..<count).map { "value \($0)" }
        if values != wanted { ledger.violate("\(values) where \(wanted) were acknowledged") }
    }
}

/// A node and one client that behaves.
///
/// Owner: the thread that calls `run`.
final class NodeBench: @unchecked Sendable {
    private let simulation: Simulation
    private let ledger: Ledger
    private let process: NodeProcess
    private let host: SimulatedHost

    struct Failure: Error { let violations: [String] }

    init(seed: UInt64) throws {
        simulation = Simulation(seed: seed)
        simulation.limits.time = .seconds(600)
        ledger = Ledger(seed: seed, clock: simulation.clock)
        host = simulation.host("10.0.0.2")
        process = try NodeProcess(simulation, ledger, SimulatedChance(seed: seed))
    }

    deinit { simulation.end() }

    var now: Instant { ledger.now }

    /// Gives the gate of a partition so much to do that it is busy for a while.
    func keepBusy(_ topic: String) {
        process.node?.broker.replicas.partition(TopicPartition(topic, 0))?.pass { partition in
            for _ in 0..<30_000 { partition.pass { _ in } }
        }
    }

    func run<Result: Sendable>(
        _ body: @Sendable @escaping (SoundClient, NodeBench) async throws(CallFailure) -> Result
    ) throws -> Result {
        let outcome = Outcome<Result>()
        try simulation.run { [self] in
            process.start()
            while !process.isServing, ledger.violations.isEmpty {
                await simulation.driver.sleep(for: .milliseconds(2))
            }
            let wire = WireClient("sound", ledger, on: host.world, loop: host.loops[0], to: NodeProcess.address)
            do throws(CallFailure) { outcome.result = try await body(SoundClient(wire, ledger), self) } catch {
                ledger.violate("\(error)")
            }
            wire.disconnect()
            await process.stop(within: .seconds(12), on: simulation.driver)
        }
        guard let result = outcome.result, ledger.violations.isEmpty else {
            throw Failure(violations: ledger.violations)
        }
        return result
    }

    private final class Outcome<Result>: @unchecked Sendable {
        var result: Result?
    }
}
