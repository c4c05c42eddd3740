import ApusTesting
import GoldenSupport
import Seams
import Settings
import Testing
import Vocabulary

/// Broken settings. A crash is the failure: a value is taken or refused with a typed error.
@Suite struct SettingsFuzzTests {
    /// Values at the edges of every type, and some that are of none.
    private static let values = [
        "", " ", "-1", "0", "1", "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "1e309", "NaN", "-0.5", "0.0000000001", "true", "yes", ",", "a,b,,c", ":", "a:b,c",
        "://",
        "A://:99999", "PLAINTEXT://[::1", "1@", "1@h:0,1@h:0", "\u{0}", "\u{e9}\u{1f426}", "delete,compact", "*", "=",
        String(repeating: "x", count: 70_000),
    ]

    @Test func `every setting of a broker is taken or refused at the edges of every type`() {
        var (taken, refused) = (0, 0)
        for setting in SettingCatalog.broker.settings {
            for value in Self.values {
                var given = GivenSettings()
                for (name, value) in least { given.set(name, value) }
                given.set(setting.name, value)
                do throws(SettingError) {
                    let settings = try NodeSettings(try given.layers())
                    _ = try TopicSettings(inheriting: settings.layers)
                    taken += 1
                } catch { refused += 1 }
            }
        }
        #expect(taken > 1_000 && refused > 1_000)
    }

    @Test func `every setting of a topic is taken or refused at the edges of every type`() {
        var (taken, refused) = (0, 0)
        for setting in SettingCatalog.topic.settings {
            for value in Self.values {
                do throws(SettingError) {
                    _ = try TopicSettings(overrides: [setting.name: value], inheriting: BrokerLayers(fixed: least))
                    taken += 1
                } catch { refused += 1 }
            }
        }
        #expect(taken > 100 && refused > 100)
    }

    @Test func `a property file of any text is read or refused`() {
        let text =
            "# a\na=1\n b : 2 \nc\\=d e\\\n   f\ng=\\u0041\\t\r\na=3\nempty\nnode.id=1\nlisteners=\\\nPLAINTEXT://:9092"
        var refused = 0
        Fuzzing.rounds(2_000) { seed in
            let chance = SimulatedChance(seed: seed)
            var bytes = Array(text.utf8)
            for _ in 0...chance.below(4) { chance.mutate(&bytes) }
            var given = GivenSettings()
            do throws(SettingError) {
                try given.add(file: String(decoding: bytes, as: UTF8.self))
                _ = try given.layers()
            } catch { refused += 1 }
        }
        #expect(refused > 0)
    }
}
