import CZlib
import Compression
import Testing

@Suite struct GzipTests {
    /// One member, as gzip writes it.
    static func member(_ content: [UInt8]) -> [UInt8] {
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

    /// All content of a stream that comes in pieces.
    static func content(_ bytes: [UInt8], limit: Int, piece: Int = 1 << 18) throws -> [UInt8] {
        var rest = bytes[...]
        let reader = try DecompressionReader(.gzip, limit: limit) {
            defer { rest = rest.dropFirst(piece) }
            return Array(rest.prefix(piece))
        }
        var content: [UInt8] = []
        while case let block = try reader.read(), !block.isEmpty {
            #expect(block.count <= 1 << 17)
            content += block
        }
        return content
    }

    /// What `printf 'colonnade' | gzip -n` writes.
    private let tool: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4B, 0xCE, 0xCF, 0xC9, 0xCF, 0xCB, 0x4B, 0x4C,
        0x49, 0x05, 0x00, 0xB9, 0x53, 0x3F, 0xB7, 0x09, 0x00, 0x00, 0x00,
    ]

    @Test(arguments: [1, 5, 1 << 18]) func readsWhatTheToolWrote(piece: Int) throws {
        #expect(CompressionFormat(firstBytes: tool) == .gzip)
        #expect(try Self.content(tool, limit: 9, piece: piece) == Array("colonnade".utf8))
        #expect(try Self.content(tool + tool, limit: 18, piece: piece) == Array("colonnadecolonnade".utf8))
    }

    @Test(arguments: [0, 1, 131_071, 131_072, 131_073, 1_000_000]) func membersOfAllSizes(count: Int) throws {
        for content in [ZstandardTests.noise(count), [UInt8](repeating: 7, count: count)] {
            let member = Self.member(content)
            #expect(try Self.content(member, limit: count) == content)
            #expect(try Self.content(member + Self.member([]) + member, limit: 2 * count) == content + content)
        }
    }

    @Test func aBombStopsAtTheLimit() throws {
        let bomb = Self.member([UInt8](repeating: 0, count: 50_000_000))
        #expect(bomb.count < 100_000)
        #expect(throws: CompressionError.tooLarge(limit: 1_000_000)) { try Self.content(bomb, limit: 1_000_000) }
        let once = Self.member([1, 2, 3])
        #expect(throws: CompressionError.tooLarge(limit: 5)) { try Self.content(once + once, limit: 5) }
        #expect(throws: CompressionError.tooLarge(limit: 0)) { try Self.content(once, limit: 0) }
    }

    @Test(arguments: [7, 1 << 18]) func everyPrefixIsTruncatedAndNoChangedByteChangesTheContent(piece: Int) throws {
        let content = ZstandardTests.noise(300) + [UInt8](repeating: 0, count: 300)
        let compressed = Self.member(content) + Self.member([4])
        let first = Self.member(content).count
        for end in 1..<compressed.count where end != first {
            #expect(throws: CompressionError.truncated) {
                try Self.content(Array(compressed[..<end]), limit: 601, piece: piece)
            }
        }
        for position in compressed.indices {
            var changed = compressed
            changed[position] ^= 0x10
            // Time, system and level of a header mean nothing; every other change is refused.
            if let other = try? Self.content(changed, limit: 601, piece: piece) { #expect(other == content + [4]) }
        }
    }

    @Test func nothingButMembersMayFollow() throws {
        let member = Self.member([1, 2, 3])
        #expect(throws: CompressionError.corrupt) { try Self.content(member + [0, 0, 0], limit: 99) }
        #expect(throws: CompressionError.corrupt) { try Self.content(member + Array("late".utf8), limit: 99) }
        #expect(throws: CompressionError.corrupt) { try Self.content(Array("flight_id,late".utf8), limit: 99) }
        #expect(throws: CompressionError.truncated) { try Self.content([], limit: 99) }
    }

    @Test func formatsAreToldByTheFirstBytes() throws {
        #expect(CompressionFormat(firstBytes: try Zstandard.compress([1])) == .zstandard)
        #expect(CompressionFormat(firstBytes: []) == nil)
        #expect(CompressionFormat(firstBytes: [0x1F]) == nil)
        #expect(CompressionFormat(firstBytes: Array("id,x\n".utf8)) == nil)
    }
}
