internal import Arithmetic
internal import Paillier
internal import Specification

/// Follows the parties' public keys in one transcript, and what of their soundness shows without their secrets.
struct KeyVerifier {
    /// A key that was announced.
    private struct Entry {
        let modulus: Integer
        let reader: CiphertextReader
        /// Until its proof came: with its tables it takes more memory than the rest of the audit.
        var unproved: PublicKey?
        /// The proof that verified.
        var proof: [UInt8]?
    }

    private var entries: [Party: Entry] = [:]
    /// Owners of keys that were refused: nothing more is said about these.
    private var refused: Set<Party> = []

    /// The keys that were accepted.
    var moduli: [Party: Integer] { entries.mapValues(\.modulus) }

    /// What holds for the job's keys.
    struct Terms {
        let bits: Int
        /// What the owner's proof must count for.
        let proofContext: (Party) -> [UInt8]
    }

    /// Reads ciphertexts under a party's key; `nil` where that was not announced and proved, which is reported once.
    mutating func reader(for owner: Party, peer: Party, _ findings: inout Findings) -> CiphertextReader? {
        if let entry = entries[owner], entry.proof != nil { return entry.reader }
        if refused.insert(owner).inserted {
            findings.add(
                .key, peer: peer, expected: "\(owner)'s public key and its proof before ciphertexts under it",
                found: entries[owner] == nil ? "no key" : "no proof")
        }
        return nil
    }

    /// Takes what `owner` sent of its key on the link with `peer`.
    mutating func take(
        _ message: KeyMessage, of owner: Party, peer: Party, _ terms: Terms, _ findings: inout Findings
    ) {
        guard !refused.contains(owner) else { return }
        switch message {
        case .modulus(let encoded): announce(encoded, of: owner, peer: peer, terms, &findings)
        case .proof(let encoded): prove(encoded, of: owner, peer: peer, terms, &findings)
        }
    }

    private mutating func announce(
        _ encoded: [UInt8], of owner: Party, peer: Party, _ terms: Terms, _ findings: inout Findings
    ) {
        if let known = entries[owner] {
            if known.modulus != Integer(bigEndian: encoded) {
                refuse(owner, peer, "the key that \(owner) sent before", "another one", &findings)
            }
            return
        }
        let key: PublicKey
        do { key = try PublicKey(encoded: encoded, bits: terms.bits) } catch {
            return refuse(
                owner, peer,
                "\(owner)'s modulus of \(terms.bits) bits, composite, no perfect power, without small factors",
                error.description, &findings)
        }
        if let shared = sharedFactor(of: key.modulus, of: owner, with: moduli) {
            findings.add(.key, peer: peer, expected: shared.expected, found: shared.found)
        }
        entries[owner] = Entry(modulus: key.modulus, reader: CiphertextReader(key), unproved: key)
    }

    private mutating func prove(
        _ encoded: [UInt8], of owner: Party, peer: Party, _ terms: Terms, _ findings: inout Findings
    ) {
        guard var entry = entries[owner] else {
            return refuse(owner, peer, "\(owner)'s key before its proof", "none", &findings)
        }
        if entry.proof == encoded { return }
        let expected = "a proof that \(owner)'s modulus has no factor in common with its totient, for this job"
        // Roots are unique: what differs from a proof that verified is none.
        guard let key = entry.unproved else { return refuse(owner, peer, expected, "another proof", &findings) }
        do {
            try ModulusProof(encoded: encoded, keyBits: terms.bits).verify(for: key, context: terms.proofContext(owner))
        } catch { return refuse(owner, peer, expected, error.description, &findings) }
        (entry.proof, entry.unproved) = (encoded, nil)
        entries[owner] = entry
    }

    private mutating func refuse(
        _ owner: Party, _ peer: Party, _ expected: String, _ found: String, _ findings: inout Findings
    ) {
        refused.insert(owner)
        findings.add(.key, peer: peer, expected: expected, found: found)
    }
}

/// What is wrong where two parties' moduli have a factor in common: one of them can open what is under the other's key.
func sharedFactor(
    of modulus: Integer, of owner: Party, with others: [Party: Integer]
) -> (expected: String, found: String)? {
    for (other, theirs) in others.sorted(by: { $0.key < $1.key }) where other != owner {
        guard modulus.gcd(theirs) != 1 else { continue }
        return (
            "a modulus of \(owner) that shares no factor with that of \(other)",
            modulus == theirs ? "the same modulus" : "a common factor"
        )
    }
    return nil
}
