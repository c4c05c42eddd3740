import Synchronization
import Vocabulary

package enum LogLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
    case trace, debug, info, warn, error

    package var name: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warn: "WARN"
        case .error: "ERROR"
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// One line of the log: `2026-01-31T12:00:00.000Z INFO  storage segment rolled topic=orders offset=17`.
package struct LogLine: Sendable, Hashable, CustomStringConvertible {
    package let time: Timestamp
    package let level: LogLevel
    package let component: String
    package let message: String
    package let fields: [LogField]

    package init(_ time: Timestamp, _ level: LogLevel, _ component: String, _ message: String, _ fields: [LogField]) {
        self.time = time
        self.level = level
        self.component = component
        self.message = message
        self.fields = fields
    }

    package var description: String {
        var line = utcText(time) + " " + level.name + (level.name.utf8.count < 5 ? "  " : " ")
        line += component + " " + escaped(message)
        for field in fields { line += " " + field.key + "=" + quoted(field.value) }
        return line
    }
}

/// A key and value at the end of a line.
package struct LogField: Sendable, Hashable {
    package let key: String
    package let value: String

    package init(_ key: String, _ value: some CustomStringConvertible) {
        self.key = key
        self.value = value.description
    }
}

/// Where lines go. Called from any thread.
package protocol LogSink: AnyObject, Sendable {
    func write(_ line: LogLine)
}

/// Keeps lines in memory, for tests and simulation.
package final class CollectingSink: LogSink {
    private let kept = Mutex<[LogLine]>([])

    package init() {}
    package func write(_ line: LogLine) { kept.withLock { $0.append(line) } }
    package var lines: [LogLine] { kept.withLock { $0 } }
}

/// Writes the lines of one component. The level can be changed while it runs; a line below it costs one atomic load, since
/// message and fields are not even made.
package final class Logger: Sendable {
    package let component: String
    private let threshold: Atomic<Int>
    private let sink: any LogSink
    private let now: @Sendable () -> Timestamp

    package init(
        _ component: String, level: LogLevel = .info, to sink: any LogSink, now: @escaping @Sendable () -> Timestamp
    ) {
        self.component = component
        self.sink = sink
        self.now = now
        threshold = Atomic(level.rawValue)
    }

    package var level: LogLevel {
        get { LogLevel(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { threshold.store(newValue.rawValue, ordering: .relaxed) }
    }

    package func log(
        _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []
    ) {
        guard level.rawValue >= threshold.load(ordering: .relaxed) else { return }
        sink.write(LogLine(now(), level, component, message(), fields()))
    }
}

private func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else { return text }
    var made = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": made += "\\n"
        case "\r": made += "\\r"
        case "\t": made += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7f: made += "\\u{\(String(scalar.value, radix: 16))}"
        default: made.unicodeScalars.append(scalar)
        }
    }
    return made
}

/// In quotes if the value is empty or has what would end or confuse it.
private func quoted(_ text: String) -> String {
    let isPlain =
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d && $0 != 0x5c && $0 != 0x7f }
    if isPlain { return text }
    var inside = ""
    for character in text.unicodeScalars {
        if character == "\"" || character == "\\" { inside += "\\" }
        inside.unicodeScalars.append(character)
    }
    return "\"" + escaped(inside) + "\""
}

/// `2026-01-31T12:00:00.000Z`, by the proleptic Gregorian calendar.
package func utcText(_ time: Timestamp) -> String {
    let milliseconds = time.rawValue
    let day = (milliseconds >= 0 ? milliseconds : milliseconds - 86_399_999) / 86_400_000
    let inDay = milliseconds - day * 86_400_000
    // Days are counted from 1 March of year 0 in eras of 400 years, so that the leap day comes last in a year.
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let date = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(date, 2))T\(digits(inDay / 3_600_000, 2)):"
        + "\(digits(inDay / 60_000 % 60, 2)):\(digits(inDay / 1_000 % 60, 2)).\(digits(inDay % 1_000, 3))Z"
}
