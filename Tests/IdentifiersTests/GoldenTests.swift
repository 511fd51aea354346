import Cryptography
import Identifiers
import Testing

/// Hashes that `make_vectors.py` computed.
@Suite struct GoldenTests {
    @Test func hashes() throws {
        func hexadecimal(_ declaration: KeyDeclaration, _ cells: String...) throws -> String? {
            try IDHasher(declaration, seed: seed).hash(cells.map(cell))?.bytes.hexadecimal
        }
        #expect(
            try hexadecimal(declaration(.text), "C0000042")
                == "e00fe921beca7104bdb0f5f22d07ee7f3f89585d6c7898cb448e8fffb55455b7")
        #expect(
            try hexadecimal(declaration(.text), " Mu\u{308}ller ")
                == "0f36de87733eddc1d393ae77a2cecc3ab569bd68e86d2cb35fb586c746e67675")
        #expect(
            try hexadecimal(declaration(.integer), "-007")
                == "57405b259e48d3a9a54d3663394abbc505f930bf2b53b9283b49b37f3dd03f0c")
        #expect(
            try hexadecimal(declaration(.date), "2000-02-29")
                == "aa763258827faa55a9e771e674bf34b00b7121c9c9875e96106cc817a9a1c998")
        #expect(
            try hexadecimal(declaration(.text, .integer, .date), "a", "9223372036854775807", "0000-01-01")
                == "dd3e25a62f24db3fb8068d811fd1f6d261abafadff01f5d3eba37523c84e4746")
    }

    @Test func theOrderIsThatOfTheHashes() throws {
        #expect(
            try SHA256.hash(collect(count: 1000).all.hashes).hexadecimal
                == "19afb2aa194925e4e93db0b6013d17b91b8c3b05c9ffb7303394a329c9e2bab7")
    }

    @Test func theSampleIsThatOfTheSecondWords() throws {
        #expect(
            try SHA256.hash(collect(count: 1000).sample(100).all.hashes).hexadecimal
                == "b6ea16bc7ca174935c852ba052f827b920b087c5f912806b985cbbf83a5d3773")
    }

    /// Every character of Unicode 14 but white space, folded.
    @Test func allCharacters() throws {
        var hashes = SHA256()
        let hasher = IDHasher(declaration(.text, foldsCase: true), seed: seed)
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.isInUnicode14, !scalar.properties.isWhitespace else {
                continue
            }
            hashes.update(try #require(try hasher.hash([cell(String(scalar))])).bytes)
        }
        #expect(
            hashes.digest().hexadecimal == "086f82b2ccdf362be16838e22607d678386c94df0506a981f69c7fe5510f797e")
    }

    /// Letters and marks in random sequence, composed and folded.
    @Test func sequences() throws {
        let pools: [(UInt32, UInt32)] = [
            (0x41, 0x5B), (0x61, 0x7B), (0xC0, 0x250), (0x300, 0x370), (0x388, 0x3D0), (0x1100, 0x1113),
            (0x1161, 0x1176), (0x11A8, 0x11C3), (0x915, 0x93D), (0x1E00, 0x2000), (0x300, 0x370), (0x300, 0x370),
        ]
        var numbers = Numbers()
        var hashes = SHA256()
        let hasher = IDHasher(declaration(.text, foldsCase: true), seed: seed)
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<1 + numbers.below(6) {
                let (low, high) = pools[Int(numbers.below(UInt32(pools.count)))]
                let scalar = try #require(Unicode.Scalar(low + numbers.below(high - low)))
                if scalar.isInUnicode14 { text.append(scalar) }
            }
            guard !text.isEmpty else { continue }
            hashes.update(try #require(try hasher.hash([cell(String(text))])).bytes)
        }
        #expect(
            hashes.digest().hexadecimal == "d27397a4a999641e564169cff351d16584eecc699da725125b6e91bba9899647")
    }
}

extension Unicode.Scalar {
    fileprivate var isInUnicode14: Bool {
        guard properties.generalCategory != .unassigned, let age = properties.age else { return false }
        return age < (15, 0)
    }
}
