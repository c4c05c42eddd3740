import ApusTesting
import Bytes
import Compression
import LogStore
import RecordFormat
import Seams
import Settings
import Vocabulary

/// Logs on one simulated machine, which can be killed and started again.
final class LogBench {
    static let partition = TopicPartition("golden", 0)
    static let directory = "/data/golden-0"

    let simulation: Simulation
    let host: SimulatedHost

    init(seed: UInt64 = 1) throws {
        simulation = Simulation(seed: seed)
        host = simulation.host("broker")
        try host.disk.createDirectory("/data")
        try host.disk.syncDirectory("/")
    }

    deinit { simulation.end() }

    var disk: SimulatedDisk { host.disk }
    var world: World { host.world }
    var now: Timestamp { simulation.clock.wallClock }

    func open(_ overrides: [String: String] = [:], hints: Log.Hints = Log.Hints()) throws -> Log {
        try load(overrides, hints: hints).log
    }

    /// Opens the log, and tells what had to be mended.
    func load(
        _ overrides: [String: String] = [:], hints: Log.Hints = Log.Hints()
    ) throws -> (log: Log, notes: LoadingNotes) {
        try Log.open(
            Self.partition, topicID: nil, in: Self.directory, settings: try Self.settings(overrides), hints: hints,
            world: host.world)
    }

    /// Kills the process, or the machine with it, and starts it again on what the disk has.
    func crash(losingPower: Bool = false) {
        host.crash(losingPower ? .power : .process)
        host.restart()
    }

    /// Lets the disk pool do what it was given.
    func settle() throws { try simulation.run(for: .seconds(1)) }

    func pass(_ time: Nanoseconds) throws { try simulation.run(for: time) }

    func contents(_ name: String) throws -> ByteSlice { try disk.contents(Self.directory + "/" + name) }

    func names() throws -> [String] { try disk.list(Self.directory).sorted() }

    static func settings(
        _ overrides: [String: String], _ broker: [String: String] = [:]
    ) throws -> TopicSettings { try TopicSettings(overrides: overrides, inheriting: BrokerLayers(fixed: broker)) }
}

extension LoadingNotes {
    /// The log was in order.
    var isNothing: Bool {
        cut.isEmpty && droppedSegments.isEmpty && rebuiltIndexes.isEmpty && recoveredSegments == 0
    }
}

/// What goes into a batch of a test.
struct TestBatch {
    var timestamps: [Int64] = [1_000]
    var value = "value"
    var producer: (id: ProducerID, epoch: ProducerEpoch, sequence: Int32)?
    var isTransactional = false
    /// For followers: where the batch stands and in which epoch it was appended.
    var base: Offset = 0
    var epoch: LeaderEpoch = .none

    var bytes: ByteSlice {
        var builder = BatchBuilder(baseOffset: base)
        builder.partitionLeaderEpoch = epoch
        if let producer {
            (builder.producerID, builder.producerEpoch) = (producer.id, producer.epoch)
            builder.baseSequence = producer.sequence
        }
        builder.isTransactional = isTransactional
        for timestamp in timestamps {
            builder.append(key: nil, value: ByteSlice(utf8: value), timestamp: Timestamp(timestamp))
        }
        // Without a codec nothing can fail.
        return ByteSlice(try! builder.build())
    }

    /// The marker that ends the transaction of `producer`.
    static func marker(
        _ type: ControlRecordType, _ producer: ProducerID, _ epoch: ProducerEpoch, base: Offset = 0,
        leaderEpoch: LeaderEpoch = .none, timestamp: Int64 = 2_000, coordinatorEpoch: UInt8 = 0
    ) -> ByteSlice {
        var builder = BatchBuilder(baseOffset: base)
        builder.partitionLeaderEpoch = leaderEpoch
        (builder.isControl, builder.isTransactional) = (true, true)
        (builder.producerID, builder.producerEpoch) = (producer, epoch)
        builder.append(
            key: type.key, value: ByteSlice([0, 0, 0, 0, 0, coordinatorEpoch]), timestamp: Timestamp(timestamp))
        return ByteSlice(try! builder.build())
    }
}

extension Log {
    @discardableResult
    func append(_ batch: TestBatch, epoch: LeaderEpoch = 0, now: Timestamp = 1_000) throws -> AppendOutcome {
        try appendAsLeader(batch.bytes, epoch: epoch, now: now)
    }

    @discardableResult
    func end(
        _ type: ControlRecordType, of producer: ProducerID, _ producerEpoch: ProducerEpoch, now: Timestamp = 2_000
    ) throws -> AppendOutcome {
        try appendAsLeader(
            TestBatch.marker(type, producer, producerEpoch), epoch: 0, origin: .coordinator, now: now)
    }
}
