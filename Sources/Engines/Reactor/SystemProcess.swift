import Glibc

/// What a program asks of the process it is: its end, and its error stream.
package enum SystemProcess {
    package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

    /// Writes a line to standard error, unbuffered.
    package static func complain(_ line: String) {
        let text = Array((line + "\n").utf8)
        var done = 0
        while done < text.count {
            let wrote = text[done...].withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
            if wrote < 0 && errno != EINTR { return }
            done += max(0, wrote)
        }
    }
}
