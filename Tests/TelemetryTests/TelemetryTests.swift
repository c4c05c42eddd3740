import Telemetry
import Testing
import Vocabulary

@Suite struct TelemetryTests {
    @Test func `a line is one line, with its values quoted where they must be`() {
        let line = LogLine(
            Timestamp(951_782_400_001), .warn, "storage", "two\nlines",
            [LogField("topic", "a"), LogField("why", "say \"no\""), LogField("none", "")])
        #expect(
            line.description
                == #"2000-02-29T00:00:00.001Z WARN  storage two\nlines topic=a why="say \"no\"" none="""#)
    }

    @Test func `dates before 1970 are right too`() {
        #expect(utcText(Timestamp(0)) == "1970-01-01T00:00:00.000Z")
        #expect(utcText(Timestamp(-1)) == "1969-12-31T23:59:59.999Z")
    }

    @Test func `a logger drops what is below its level`() {
        let sink = CollectingSink()
        let log = Logger("a", to: sink, now: { Timestamp(0) })
        log.log(.debug, "no")
        log.level = .debug
        log.log(.debug, "yes")
        #expect(sink.lines.map(\.message) == ["yes"])
    }

    @Test func `a histogram keeps quantiles to one part in sixteen`() {
        let histogram = Histogram()
        #expect(histogram.quantile(0.5) == 0)
        for value in 1...1000 { histogram.record(Int64(value)) }
        #expect(histogram.count == 1000)
        #expect((500...532).contains(histogram.quantile(0.5)) && (990...1055).contains(histogram.quantile(0.99)))
        histogram.record(.max)
        histogram.record(-5)
        #expect(histogram.quantile(1) == .max && histogram.quantile(0) == 0)
    }
}
