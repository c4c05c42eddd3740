import Foundation

/// The members of a tar archive, as far as the goldens need it: plain files and directories with short names.
package struct TarArchive {
    package struct Member {
        /// Without a slash at the end.
        package let path: String
        package let isDirectory: Bool
        package let content: Data
    }

    package struct Malformed: Error {
        package let position: Int
    }

    package let members: [Member]

    private static let block = 512

    package init(_ bytes: Data) throws {
        let bytes = Data(bytes)
        var found: [Member] = []
        var position = 0
        // The archive ends with blocks of zeros.
        while position + Self.block <= bytes.count, bytes[position] != 0 {
            let header = bytes[position..<position + Self.block]
            let name = Self.text(header, 0, 100)
            let prefix = Self.text(header, 345, 155)
            guard let size = Int(Self.text(header, 124, 12).filter(\.isNumber), radix: 8) else {
                throw Malformed(position: position)
            }
            let kind = header[header.startIndex + 156]
            let start = position + Self.block
            guard start + size <= bytes.count, kind == UInt8(ascii: "0") || kind == UInt8(ascii: "5") else {
                throw Malformed(position: position)
            }
            var path = prefix.isEmpty ? name : prefix + "/" + name
            while path.hasSuffix("/") { path.removeLast() }
            found.append(
                Member(path: path, isDirectory: kind == UInt8(ascii: "5"), content: bytes[start..<start + size]))
            position = start + (size + Self.block - 1) / Self.block * Self.block
        }
        members = found
    }

    private static func text(_ header: Data, _ at: Int, _ count: Int) -> String {
        let start = header.startIndex + at
        return String(decoding: header[start..<start + count].prefix { $0 != 0 }, as: UTF8.self)
    }
}
