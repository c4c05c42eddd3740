import Bytes
import Testing

struct JSONWriterTests {
    @Test func `objects and arrays are nested with commas where they belong`() {
        let text = JSONWriter.text { json in
            json.object { json in
                json.member("a", Int32(-1))
                json.member("list", ["x", nil])
                json.key("inner")
                json.object { _ in }
                json.key("rows")
                json.array { json in
                    for number in 0..<2 { json.object { $0.member("n", number) } }
                    json.null()
                }
                json.member("yes", true)
            }
        }
        #expect(text == #"{"a":-1,"list":["x",null],"inner":{},"rows":[{"n":0},{"n":1},null],"yes":true}"#)
    }

    @Test func `text is escaped where JSON asks for it, and other letters stay`() {
        let text = JSONWriter.text { $0.string("\"\\\n\r\t\u{1}\u{1f}/雨燕") }
        #expect(text == #""\"\\\n\r\t\u0001\u001f/雨燕""#)
    }

    @Test func `numbers that JSON has no form for become text`() {
        let values = [2048.0, -0.5, .infinity, -.infinity, .nan]
        #expect(JSONWriter.text { values.write(to: &$0) } == #"[2048.0,-0.5,"Infinity","-Infinity","NaN"]"#)
    }

    /// The vectors of RFC 4648, section 10.
    @Test(
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
    func `bytes are base64`(text: String, base64: String) { #expect(ByteSlice(utf8: text).base64 == base64) }
}
