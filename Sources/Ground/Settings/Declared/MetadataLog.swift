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
            "metadata.log.dir", .string, .null, .high, effect: .notYet,
            ""),
        Setting(
            "metadata.log.max.record.bytes.between.snapshots", .long, "20971520", .high, rule: .atLeast(1),
            effect: .notYet,
            ""),
        Setting(
            "metadata.log.max.snapshot.interval.ms", .long, "3600000", .high, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "metadata.log.segment.bytes", .int, "1073741824", .high, rule: .atLeast(8_388_608), effect: .notYet,
            ""),
        Setting(
            "metadata.log.segment.ms", .long, "604800000", .high, effect: .notYet,
            ""),
        Setting(
            "metadata.max.idle.interval.ms", .int, "500", .low, rule: .atLeast(0), effect: .notYet,
            ""),
        Setting(
            "metadata.max.retention.bytes", .long, "104857600", .high, effect: .notYet,
            ""),
        Setting(
            "metadata.max.retention.ms", .long, "604800000", .high, effect: .notYet,
            ""),
    ]
}
