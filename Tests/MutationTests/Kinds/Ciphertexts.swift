import Arithmetic
import AuditedFederation
import Auditing
import Paillier
import Specification
import Transcript

/// Ciphertexts that no encryption gives, or that came before, in both parties' transcripts.
extension Mutation {
    static let ciphertexts = [
        ciphertext("a ciphertext 0") { _, _, _ in 0 },
        ciphertext("a ciphertext 1") { _, _, _ in 1 },
        ciphertext("a ciphertext not below the square of the modulus") { _, key, _ in
            key.cipher.modulus * key.cipher.modulus
        },
        ciphertext("a ciphertext not below the square of the modulus that opens as before") { sent, key, _ in
            sent + key.cipher.modulus * key.cipher.modulus
        },
        ciphertext("a multiple of the modulus") { sent, key, _ in (sent * key.cipher.modulus).modulo(key.square) },
        ciphertext("a multiple of a prime factor") { sent, key, _ in (sent * key.primes[0]).modulo(key.square) },
        ciphertext("a plaintext without randomness") { _, key, noise in trivial(key, &noise) },
        repetition("a ciphertext twice on a link") { earlier, _, _ in earlier },
        repetition("another plaintext with the same randomness") { earlier, key, noise in
            (earlier * trivial(key, &noise)).modulo(key.square)
        },
    ]

    /// 1 + m n, of a plaintext that is not 0.
    private static func trivial(_ key: PrivateKey, _ noise: inout Noise) -> Integer {
        let plaintext = Integer(Int64.random(in: 1..<Int64.max, using: &noise))
        return Integer(1) + plaintext * key.cipher.modulus
    }

    /// Another number in place of one ciphertext.
    private static func ciphertext(
        _ name: String, _ change: @escaping @Sendable (_ sent: Integer, PrivateKey, inout Noise) -> Integer
    ) -> Mutation {
        Mutation(name, .ciphertext, of: .contents) { mutant in
            let index = try mutant.pickFrame { $0.header.kind == .ciphertext }
            let key = try mutant.owner(of: index)
            let place = try mutant.pickCiphertext(in: index, key)
            let number = change(try mutant.ciphertext(place, of: index, key), key, &mutant.noise)
            try mutant.replace(place, of: index, with: number, key)
            mutant.expect(index)
        }
    }

    /// A number that follows from an earlier ciphertext on the link, under the same key.
    private static func repetition(
        _ name: String, _ change: @escaping @Sendable (_ earlier: Integer, PrivateKey, inout Noise) -> Integer
    ) -> Mutation {
        Mutation(name, .repetition, of: .contents) { mutant in
            let frames = mutant.records.indices { $0.header.kind == .ciphertext }
            let pairs = frames.flatMap { earlier in
                frames.filter { later in
                    guard later > earlier, let first = mutant.records[earlier].frame,
                        let second = mutant.records[later].frame
                    else { return false }
                    return first.peer == second.peer && first.header.keyOwner == second.header.keyOwner
                }.map { (earlier, $0) }
            }
            let (earlier, later) = try mutant.pick(pairs, of: "two frames of ciphertexts")
            let key = try mutant.owner(of: later)
            let (from, to) = (try mutant.pickCiphertext(in: earlier, key), try mutant.pickCiphertext(in: later, key))
            let number = change(try mutant.ciphertext(from, of: earlier, key), key, &mutant.noise)
            try mutant.replace(to, of: later, with: number, key)
            mutant.expect(later)
        }
    }
}

extension Mutant {
    /// The key of whom a frame's ciphertexts are for.
    fileprivate func owner(of index: Int) throws -> PrivateKey {
        try key(of: try (records[index].frame?.header.keyOwner).orThrow("key owner"))
    }

    fileprivate mutating func pickCiphertext(in index: Int, _ key: PrivateKey) throws -> Int {
        let count = (records[index].frame?.length ?? 0) / key.cipher.ciphertextBytes
        return Int.random(in: 0..<count, using: &noise)
    }

    fileprivate func ciphertext(_ place: Int, of index: Int, _ key: PrivateKey) throws -> Integer {
        let payload = try (records[index].frame?.payload).orThrow("payload")
        let size = key.cipher.ciphertextBytes
        return Integer(bigEndian: payload[place * size..<(place + 1) * size])
    }

    fileprivate mutating func replace(_ place: Int, of index: Int, with number: Integer, _ key: PrivateKey) throws {
        let size = key.cipher.ciphertextBytes
        // What is too large for its place is as large as fits there.
        let bytes =
            number.bitLength <= 8 * size
            ? try number.bigEndianBytes(count: size) : [UInt8](repeating: 255, count: size)
        try changeBoth(index) { frame in
            var payload = try frame.payload.orThrow("payload")
            payload.replaceSubrange(place * size..<(place + 1) * size, with: bytes)
            frame.keep(payload)
        }
    }
}

extension PrivateKey {
    /// n^2.
    fileprivate var square: Integer { cipher.modulus * cipher.modulus }
}
