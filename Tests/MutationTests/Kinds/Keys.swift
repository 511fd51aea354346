import Arithmetic
import AuditedFederation
import Auditing
import Jobs
import Paillier
import Specification
import Transcript

/// Public keys that are not sound, or not proved, in both parties' transcripts.
extension Mutation {
    static let keys = [
        modulus("an even modulus") { modulus, _, _ in modulus - 1 },
        modulus("a prime modulus") { _, key, _ in Integer(powerOfTwo: key.cipher.keyBits) - 1_942_289 },
        modulus("a modulus with a small factor") { modulus, _, _ in modulus - modulus.modulo(6) + 3 },
        modulus("a modulus of another size") { modulus, _, _ in (modulus >> 8) - (modulus >> 8).modulo(2) + 1 },
        modulus("the square of a prime") { _, key, _ in key.primes[0] * key.primes[0] },
        modulus("a partner's modulus") { _, _, partner in partner.cipher.modulus },
        modulus("a modulus with a partner's factor") { _, key, partner in key.primes[0] * partner.primes[0] },
        proof("a proof with another bit") { frame, _, noise in
            var payload = try frame.payload.orThrow("payload")
            payload[Int.random(in: payload.indices, using: &noise)] ^= 1
            frame.keep(payload)
        },
        proof("a proof for another job") { frame, key, _ in
            frame.keep(ModulusProof(of: key, context: Array("another job".utf8)).encoded)
        },
    ]

    /// Another modulus in place of what a party sends of its own.
    private static func modulus(
        _ name: String, _ change: @escaping @Sendable (Integer, _ key: PrivateKey, _ partner: PrivateKey) -> Integer
    ) -> Mutation {
        Mutation(name, .key, of: .contents) { mutant in
            // Of two keys with something in common, the second is found; what was shown before must be shown again.
            let frames = mutant.records.indices { $0.header.kind == .publicKey }
            let link = try mutant.pick(frames, of: "public key")
            let peer = mutant.records[link].frame?.peer
            let index = try frames.last { mutant.records[$0].frame?.peer == peer }.orThrow("public key")
            let frame = try mutant.records[index].frame.orThrow("frame")
            let (key, partner) = (
                try mutant.key(of: frame.isOutgoing ? mutant.party : frame.peer),
                try mutant.key(of: frame.isOutgoing ? frame.peer : mutant.party)
            )
            let number = change(key.cipher.modulus, key, partner)
            let bytes = try number.bigEndianBytes(count: frame.length)
            try mutant.changeBoth(index) { $0.keep(bytes) }
            mutant.expect(index)
        }
    }

    /// Another proof.
    private static func proof(
        _ name: String,
        _ change: @escaping @Sendable (inout TranscriptRecord.FrameRecord, PrivateKey, inout Noise) throws -> Void
    ) -> Mutation {
        Mutation(name, .key, of: .contents) { mutant in
            let index = try mutant.pickFrame { $0.header.kind == .proof }
            let frame = try mutant.records[index].frame.orThrow("frame")
            let key = try mutant.key(of: frame.isOutgoing ? mutant.party : frame.peer)
            var noise = mutant.noise
            try mutant.changeBoth(index) { try change(&$0, key, &noise) }
            mutant.expect(index)
        }
    }
}
