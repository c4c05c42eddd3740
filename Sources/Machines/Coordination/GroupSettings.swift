/// The broker settings that coordinators of classic groups and offsets go by, in milliseconds. Defaults are Kafka's.
package struct GroupSettings: Sendable, Hashable {
    /// `group.min.session.timeout.ms`
    package var minSessionTimeout: Int32 = 6_000
    /// `group.max.session.timeout.ms`
    package var maxSessionTimeout: Int32 = 1_800_000
    /// `group.initial.rebalance.delay.ms`
    package var initialRebalanceDelay: Int32 = 3_000
    /// `group.max.size`
    package var maxSize = Int(Int32.max)
    /// How long the first JoinGroup of a member may be parked. A constant in Kafka.
    package var newMemberJoinTimeout: Int32 = 300_000
    /// `offset.metadata.max.bytes`. Kafka counts UTF-16 units, not bytes.
    package var offsetMetadataMaxSize = 4_096
    /// `offsets.retention.minutes`, in milliseconds.
    package var offsetsRetention: Int64 = 7 * 24 * 3_600_000

    package init() {}
}
