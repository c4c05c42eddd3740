import Arguments
import Inspection
import Reactor

/// `apus dump`: what stands in files of a data directory, with the options of `kafka-dump-log`.
struct Dump {
    static let command = Command(
        "dump", "Shows what stands in the files of a data directory, without changing them.",
        details: """
            Segments, indexes, producer and metadata snapshots, checkpoints and the small files, of Apus or Apache Kafka; a
            directory stands for the files in it. The text is that of kafka-dump-log. A damaged file is named on standard
            error with the place of the damage, and the exit status is then 1.
            """,
        options: [
            Option("files", .repeated("FILE,…"), "Files, as kafka-dump-log takes them."),
            Option(
                "records", .flag,
                "Shows the records too, those of Kafka's own topics and of metadata snapshots decoded."),
            Option("print-data-log", .flag, "Shows the records too, keys and values as text."),
            Option("deep-iteration", .flag, "Shows a line for each record, without keys and values."),
            Option(
                "cluster-metadata-decoder", .flag, "Decodes records as those of the metadata log (also --metadata)."),
            Option("metadata", .flag, "The same as --cluster-metadata-decoder."),
            Option("offsets-decoder", .flag, "Decodes records as those of __consumer_offsets."),
            Option("transaction-log-decoder", .flag, "Decodes records as those of __transaction_state."),
            Option("share-group-state-decoder", .flag, "Decodes records as those of __share_group_state."),
            Option("index-sanity-check", .flag, "Of indexes says only whether they are sound."),
            Option("verify-index-only", .flag, "The same as --index-sanity-check."),
            Option("max-bytes", .value("SIZE"), "Of a segment no more than what begins in its first SIZE bytes."),
            Option("json", .flag, "One JSON object a line instead of text."),
        ],
        alternatives: [
            [
                "cluster-metadata-decoder", "metadata", "offsets-decoder", "transaction-log-decoder",
                "share-group-state-decoder",
            ]
        ],
        operands: ["[FILE]…"],
        examples: [
            "apus dump data/orders-0/00000000000000000000.log",
            "apus dump --records data/__consumer_offsets-7",
            "apus dump --json --records data/__cluster_metadata-0/00000000000000000000.log",
            "apus dump --index-sanity-check data/orders-0/*.index data/orders-0/*.timeindex",
        ])

    private let files: [String]
    private let options: DumpOptions?

    init(_ arguments: Arguments) {
        files =
            arguments.operands
            + arguments.all("files").flatMap { $0.split(separator: ",").map { $0.filter { $0 != " " } } }
        options = Self.options(arguments)
    }

    private static func options(_ arguments: Arguments) -> DumpOptions? {
        var options = DumpOptions()
        options.asJSON = arguments.has("json")
        options.checksOnly = arguments.has("index-sanity-check") || arguments.has("verify-index-only")
        if arguments.has("deep-iteration") { options.records = .headers }
        if arguments.has("print-data-log") { options.records = .contents }
        if arguments.has("records") { (options.records, options.recordKind) = (.contents, nil) }
        for (name, kind) in [
            ("cluster-metadata-decoder", RecordKind.metadata), ("metadata", .metadata), ("offsets-decoder", .groups),
            ("transaction-log-decoder", .transactions), ("share-group-state-decoder", .shareGroups),
        ] where arguments.has(name) { (options.records, options.recordKind) = (.contents, kind) }
        if let text = arguments["max-bytes"] {
            guard let limit = Int64(text), limit >= 0 else { return nil }
            options.maxBytes = limit
        }
        return options
    }

    /// Shows every file; gives the exit status.
    func run() -> Int32 {
        guard let options else {
            SystemProcess.complain("apus dump: --max-bytes wants a number of bytes")
            return 2
        }
        if files.isEmpty {
            SystemProcess.complain("apus dump: no file is named; see 'apus dump --help'")
            return 2
        }
        var dump = FileDump(SystemDisk(), options) { print($0) }
        var told = 0
        for file in files {
            dump.show(file)
            for fault in dump.faults[told...] { SystemProcess.complain("apus dump: \(fault)") }
            told = dump.faults.count
        }
        return dump.faults.isEmpty ? 0 : 1
    }
}
