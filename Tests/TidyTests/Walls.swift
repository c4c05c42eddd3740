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
    ("Quorum", ["Vocabulary", "InternalRecords"], []),
    ("Coordination", ["Vocabulary", "Bytes", "WireProtocol", "InternalRecords"], []),
    // Engines: only Reactor meets the system.
    ("Reactor", ["Vocabulary", "Bytes", "Seams"], ["CLinux", "Glibc", "Synchronization"]),
    (
        "LogStore",
        ["Vocabulary", "Bytes", "Checksums", "Seams", "Settings", "Compression", "RecordFormat", "ReplicaRules"],
        ["Synchronization"]
    ),
    (
        "QuorumNode",
        [
            "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "Compression", "RecordFormat", "WireProtocol",
            "InternalRecords", "ReplicaRules", "Quorum", "ClusterImage", "ControllerRules", "LogStore",
        ], ["Synchronization"]
    ),
    (
        "Replication",
        [
            "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "RecordFormat", "ReplicaRules", "ClusterImage",
            "LogStore",
        ], ["Synchronization"]
    ),
    (
        "CoordinatorHost",
        [
            "Vocabulary", "Bytes", "Seams", "Telemetry", "Compression", "RecordFormat", "WireProtocol", "ReplicaRules",
            "ClusterImage", "Coordination", "LogStore", "Replication",
        ], ["Synchronization"]
    ),
    ("Transport", ["Vocabulary", "Bytes", "Seams"], ["Synchronization"]),
    // Server
    (
        "Listener", ["Vocabulary", "Bytes", "Seams", "Telemetry", "WireProtocol", "ClusterImage", "Transport"],
        ["Synchronization"]
    ),
    (
        "BrokerAPI",
        [
            "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "RecordFormat", "WireProtocol", "InternalRecords",
            "ReplicaRules", "FetchSessions", "ClusterImage", "ControllerRules", "Coordination", "Quorum", "LogStore",
            "Transport", "QuorumNode", "Replication", "CoordinatorHost", "Listener",
        ], ["Synchronization"]
    ),
    (
        "Node",
        [
            "Vocabulary", "Bytes", "Seams", "Settings", "Telemetry", "WireProtocol", "ClusterImage", "ControllerRules",
            "LogStore", "Transport", "QuorumNode", "Replication", "CoordinatorHost", "Listener", "BrokerAPI",
        ], ["Synchronization"]
    ),
    // Apps
    (
        "Inspection",
        [
            "Vocabulary", "Bytes", "Checksums", "Seams", "RecordFormat", "WireProtocol", "InternalRecords", "LogStore",
            "QuorumNode",
        ], ["FoundationEssentials"]
    ),
    (
        "apus",
        [
            "Arguments", "Bytes", "ClusterImage", "Inspection", "InternalRecords", "LogStore", "Node", "QuorumNode",
            "Reactor",
            "RecordFormat", "Seams", "Settings", "Telemetry", "Vocabulary", "BrokerAPI",
        ], ["Synchronization"]
    ),
    // Proof. Glibc for the thread's number alone: a simulation notices when code escapes to another thread.
    ("ApusTesting", ["Vocabulary", "Bytes", "Seams"], ["Glibc", "Synchronization"]),
]
