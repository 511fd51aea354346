internal import Cryptography
internal import Link
internal import Specification

/// What one attempt has for itself alone.
extension PartyRun {
    /// Where all of this party's randomness comes from: the system's entropy, and what only this attempt's connections have, so that
    /// masks do not repeat after a restored snapshot. Or a seed of the system's that its private view records, on test data.
    func ownRandomness() throws -> any RandomSource {
        if let recorded { return recorded }
        if let seed {
            try useOnce(["source of masks": SHA256.hash(Array("colonnade/seed-fingerprint/v1".utf8) + seed)])
            return RecordedRandomSource(seed: seed)
        }
        var binding = CanonicalWriter()
        for peer in links.peers {
            binding.party(peer)
            binding.raw(try exported(by: peer, "EXPORTER-colonnade-randomness", count: 32))
        }
        let source = SystemRandomSource(binding: binding.bytes)
        try useOnce(["source of masks": source.fingerprint])
        return source
    }

    /// Books sources or keys for this attempt, before anything is drawn or encrypted. Recorded runs repeat themselves on purpose.
    ///
    /// - Parameters:
    ///   - fingerprints: by what they are of, as a sentence would name it.
    ///   - owner: whose program is at fault where they were used before; `nil` for this party's.
    /// - Throws: ``RunError`` where an earlier attempt used them, or this one has begun before; `StateError`.
    func useOnce(_ fingerprints: [String: [UInt8]], of owner: Party? = nil) throws {
        guard recorded == nil else { return }
        var ledger = try SingleUseLedger(path: file.state + "/single-use.ledger")
        do {
            try ledger.use(fingerprints, in: .init(jobHash: assignment.hash, number: assignment.attempt))
        } catch let conflict as SingleUseLedger.Conflict {
            throw RunError(.repeatedRandomness, blaming: owner, conflict.description)
        }
    }
}
