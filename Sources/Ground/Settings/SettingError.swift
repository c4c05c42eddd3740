/// Why a setting cannot be accepted. The description is written for the person who has to mend it and has Kafka's wording
/// where Kafka has one, since tools and people search for it.
package enum SettingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The value is of the wrong type or out of bounds.
    case invalid(name: String, value: String?, why: String)
    /// A setting that has no default was not given.
    case missing(name: String)
    /// Nobody knows this name; `nearest` is what was probably meant.
    case unknown(name: String, nearest: String?)
    /// Settings that do not go together.
    case conflict(String)
    /// Apache Kafka knows it and Apus does not, yet.
    case unsupported(String)
    /// Text that is not a property: a broken escape in a file, an `--override` without `=`.
    case malformed(line: Int?, String)

    package var description: String {
        switch self {
        case .invalid(let name, let value, let why):
            "Invalid value \(value ?? "null") for configuration \(name)" + (why.isEmpty ? "" : ": \(why)")
        case .missing(let name): "Missing required configuration \"\(name)\" which has no default value."
        case .unknown(let name, nil): "Unknown setting \(name)."
        case .unknown(let name, let nearest?): "Unknown setting \(name). Did you mean \(nearest)?"
        case .conflict(let what), .unsupported(let what): what
        case .malformed(nil, let what): what
        case .malformed(let line?, let what): "line \(line): \(what)"
        }
    }
}
