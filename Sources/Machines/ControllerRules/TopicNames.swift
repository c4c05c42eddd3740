import ClusterImage
import Vocabulary

/// What a topic may be called.
package enum TopicName {
    package static let clusterMetadata = "__cluster_metadata"
    private static let longest = 249

    /// Why a name is not allowed; nil if it is.
    package static func problem(with name: String) -> String? {
        func invalid(_ why: String) -> String { "Topic name is invalid: \(why)" }
        if name.isEmpty { return invalid("the empty string is not allowed") }
        if name == "." || name == ".." { return invalid("'\(name)' is not allowed") }
        if name.utf16.count > longest {
            return invalid("the length of '\(name)' is longer than the max allowed length \(longest)")
        }
        let isLegal = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !isLegal {
            return invalid("'\(name)' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
        }
        return nil
    }

    /// Names that are alike in this form share the names of their metrics; nil: the name has neither '.' nor '_'.
    static func collisionForm(of name: String) -> String? {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }) else { return nil }
        return String(decoding: name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }
}

/// Topics by the form in which names collide, for as long as a request is decided.
struct NameCollisions {
    private var names: [String: String] = [:]

    init(_ image: ClusterImage) {
        for name in image.topicIDs.keys {
            guard let form = TopicName.collisionForm(of: name) else { continue }
            // Of several, which older releases allowed, the first in the alphabet is reported.
            names[form] = names[form].map { min($0, name) } ?? name
        }
    }

    func other(than name: String) -> String? { TopicName.collisionForm(of: name).flatMap { names[$0] } }

    mutating func insert(_ name: String) {
        if let form = TopicName.collisionForm(of: name) { names[form] = name }
    }
}
