/// Who may import whom: the one table. A target may import the targets named after it and nothing else of ours; C modules
/// and the toolchain's modules stand in the second list.
let walls: [(target: String, ours: [String], foreign: [String])] = [
    // Ground
    ("Vocabulary", [], []),
    ("Bytes", [], []),
    ("Checksums", [], ["CISAL"]),
    ("Seams", ["Vocabulary", "Bytes"], []),
    ("Settings", ["Vocabulary"], ["FoundationEssentials"]),
    ("Telemetry", ["Vocabulary"], ["Synchronization"]),
    ("Arguments", ["Vocabulary"], []),
    // Formats
    ("Compression", [], ["CIGZip", "CZlib", "CSnappy", "CLZ4", "CZstd"]),
    ("RecordFormat", ["Vocabulary", "Bytes", "Checksums", "Compression"], []),
    ("WireProtocol", ["Vocabulary", "Bytes"], []),
    ("InternalRecords", ["Vocabulary", "Bytes", "WireProtocol"], []),
    // Machines: no Seams, no Synchronization.
    ("FetchSessions", ["Vocabulary"], []),
    ("ReplicaRules", ["Vocabulary", "Bytes", "RecordFormat"], []),
    ("ClusterImage", ["Vocabulary", "Bytes", "InternalRecords"], []),
    ("ControllerRules", ["Vocabulary", "Bytes", "WireProtocol", "InternalRecords", "ClusterImage", "Settings"], []),
    ("Coordination", ["Vocabulary", "Bytes", "WireProtocol", "InternalRecords"], []),
    // Engines: only Reactor meets the system.
    ("Reactor", ["Vocabulary", "Bytes", "Seams"], ["CLinux", "Glibc", "Synchronization"]),
    (
        "LogStore",
        ["Vocabulary", "Bytes", "Checksums", "Seams", "Settings", "Compression", "RecordFormat", "ReplicaRules"],
        ["Synchronization"]
    ),
    ("Transport", ["Vocabulary", "Bytes", "Seams"], ["Synchronization"]),
    // Apps
    ("apus", ["Arguments", "Bytes", "InternalRecords", "Reactor", "RecordFormat", "Seams", "Vocabulary"], []),
    // Proof. Glibc for the thread's number alone: a simulation notices when code escapes to another thread.
    ("ApusTesting", ["Vocabulary", "Bytes", "Seams"], ["Glibc", "Synchronization"]),
]
