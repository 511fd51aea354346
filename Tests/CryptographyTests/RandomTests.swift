import Arithmetic
import Cryptography
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite struct RandomTests {
    private func keyed(_ byte: UInt8 = 1) throws -> KeyedRandomSource {
        try KeyedRandomSource(key: SecretBytes(copying: [UInt8](repeating: byte, count: 32)))
    }

    @Test func recordedStreamIsTheReferences() throws {
        struct Vectors: Decodable {
            struct Stream: Decodable {
                let seed, name: String
                let bits: [String: [String]]
            }
            let stream: Stream
        }
        let reference = try JSONDecoder().decode(Vectors.self, from: Data(PackageResources.numbers_json)).stream
        let seed = try #require([UInt8](hexadecimal: reference.seed))
        #expect(reference.bits.keys.sorted() == ["1", "174", "217", "64"])
        for (bits, values) in reference.bits {
            let bits = try #require(Int(bits))
            let stream = try RecordedRandomSource(seed: seed).stream(reference.name)
            let drawn = values.map { _ in Integer(littleEndian: stream.bytes((bits + 7) / 8)).lowBits(bits).decimal }
            #expect(drawn == values)
        }
    }

    /// RFC 8439, appendix A.1, test vector 1.
    @Test func chaCha20StreamIsTheStandards() {
        let generator = ChaCha20Generator(key: SecretBytes(copying: [UInt8](repeating: 0, count: 32)))
        #expect(
            generator.next(64).hexadecimal == "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
                + "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586")
    }

    /// Computed with another implementation of HMAC and the `openssl` program's ChaCha20.
    @Test func keyedStreamIsAsDocumented() throws {
        let entropy = SecretBytes(copying: Array(0..<32))
        let key = HKDF.extract(from: entropy, salt: SHA256.hash(Array("exporter".utf8)))
        let bytes = try KeyedRandomSource(key: key).stream("matmul/0/1/F1/A>B").bytes(48)
        #expect(
            bytes.hexadecimal == "4f422a2b8a61c47897fdb9e4aacd77eb25e067da01a77f6897d4e9127453cd67"
                + "b7ffc1527873b571e847cc39e9da681b")
    }

    /// Computed with another implementation of HMAC.
    @Test func fingerprintIsAsDocumented() throws {
        let key = HKDF.extract(from: SecretBytes(copying: Array(0..<32)), salt: SHA256.hash(Array("exporter".utf8)))
        let source = try KeyedRandomSource(key: key)
        #expect(
            source.fingerprint.hexadecimal == "bcf5a938245314468d3f9aadc3ae8faca028e0818b20a4f249c0ea1ed5f7e077")
        // It is no draw, and draws do not change it.
        #expect(try source.stream("colonnade/random-fingerprint/v1").bytes(32) != source.fingerprint)
        #expect(try source.fingerprint == KeyedRandomSource(key: key).fingerprint)
    }

    @Test func fingerprintsTellSourcesApart() throws {
        let sources = (0..<4).map { SystemRandomSource(binding: [UInt8($0 / 2)]).fingerprint }
        let all = try sources + [keyed(1).fingerprint, keyed(2).fingerprint]
        #expect(Set(all).count == 6)
    }

    @Test func aStreamGoesOnWhereItStopped() throws {
        for source: (UInt8) throws -> any RandomSource in [
            { RecordedRandomSource(seed: [$0]) },
            { try KeyedRandomSource(key: SecretBytes(copying: .init(repeating: $0, count: 32))) },
        ] {
            let whole = try source(1).stream("a").bytes(1000)
            let parts = try source(1).stream("a")
            #expect([0, 1, 31, 32, 33, 903].flatMap { parts.bytes($0) } == whole)
            #expect(try source(2).stream("a").bytes(1000) != whole)
            #expect(try source(1).stream("b").bytes(1000) != whole)
        }
    }

    @Test func secretsAreTheStreamsNextBytes() throws {
        let (one, two) = (try keyed().stream("key"), try keyed().stream("key"))
        _ = (one.bytes(5), two.bytes(5))
        #expect(one.secret(32) == SecretBytes(copying: two.bytes(32)))
        #expect(one.bytes(8) == two.bytes(8))
    }

    @Test func aNameIsGoodOnce() throws {
        for source: any RandomSource in [
            SystemRandomSource(binding: []), try keyed(), RecordedRandomSource(seed: []),
        ] {
            _ = try source.stream("mask")
            _ = try source.stream("masks")
            #expect(throws: RandomError.nameUsedTwice("mask")) { try source.stream("mask") }
        }
    }

    @Test func oneOfManyThreadsGetsAName() throws {
        let source = try keyed()
        let winners = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 1000) { _ in
            if (try? source.stream("contested")) != nil { winners.add(1, ordering: .relaxed) }
        }
        #expect(winners.load(ordering: .relaxed) == 1)
    }

    @Test func threadsNeverDrawTheSameBytes() throws {
        let stream = try keyed().stream("shared")
        let draws = Mutex<Set<[UInt8]>>([])
        DispatchQueue.concurrentPerform(iterations: 1000) { _ in
            let bytes = stream.bytes(16)
            draws.withLock { _ = $0.insert(bytes) }
        }
        #expect(draws.withLock(\.count) == 1000)
    }

    @Test func systemSourcesNeverAgree() throws {
        let draws = try (0..<4).map { try SystemRandomSource(binding: [UInt8($0 / 2)]).stream("mask").bytes(16) }
        #expect(Set(draws).count == 4)
    }

    @Test func systemBytesFillTheirLengthAndVary() {
        for count in [0, 1, 255, 256, 257, 100_000] { #expect(SystemRandom.bytes(count).count == count) }
        #expect(SystemRandom.bytes(16) != SystemRandom.bytes(16))
        #expect(SystemRandom.secret(16) != SystemRandom.secret(16))
        // 100,000 bytes leave a value out with chance 256 (255/256)^100000 < 2^-500, unless a part was left unfilled.
        let tail = SystemRandom.bytes(100_000)
        #expect(Set(tail).count == 256)
        #expect(tail.suffix(160).contains { $0 != 0 })
    }

    @Test func refusesKeysOfAnotherLength() {
        #expect(throws: CryptographyError.wrongLength(of: "random source key", expected: 32, got: 16)) {
            try KeyedRandomSource(key: SecretBytes(copying: [UInt8](repeating: 0, count: 16)))
        }
    }
}
