/// The metadata log.
extension Setting {
    static let metadataLog: [Setting] = [
        Setting(
            "internal.metadata.delete.delay.millis", .long, "60000", .low, internal: true, effect: .notYet,
            ""),
        Setting(
            "internal.metadata.log.segment.bytes", .int, .null, .low, internal: true, effect: .notYet,
            ""),
        Setting(
            "internal.metadata.max.batch.size.in.bytes", .int, "8388608", .low, internal: true, effect: .notYet,
            ""),
        Setting(
            "metadata.log.dir", .string, .null, .high, effect: .inForce,
            "The directory of the metadata log; null takes the first of log.dirs."),
        Setting(
            "metadata.log.max.record.bytes.between.snapshots", .long, "20971520", .high, rule: .atLeast(1),
            effect: .inForce,
            "After how many bytes of metadata a snapshot is made."),
        Setting(
            "metadata.log.max.snapshot.interval.ms", .long, "3600000", .high, rule: .atLeast(0), effect: .inForce,
            "After how long a snapshot of the metadata is made, if anything has changed."),
        Setting(
            "metadata.log.segment.bytes", .int, "1073741824", .high, rule: .atLeast(8_388_608), effect: .inForce,
            "The largest size of a segment of the metadata log."),
        Setting(
            "metadata.log.segment.ms", .long, "604800000", .high, effect: .inForce,
            "After how many milliseconds a segment of the metadata log is closed."),
        Setting(
            "metadata.max.idle.interval.ms", .int, "500", .low, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "metadata.max.retention.bytes", .long, "104857600", .high, effect: .inForce,
            "How large the metadata log and its snapshots may become before old ones go."),
        Setting(
            "metadata.max.retention.ms", .long, "604800000", .high, effect: .inForce,
            "How old a snapshot of the metadata may become while there is a newer one."),
    ]
}
