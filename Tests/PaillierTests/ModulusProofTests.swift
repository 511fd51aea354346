import Arithmetic
import Paillier
import Testing

@Suite struct ModulusProofTests {
    private let context = Array("session 1, party weather".utf8)

    /// The roots that somebody can find who knows `phi(n)`: exact where they exist, if `strength` is the part of phi(n)
    /// without common factors with n.
    private func bestEffort(_ key: PublicKey, strength: Integer) throws -> ModulusProof {
        let exponent = try #require(key.modulus.inverse(modulo: strength))
        let roots = try (0..<8).flatMap {
            try ModulusProof.challenge($0, to: key, context)
                .power(exponent, modulo: key.modulus).bigEndianBytes(count: key.keyBits / 8)
        }
        return try ModulusProof(encoded: roots, keyBits: key.keyBits)
    }

    private func received(_ modulus: Integer) throws -> PublicKey {
        try PublicKey(encoded: modulus.bigEndianBytes(count: 256), bits: 2048)
    }

    @Test func soundKeysAreAccepted() throws {
        for key in [Keys.small, Keys.real] {
            let proof = ModulusProof(of: key, context: context)
            try proof.verify(for: key.cipher, context: context)
            let received = try ModulusProof(encoded: proof.encoded, keyBits: key.cipher.keyBits)
            #expect(received == proof)
            #expect(proof.encoded.count == key.cipher.keyBits)
        }
    }

    @Test func proofsCountForOneKeyAndContextOnly() throws {
        let proof = ModulusProof(of: Keys.small, context: context)
        let other = PrivateKey.insecureGenerate(bits: 512, from: stream("other key"))
        #expect(throws: PaillierError.proof(round: 0)) { try proof.verify(for: other.cipher, context: context) }
        #expect(throws: PaillierError.proof(round: 0)) { try proof.verify(for: Keys.small.cipher, context: []) }
        #expect(throws: PaillierError.proof(round: 0)) {
            try proof.verify(for: Keys.small.cipher, context: context + [0])
        }
    }

    @Test func tamperedProofsAreRejected() throws {
        let width = 64
        let proof = ModulusProof(of: Keys.small, context: context).encoded
        for round in 0..<8 {
            var bytes = proof
            bytes[width * round + 40] ^= 1
            let tampered = try ModulusProof(encoded: bytes, keyBits: 512)
            #expect(throws: PaillierError.proof(round: round)) {
                try tampered.verify(for: Keys.small.cipher, context: context)
            }
        }
        var exchanged = proof
        exchanged.replaceSubrange(..<(2 * width), with: proof[width..<2 * width] + proof[..<width])
        let swapped = try ModulusProof(encoded: exchanged, keyBits: 512)
        #expect(throws: PaillierError.proof(round: 0)) { try swapped.verify(for: Keys.small.cipher, context: context) }
        for bytes in [[], Array(proof.dropLast()), proof + [0]] {
            #expect(throws: PaillierError.length(expected: 512, actual: bytes.count)) {
                try ModulusProof(encoded: bytes, keyBits: 512)
            }
        }
    }

    /// A root plus n is a root too, but would be a second encoding of the same proof.
    @Test func rootsHaveOneEncoding() throws {
        let key = Keys.small
        let modulus = key.cipher.modulus
        for attempt in UInt8(0)..<100 {
            var bytes = ModulusProof(of: key, context: [attempt]).encoded
            let larger = Integer(bigEndian: bytes[..<64]) + modulus
            guard larger.bitLength <= 512 else { continue }
            bytes.replaceSubrange(..<64, with: try larger.bigEndianBytes(count: 64))
            let proof = try ModulusProof(encoded: bytes, keyBits: 512)
            #expect(throws: PaillierError.proof(round: 0)) { try proof.verify(for: key.cipher, context: [attempt]) }
            return
        }
        Issue.record("no root is small enough for the modulus to be added")
    }

    @Test func bestEffortIsAProofForASoundModulus() throws {
        let (p, q) = (randomPrime(bits: 1024), randomPrime(bits: 1024, step: 6))
        let key = try received(p * q)
        try bestEffort(key, strength: (p - 1) * (q - 1)).verify(for: key, context: context)
    }

    @Test func aSquareFactorIsCaught() throws {
        let (p, q) = (randomPrime(bits: 683), randomPrime(bits: 682))
        let key = try received(p * p * q)
        let proof = try bestEffort(key, strength: (p - 1) * (q - 1))
        #expect(throws: PaillierError.proof(round: 0)) { try proof.verify(for: key, context: context) }
    }

    @Test func aPrimeThatDividesTheOrderIsCaught() throws {
        let p = randomPrime(bits: 500)
        let q = randomPrime(bits: 1548, step: 2 * p)
        let key = try received(p * q)
        let proof = try bestEffort(key, strength: (p - 1) * (q - 1).floorQuotient(p))
        #expect(throws: PaillierError.proof(round: 0)) { try proof.verify(for: key, context: context) }
    }
}
