/// The parts of `NodeSettings`, by subject. Each value is documented where its setting is declared.

package struct LogSettings: Sendable, Hashable {
    /// One or more, in the given order; `log.dirs` wins over `log.dir`.
    package let directories: [String]
    package let flushSchedulerIntervalMs: Int64
    package let flushOffsetCheckpointIntervalMs: Int64
    package let flushStartOffsetCheckpointIntervalMs: Int64
    package let highWatermarkCheckpointIntervalMs: Int64
    package let retentionCheckIntervalMs: Int64
    package let initialTaskDelayMs: Int64
    package let recoveryThreadsPerDirectory: Int
    package let cleanerEnable: Bool
    package let cleanerThreads: Int
    package let cleanerBackoffMs: Int64

    init(_ read: SettingReader) throws(SettingError) {
        let several = try read.list(orNil: "log.dirs")
        let one = try read.list("log.dir")
        directories = several ?? one
        flushSchedulerIntervalMs = try read.long("log.flush.scheduler.interval.ms")
        flushOffsetCheckpointIntervalMs = try read.long("log.flush.offset.checkpoint.interval.ms")
        flushStartOffsetCheckpointIntervalMs = try read.long("log.flush.start.offset.checkpoint.interval.ms")
        highWatermarkCheckpointIntervalMs = try read.long("replica.high.watermark.checkpoint.interval.ms")
        retentionCheckIntervalMs = try read.long("log.retention.check.interval.ms")
        initialTaskDelayMs = try read.long("log.initial.task.delay.ms")
        recoveryThreadsPerDirectory = try read.int("num.recovery.threads.per.data.dir")
        cleanerEnable = try read.bool("log.cleaner.enable")
        cleanerThreads = try read.int("log.cleaner.threads")
        cleanerBackoffMs = try read.long("log.cleaner.backoff.ms")
    }
}

package struct QuorumSettings: Sendable, Hashable {
    package let voters: [QuorumVoter]
    package let bootstrapServers: [HostPort]
    package let electionTimeoutMs: Int
    package let electionBackoffMaxMs: Int
    package let fetchTimeoutMs: Int
    package let requestTimeoutMs: Int
    package let retryBackoffMs: Int
    package let appendLingerMs: Int

    init(_ read: SettingReader) throws(SettingError) {
        var voters: [QuorumVoter] = []
        for text in try read.list("controller.quorum.voters") {
            voters.append(try QuorumVoter(text, of: "controller.quorum.voters"))
        }
        self.voters = voters
        var servers: [HostPort] = []
        for text in try read.list("controller.quorum.bootstrap.servers") {
            servers.append(try HostPort(text, of: "controller.quorum.bootstrap.servers"))
        }
        bootstrapServers = servers
        electionTimeoutMs = try read.int("controller.quorum.election.timeout.ms")
        electionBackoffMaxMs = try read.int("controller.quorum.election.backoff.max.ms")
        fetchTimeoutMs = try read.int("controller.quorum.fetch.timeout.ms")
        requestTimeoutMs = try read.int("controller.quorum.request.timeout.ms")
        retryBackoffMs = try read.int("controller.quorum.retry.backoff.ms")
        appendLingerMs = try read.int("controller.quorum.append.linger.ms")
    }
}

package struct MetadataLogSettings: Sendable, Hashable {
    /// Where `__cluster_metadata-0` is: `metadata.log.dir`, else the first log directory.
    package let directory: String
    package let segmentBytes: Int
    package let segmentMs: Int64
    package let retentionBytes: Int64
    package let retentionMs: Int64
    package let maxRecordBytesBetweenSnapshots: Int64
    package let maxSnapshotIntervalMs: Int64
    package let maxIdleIntervalMs: Int

    init(_ read: SettingReader, logs: LogSettings) throws(SettingError) {
        // `log.dirs` may not be empty, so there is a first.
        let own = try read.string(orNil: "metadata.log.dir")
        directory = own ?? logs.directories[0]
        segmentBytes = try read.int("metadata.log.segment.bytes")
        segmentMs = try read.long("metadata.log.segment.ms")
        retentionBytes = try read.long("metadata.max.retention.bytes")
        retentionMs = try read.long("metadata.max.retention.ms")
        maxRecordBytesBetweenSnapshots = try read.long("metadata.log.max.record.bytes.between.snapshots")
        maxSnapshotIntervalMs = try read.long("metadata.log.max.snapshot.interval.ms")
        maxIdleIntervalMs = try read.int("metadata.max.idle.interval.ms")
    }
}

package struct SocketSettings: Sendable, Hashable {
    package let requestMaxBytes: Int
    /// -1: the system's choice.
    package let sendBufferBytes: Int
    package let receiveBufferBytes: Int
    package let listenBacklog: Int
    package let connectionsMaxIdleMs: Int64
    package let maxConnections: Int
    package let maxConnectionsPerIP: Int
    package let maxConnectionsPerIPOverrides: [String: Int]
    /// By the listener's name.
    package let maxConnectionsByListener: [String: Int]
    package let maxConnectionCreationRate: Int
    package let queuedMaxRequests: Int
    /// 0 and below: no limit.
    package let queuedMaxRequestBytes: Int64
    package let networkThreads: Int

    init(_ read: SettingReader, _ layers: BrokerLayers) throws(SettingError) {
        requestMaxBytes = try read.int("socket.request.max.bytes")
        sendBufferBytes = try read.int("socket.send.buffer.bytes")
        receiveBufferBytes = try read.int("socket.receive.buffer.bytes")
        listenBacklog = try read.int("socket.listen.backlog.size")
        connectionsMaxIdleMs = try read.long("connections.max.idle.ms")
        maxConnections = try read.int("max.connections")
        maxConnectionsPerIP = try read.int("max.connections.per.ip")
        maxConnectionsPerIPOverrides = try Self.overrides(read.string("max.connections.per.ip.overrides"))
        maxConnectionsByListener = try Self.byListener("max.connections", read, layers)
        maxConnectionCreationRate = try read.int("max.connection.creation.rate")
        queuedMaxRequests = try read.int("queued.max.requests")
        queuedMaxRequestBytes = try read.long("queued.max.request.bytes")
        networkThreads = try read.int("num.network.threads")
    }

    /// What single listeners have of a setting.
    private static func byListener(
        _ name: String, _ read: SettingReader, _ layers: BrokerLayers
    ) throws(SettingError) -> [String: Int] {
        var values: [String: Int] = [:]
        for given in layers.effective.keys {
            guard let parts = SettingCatalog.parts(ofListeners: given), parts.setting == name else { continue }
            values[parts.listener] = try read.int(given)
        }
        return values
    }

    /// `HOST:COUNT,HOST:COUNT`.
    private static func overrides(_ text: String) throws(SettingError) -> [String: Int] {
        var counts: [String: Int] = [:]
        for pair in splitList(text) {
            guard let colon = pair.lastIndex(of: ":"), let count = Int32(pair[pair.index(after: colon)...]), count >= 0
            else {
                throw .invalid(
                    name: "max.connections.per.ip.overrides", value: text,
                    why: "'\(pair)' is not of the form HOST:COUNT")
            }
            counts[String(pair[..<colon])] = Int(count)
        }
        return counts
    }
}

package struct TopicCreationSettings: Sendable, Hashable {
    package let autoCreate: Bool
    package let deleteEnable: Bool
    package let partitions: Int
    package let replicationFactor: Int

    init(_ read: SettingReader) throws(SettingError) {
        autoCreate = try read.bool("auto.create.topics.enable")
        deleteEnable = try read.bool("delete.topic.enable")
        partitions = try read.int("num.partitions")
        replicationFactor = try read.int("default.replication.factor")
    }
}

package struct FetchSettings: Sendable, Hashable {
    package let maxBytes: Int
    package let sessionCacheSlots: Int
    package let maxRequestPartitions: Int

    init(_ read: SettingReader) throws(SettingError) {
        maxBytes = try read.int("fetch.max.bytes")
        sessionCacheSlots = try read.int("max.incremental.fetch.session.cache.slots")
        maxRequestPartitions = try read.int("max.request.partition.size.limit")
    }
}

/// Classic groups and their offsets.
package struct GroupSettings: Sendable, Hashable {
    package let minSessionTimeoutMs: Int
    package let maxSessionTimeoutMs: Int
    package let initialRebalanceDelayMs: Int
    package let maxSize: Int
    package let offsetMetadataMaxBytes: Int
    package let offsetsCommitTimeoutMs: Int
    package let offsetsLoadBufferBytes: Int
    package let offsetsRetentionMs: Int64
    package let offsetsRetentionCheckIntervalMs: Int64
    package let offsetsTopicPartitions: Int
    package let offsetsTopicReplicationFactor: Int
    package let offsetsTopicSegmentBytes: Int
    /// Kafka's number of a codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    package let offsetsTopicCodec: Int

    init(_ read: SettingReader) throws(SettingError) {
        minSessionTimeoutMs = try read.int("group.min.session.timeout.ms")
        maxSessionTimeoutMs = try read.int("group.max.session.timeout.ms")
        initialRebalanceDelayMs = try read.int("group.initial.rebalance.delay.ms")
        maxSize = try read.int("group.max.size")
        offsetMetadataMaxBytes = try read.int("offset.metadata.max.bytes")
        offsetsCommitTimeoutMs = try read.int("offsets.commit.timeout.ms")
        offsetsLoadBufferBytes = try read.int("offsets.load.buffer.size")
        // Minutes are an int, so the product fits a long.
        offsetsRetentionMs = try read.long("offsets.retention.minutes") * 60_000
        offsetsRetentionCheckIntervalMs = try read.long("offsets.retention.check.interval.ms")
        offsetsTopicPartitions = try read.int("offsets.topic.num.partitions")
        offsetsTopicReplicationFactor = try read.int("offsets.topic.replication.factor")
        offsetsTopicSegmentBytes = try read.int("offsets.topic.segment.bytes")
        offsetsTopicCodec = try read.int("offsets.topic.compression.codec")
        if !(0...4).contains(offsetsTopicCodec) {
            throw .invalid(
                name: "offsets.topic.compression.codec", value: String(offsetsTopicCodec),
                why: "Unknown compression type id: \(offsetsTopicCodec)")
        }
    }
}

package struct ProducerSettings: Sendable, Hashable {
    package let idExpirationMs: Int
    package let idExpirationCheckIntervalMs: Int
    package let transactionMaxTimeoutMs: Int

    init(_ read: SettingReader) throws(SettingError) {
        idExpirationMs = try read.int("producer.id.expiration.ms")
        idExpirationCheckIntervalMs = try read.int("producer.id.expiration.check.interval.ms")
        transactionMaxTimeoutMs = try read.int("transaction.max.timeout.ms")
    }
}

/// A broker's life in its cluster.
package struct LifecycleSettings: Sendable, Hashable {
    package let heartbeatIntervalMs: Int
    package let sessionTimeoutMs: Int
    package let initialRegistrationTimeoutMs: Int
    package let controlledShutdown: Bool
    package let replicaLagTimeMaxMs: Int64
    package let requestTimeoutMs: Int

    init(_ read: SettingReader) throws(SettingError) {
        heartbeatIntervalMs = try read.int("broker.heartbeat.interval.ms")
        sessionTimeoutMs = try read.int("broker.session.timeout.ms")
        initialRegistrationTimeoutMs = try read.int("initial.broker.registration.timeout.ms")
        controlledShutdown = try read.bool("controlled.shutdown.enable")
        replicaLagTimeMaxMs = try read.long("replica.lag.time.max.ms")
        requestTimeoutMs = try read.int("request.timeout.ms")
    }
}
