import FoundationEssentials
import Settings
import Testing

@Suite struct ReferencePageTests {
    @Test func `the reference page is fresh`() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = root + "/docs/settings.md"
        if ProcessInfo.processInfo.environment["APUS_WRITE_DOCS"] == "1" {
            try settingsReferencePage().write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == settingsReferencePage())
    }
}
