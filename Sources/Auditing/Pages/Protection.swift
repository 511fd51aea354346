internal import Specification

/// How a kind of payload stands to whoever receives it. Not what follows from it together with others: that is in each
/// message's `leaks` and each role's `learns`.
enum Protection: String, CaseIterable {
    /// The receiver can read it only where it owns the key.
    case encrypted
    /// Blurred with another party's secret.
    case masked
    /// The receiver can read it, and is meant to: which ids or rows.
    case result
    /// The receiver can read it; it is about no row.
    case open
    /// The receiver can read it: numbers that a protected job encrypts or masks.
    case plain

    /// In a few words.
    var name: String {
        switch self {
        case .encrypted: "encrypted"
        case .masked: "masked or blinded"
        case .result: "clear: which ids or rows, sums"
        case .open: "clear: keys, sizes, signatures"
        case .plain: "PLAIN NUMBERS"
        }
    }

    /// In a sentence.
    var meaning: String {
        switch self {
        case .encrypted: "Only the owner of the key can read it; others compute with it."
        case .masked: "Blurred with another party's secret: by itself it is noise to whoever receives it."
        case .result:
            "The receiver can read it: which of its ids or rows the job uses, or numbers over many rows that it asks for."
        case .open: "The receiver can read it: sizes, public keys, proofs, hashes and signatures, about no single row."
        case .plain: "The receiver can read it: numbers that a protected job encrypts or masks. UNPROTECTED."
        }
    }
}

extension Kind {
    var protection: Protection {
        switch self {
        case .ciphertext: .encrypted
        case .maskedShare, .blindedPoint, .tag: .masked
        case .membership, .rowList, .statistic: .result
        case .publicKey, .proof, .shape, .control, .signature: .open
        case .plain: .plain
        }
    }

    /// What it is, for people who have read no paper about it.
    var meaning: String {
        switch self {
        case .ciphertext:
            "Numbers encrypted under one party's public key, so that others can add them and multiply them by their own, and only "
                + "the key's owner can read them."
        case .maskedShare:
            "Numbers to which random ones were added, modulo a power of two: nothing without the other shares."
        case .publicKey: "What others need to encrypt for a party, or to agree on a secret with it."
        case .proof: "A zero-knowledge proof that a public key is sound; it shows nothing else."
        case .blindedPoint: "Ids as points of an elliptic curve, multiplied by a secret number."
        case .tag: "Short hashes of doubly blinded ids: equal where ids are equal, and otherwise noise."
        case .shape: "Sizes that every party may know: of rows, columns, ids."
        case .control: "Versions, hashes and numbers used once: what both ends must agree on. No data."
        case .signature: "A party's signature of its transcript so far, or of its partner's."
        case .plain: "Numbers without any protection, for comparison only."
        case .membership: "For entries of the receiver's own list, whether all parties have them."
        case .statistic: "Numbers over many rows at once that the job asks for, for the receiver to know."
        case .rowList: "Which rows of tables or weights a round computes with: all that its data touches, and decoys."
        }
    }
}

extension TranscriptSummary {
    /// Bytes of a protection, over all links.
    func bytes(by protection: Protection) -> Int {
        flows.filter { $0.protection == protection }.map(\.bytes).reduce(0) { $0.saturatingSum($1) }
    }

    /// Everybody whom the writer spoke to, or has a certificate of.
    var partners: [Party] {
        Set(certificates.keys).union(links.flatMap { [$0.from, $0.to] }).subtracting([party]).sorted()
    }
}

extension TranscriptSummary.FlowTotal {
    var protection: Protection? { Kind(name: kind)?.protection }
}

extension TranscriptSummary.MessageTotal {
    var protection: Protection? { Kind(name: kind)?.protection }
}
