/// The settings that hold for one topic: its own where it has them, else the broker's. Times are in milliseconds, sizes in
/// bytes, with Kafka's special values (-1 without limit, largest long never).
package struct TopicSettings: Sendable, Hashable {
    package var isCompacted: Bool
    package var isDeleted: Bool
    package var compression: TopicCompression
    package var gzipLevel: Int
    package var lz4Level: Int
    package var zstdLevel: Int
    package var deleteRetentionMs: Int64
    package var fileDeleteDelayMs: Int64
    package var flushMessages: Int64
    package var flushMs: Int64
    package var indexIntervalBytes: Int
    package var maxCompactionLagMs: Int64
    package var maxMessageBytes: Int
    package var timestampAfterMaxMs: Int64
    package var timestampBeforeMaxMs: Int64
    package var timestampType: TopicTimestampType
    package var minCleanableDirtyRatio: Double
    package var minCompactionLagMs: Int64
    package var minInsyncReplicas: Int
    package var preallocate: Bool
    package var remoteStorageEnable: Bool
    package var retentionBytes: Int64
    package var retentionMs: Int64
    package var segmentBytes: Int
    package var segmentIndexBytes: Int
    package var segmentJitterMs: Int64
    package var segmentMs: Int64
    package var uncleanLeaderElectionEnable: Bool

    /// What holds for a topic that overrides `overrides`.
    package init(overrides: [String: String] = [:], inheriting layers: BrokerLayers) throws(SettingError) {
        try self.init(
            SettingReader(topic: { name in overrides[name] ?? layers.inherited(byTopic: name)?.text }))
        if overrides["segment.bytes"] == nil, let bytes = overrides["internal.segment.bytes"].flatMap({ Int32($0) }) {
            segmentBytes = Int(bytes)
        }
    }

    /// The same for overrides that come from the metadata log: what cannot be read or is not known is left out, as if it
    /// were not set, and reported, so that one bad value does not stop a partition.
    package static func lenient(
        overrides: [String: String], inheriting layers: BrokerLayers
    ) throws(SettingError) -> (settings: TopicSettings, problems: [SettingError]) {
        var kept = overrides
        var problems: [SettingError] = []
        for (name, value) in overrides {
            do throws(SettingError) {
                guard let setting = SettingCatalog.topic[name] else {
                    throw .unknown(name: name, nearest: SettingCatalog.topic.nearest(to: name))
                }
                try setting.read(value)
            } catch {
                kept[name] = nil
                problems.append(error)
            }
        }
        return (try TopicSettings(overrides: kept, inheriting: layers), problems)
    }

    private init(_ read: SettingReader) throws(SettingError) {
        let policies = try read.list("cleanup.policy")
        isCompacted = policies.contains("compact")
        isDeleted = policies.contains("delete")
        compression = TopicCompression(rawValue: try read.string("compression.type")) ?? .producer
        gzipLevel = try read.int("compression.gzip.level")
        lz4Level = try read.int("compression.lz4.level")
        zstdLevel = try read.int("compression.zstd.level")
        deleteRetentionMs = try read.long("delete.retention.ms")
        fileDeleteDelayMs = try read.long("file.delete.delay.ms")
        flushMessages = try read.long("flush.messages")
        flushMs = try read.long("flush.ms")
        indexIntervalBytes = try read.int("index.interval.bytes")
        maxCompactionLagMs = try read.long("max.compaction.lag.ms")
        maxMessageBytes = try read.int("max.message.bytes")
        timestampAfterMaxMs = try read.long("message.timestamp.after.max.ms")
        timestampBeforeMaxMs = try read.long("message.timestamp.before.max.ms")
        timestampType = TopicTimestampType(rawValue: try read.string("message.timestamp.type")) ?? .createTime
        minCleanableDirtyRatio = try read.double("min.cleanable.dirty.ratio")
        minCompactionLagMs = try read.long("min.compaction.lag.ms")
        minInsyncReplicas = try read.int("min.insync.replicas")
        preallocate = try read.bool("preallocate")
        remoteStorageEnable = try read.bool("remote.storage.enable")
        retentionBytes = try read.long("retention.bytes")
        retentionMs = try read.long("retention.ms")
        segmentBytes = try read.int("segment.bytes")
        segmentIndexBytes = try read.int("segment.index.bytes")
        segmentJitterMs = try read.long("segment.jitter.ms")
        segmentMs = try read.long("segment.ms")
        uncleanLeaderElectionEnable = try read.bool("unclean.leader.election.enable")
    }
}

/// `compression.type` of a topic.
package enum TopicCompression: String, Sendable, Hashable {
    /// As the producer sent it.
    case producer
    case uncompressed, gzip, snappy, lz4, zstd
}

/// `message.timestamp.type` of a topic.
package enum TopicTimestampType: String, Sendable, Hashable {
    case createTime = "CreateTime"
    case logAppendTime = "LogAppendTime"
}

extension BrokerLayers {
    /// The value that a topic without an override has, in the topic's unit; nil for null.
    package func inherited(byTopic name: String) -> (text: String, from: String?)? {
        guard let setting = SettingCatalog.topic[name] else { return nil }
        for source in setting.inherits {
            // The last of a family is the one that has a default.
            guard let given = text(source.name) else { continue }
            let isRetention = name == "retention.ms"
            if source.factor == 1 && !isRetention { return (given, source.name) }
            guard let number = Int64(given.trimmingSpace()) else { continue }
            // What is kept for less than no time, in any unit, is kept without limit.
            if number < 0 && isRetention { return ("-1", source.name) }
            let (product, overflow) = number.multipliedReportingOverflow(by: source.factor)
            return (String(overflow ? .max : product), source.name)
        }
        return setting.defaultValue.text.map { ($0, nil) }
    }
}
