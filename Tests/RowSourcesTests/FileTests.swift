import CZlib
import Compression
import RowSources
import Testing

@Suite struct FileTests {
    private let text = Array("id,x\n".utf8) + (0..<50_000).flatMap { Array("row-\($0),\($0 % 7)\n".utf8) }

    private func read(_ path: String, limit: Int = 1 << 30) throws -> [[String]] {
        try rows(RowOrigin.csv(file: path).open(limit: limit))
    }

    @Test func plainZstandardAndGzip() throws {
        let folder = try Folder()
        let plain = try read(folder.file("a.csv", text))
        #expect(plain.count == 50_000)
        // Told by content: the ending says nothing.
        #expect(try read(folder.file("b.csv", Zstandard.compress(text))) == plain)
        #expect(try read(folder.file("c.csv", gzip(text))) == plain)
        // Frames and members one behind the other, cut within a line.
        let (first, second) = (Array(text[..<100_003]), Array(text[100_003...]))
        #expect(try read(folder.file("d.zst", Zstandard.compress(first) + Zstandard.compress(second))) == plain)
        #expect(try read(folder.file("e.gz", gzip(first) + gzip([]) + gzip(second))) == plain)
    }

    @Test func truncatedDamagedAndTooLarge() throws {
        let folder = try Folder()
        for (name, bytes) in [("a.zst", try Zstandard.compress(text)), ("a.gz", gzip(text))] {
            let cut = try folder.file("cut-" + name, bytes.dropLast(3))
            #expect(throws: RowSourceError.compressed(file: cut, .truncated)) { try read(cut) }
            var bad = bytes
            bad[bytes.count / 2] ^= 0x55
            bad[bytes.count / 2 + 1] ^= 0x55
            let damaged = try folder.file("damaged-" + name, bad)
            let error = #expect(throws: RowSourceError.self) { try read(damaged) }
            #expect(error?.description.contains(damaged) == true)
            let whole = try folder.file(name, bytes)
            #expect(throws: RowSourceError.compressed(file: whole, .tooLarge(limit: 100_000))) {
                try read(whole, limit: 100_000)
            }
        }
    }

    @Test func filesThatCannotBeRead() {
        #expect(throws: RowSourceError.cannotRead(source: "no/such.csv", reason: "No such file or directory")) {
            try read("no/such.csv")
        }
        #expect(throws: RowSourceError.cannotRead(source: "/", reason: "Is a directory")) { try read("/") }
    }

    @Test func aVersionChangesWithTheFile() throws {
        let folder = try Folder()
        let path = try folder.file("a.csv", Array("id,x\na,1\n".utf8))
        let before = try #require(RowVersion(of: .csv(file: path)))
        #expect(RowVersion(of: .csv(file: path)) == before)
        _ = try folder.file("a.csv", Array("id,x\na,12\n".utf8))
        #expect(RowVersion(of: .csv(file: path)) != before)
        #expect(RowVersion(of: .csv(file: path + ".none")) == nil)
    }
}

/// One member, as gzip writes it.
func gzip(_ content: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    precondition(colonnade_deflate_gzip(&stream) == Z_OK)
    defer { deflateEnd(&stream) }
    var (input, output) = (content, [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(content.count)))))
    let count = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return target.count - Int(stream.avail_out)
        }
    }
    return Array(output[..<count])
}
