import Vocabulary

package enum ProcessRole: String, Sendable, Hashable { case broker, controller }

/// The values that a node works with, typed and checked. Times are in milliseconds, sizes in bytes, with Kafka's special
/// values. Derived from `BrokerLayers`; derive it again when a dynamic layer changes.
package struct NodeSettings: Sendable, Hashable {
    package let nodeID: BrokerID
    package let roles: Set<ProcessRole>
    package let rack: String?
    package let listeners: ListenerPlan
    package let logs: LogSettings
    package let quorum: QuorumSettings
    package let metadataLog: MetadataLogSettings
    package let sockets: SocketSettings
    package let topics: TopicCreationSettings
    package let fetch: FetchSettings
    package let groups: GroupSettings
    package let producers: ProducerSettings
    package let lifecycle: LifecycleSettings
    /// What a topic without overrides has.
    package let topicDefaults: TopicSettings
    /// Where it all came from.
    package let layers: BrokerLayers

    package var isBroker: Bool { roles.contains(.broker) }
    package var isController: Bool { roles.contains(.controller) }

    package init(_ layers: BrokerLayers) throws(SettingError) {
        self.layers = layers
        try Self.checkAll(layers)
        let read = SettingReader(layers)
        roles = Set(try read.list("process.roles").compactMap(ProcessRole.init(rawValue:)))
        nodeID = try Self.nodeID(layers, read)
        rack = try read.string(orNil: "broker.rack")
        listeners = try ListenerPlan(
            read, isBroker: roles.contains(.broker), isController: roles.contains(.controller))
        logs = try LogSettings(read)
        quorum = try QuorumSettings(read)
        metadataLog = try MetadataLogSettings(read, logs: logs)
        sockets = try SocketSettings(read, layers)
        topics = try TopicCreationSettings(read)
        fetch = try FetchSettings(read)
        groups = try GroupSettings(read)
        producers = try ProducerSettings(read)
        lifecycle = try LifecycleSettings(read)
        try Self.checkTimes(layers)
        topicDefaults = try TopicSettings(inheriting: layers)
        try checkTogether()
    }

    /// Every declared setting that was given must be readable, also those that nothing acts on.
    private static func checkAll(_ layers: BrokerLayers) throws(SettingError) {
        for (name, given) in layers.effective.sorted(by: { $0.key < $1.key }) {
            try SettingCatalog.broker.declaration(of: name)?.read(given)
        }
    }

    /// Times that can be given in several units, by the value that topics inherit.
    private static func checkTimes(_ layers: BrokerLayers) throws(SettingError) {
        func milliseconds(_ name: String) -> Int64 {
            layers.inherited(byTopic: name).flatMap { Int64($0.text.trimmingSpace()) } ?? 0
        }
        if milliseconds("segment.ms") < 1 { throw .conflict("log.roll.ms must be greater than or equal to 1") }
        if milliseconds("segment.jitter.ms") < 0 {
            throw .conflict("log.roll.jitter.ms must be greater than or equal to 0")
        }
        if milliseconds("retention.ms") == 0 {
            throw .conflict("log.retention.ms must be unlimited (-1) or, greater than or equal to 1")
        }
    }

    /// `node.id` and `broker.id` fill each other.
    private static func nodeID(_ layers: BrokerLayers, _ read: SettingReader) throws(SettingError) -> BrokerID {
        let node = layers.effective["node.id"]
        let broker = layers.effective["broker.id"]
        if let node, let broker, node.trimmingSpace() != broker.trimmingSpace() {
            throw .conflict("You must set `node.id` to the same value as `broker.id`.")
        }
        let id = node == nil && broker != nil ? try read.int("broker.id") : try read.int("node.id")
        if id < 0 { throw .invalid(name: "node.id", value: String(id), why: "Value must be at least 0") }
        return BrokerID(Int32(id))
    }

    private func checkTogether() throws(SettingError) {
        let isVoter = quorum.voters.contains { $0.id == nodeID }
        if quorum.voters.isEmpty && quorum.bootstrapServers.isEmpty {
            throw .conflict(
                "If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap "
                    + "controllers or controller.quorum.voters must contain a parseable set of controllers.")
        }
        if !quorum.voters.isEmpty {
            if isController && !isVoter {
                throw .conflict(
                    "If process.roles contains the 'controller' role, the node id \(nodeID) must be included in the set "
                        + "of voters controller.quorum.voters")
            }
            if !isController && isVoter {
                throw .conflict(
                    "If process.roles contains just the 'broker' role, the node id \(nodeID) must not be included in the "
                        + "set of voters controller.quorum.voters")
            }
        }
        if sockets.queuedMaxRequestBytes > 0 && sockets.queuedMaxRequestBytes < Int64(sockets.requestMaxBytes) {
            throw .conflict(
                "queued.max.request.bytes must be larger or equal to socket.request.max.bytes, or negative for no limit."
            )
        }
        if sockets.maxConnectionsPerIP == 0 && sockets.maxConnectionsPerIPOverrides.isEmpty {
            throw .conflict(
                "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.")
        }
        let dedupeBytes = try SettingReader(layers).long("log.cleaner.dedupe.buffer.size")
        if logs.cleanerThreads > 0 && dedupeBytes / Int64(logs.cleanerThreads) <= 1_048_576 {
            throw .conflict("log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.")
        }
        if groups.minSessionTimeoutMs > groups.maxSessionTimeoutMs {
            throw .conflict("group.min.session.timeout.ms must not be above group.max.session.timeout.ms.")
        }
    }
}
