import Compression
import Testing

@Suite struct ZstandardTests {
    /// Bytes that zstd cannot shrink much, the same in every run.
    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 42
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    @Test(arguments: [0, 1, 131_071, 131_072, 131_073, 1_000_000])
    func roundTrip(count: Int) throws {
        for content in [Self.noise(count), [UInt8](repeating: 7, count: count)] {
            let compressed = try Zstandard.compress(content)
            #expect(compressed.starts(with: Zstandard.magic))
            #expect(try Zstandard.decompress(compressed, limit: count) == content)
        }
    }

    /// What `printf 'colonnade' | zstd` writes.
    @Test func readsWhatTheToolWrote() throws {
        let frame: [UInt8] = [
            0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x49, 0x00, 0x00, 0x63, 0x6F, 0x6C, 0x6F, 0x6E, 0x6E, 0x61, 0x64, 0x65,
            0x38, 0x63, 0x2A, 0x5E,
        ]
        #expect(try Zstandard.decompress(frame, limit: 9) == Array("colonnade".utf8))
        #expect(try Zstandard.decompress(frame + frame, limit: 18) == Array("colonnadecolonnade".utf8))
    }

    @Test func aBombStopsAtTheLimit() throws {
        let bomb = try Zstandard.compress([UInt8](repeating: 0, count: 50_000_000), level: 19)
        #expect(bomb.count < 10_000)
        #expect(throws: CompressionError.tooLarge(limit: 1_000_000)) {
            try Zstandard.decompress(bomb, limit: 1_000_000)
        }
        let once = try Zstandard.compress([1, 2, 3])
        #expect(throws: CompressionError.tooLarge(limit: 5)) { try Zstandard.decompress(once + once, limit: 5) }
        #expect(throws: CompressionError.tooLarge(limit: 0)) { try Zstandard.decompress(once, limit: 0) }
    }

    @Test func everyPrefixIsTruncatedAndNoChangedByteChangesTheContent() throws {
        let content = Self.noise(300) + [UInt8](repeating: 0, count: 300)
        let compressed = try Zstandard.compress(content)
        for end in 1..<compressed.count {
            #expect(throws: CompressionError.truncated) {
                try Zstandard.decompress(Array(compressed[..<end]), limit: 600)
            }
        }
        for position in compressed.indices {
            var changed = compressed
            changed[position] ^= 0x10
            // One bit of the header means nothing; every other change is refused.
            if let other = try? Zstandard.decompress(changed, limit: 600) { #expect(other == content) }
        }
        #expect(throws: CompressionError.corrupt) { try Zstandard.decompress(Array("flight_id,late".utf8), limit: 99) }
    }

    @Test func windowsAboveTheLimitAreRefused() {
        // A frame header that asks for a window of 2^31 bytes.
        #expect(throws: CompressionError.windowTooLarge) {
            try Zstandard.decompress(Zstandard.magic + [0x00, 0xA8, 0x01, 0x00, 0x00], limit: 10)
        }
    }
}

@Suite struct DecompressionReaderTests {
    private struct SourceFailed: Error {}

    @Test(arguments: [1, 1000, 1 << 20])
    func readsPieceByPiece(piece: Int) throws {
        let content = ZstandardTests.noise(10_000) + [UInt8](repeating: 1, count: 400_000)
        let compressed = try Zstandard.compress(content)
        var position = 0
        let reader = try DecompressionReader(limit: content.count) {
            defer { position = min(position + piece, compressed.count) }
            return Array(compressed[position..<min(position + piece, compressed.count)])
        }
        var read: [UInt8] = []
        while true {
            let block = try reader.read()
            if block.isEmpty { break }
            #expect(block.count <= 1 << 17)
            read += block
        }
        #expect(read == content)
        #expect(try reader.read().isEmpty)
    }

    @Test func passesOnTheErrorsOfItsSource() throws {
        let reader = try DecompressionReader(limit: 10) { throw SourceFailed() }
        #expect(throws: SourceFailed.self) { try reader.read() }
        let nothing = try DecompressionReader(limit: 10) { [] }
        #expect(try nothing.read().isEmpty)
    }
}
