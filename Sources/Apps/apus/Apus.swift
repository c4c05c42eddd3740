import Vocabulary

/// The multi-call binary. Each command stands in a file of its own; this one finds it by name.
@main
struct Apus {
    static let version = "0.1.0"

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        switch words.first {
        case "--version", "version":
            print("apus \(version) (speaks Apache Kafka 4.3)")
        case nil, "--help", "-h", "help":
            print(help)
        case .some(let word):
            print("apus: there is no command '\(word)'; 'apus --help' lists them")
        }
    }

    static let help = """
        apus: a Kafka-compatible event streaming platform in one binary

        usage: apus COMMAND [OPTION…]

          --version    what this is
          --help       this text

        The commands of the node arrive with the node itself; this build has none yet.
        """
}
