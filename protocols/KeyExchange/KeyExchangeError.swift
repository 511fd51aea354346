public import Link
public import Paillier
public import Specification

/// Why a partner's key is not accepted. Holds names and sizes; everything here is public.
public enum KeyExchangeError: Error, Equatable {
    /// Not a modulus that key generation would make, of the size that was agreed.
    case key(of: Party, PaillierError)
    /// The proof does not hold for this key, this party and this job.
    case proof(of: Party, PaillierError)
    /// A partner shows a key that this party or another partner has.
    case sharedKey(Party, Party)
}

extension KeyExchangeError: AbortReasonProviding {
    public var abortReason: AbortReason { .keyCheckFailed }

    public var blamedParty: Party? {
        switch self {
        case .key(let party, _), .proof(let party, _), .sharedKey(let party, _): party
        }
    }
}

extension KeyExchangeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .key(let party, let reason): "\(party): \(reason)"
        case .proof(let party, let reason): "\(party): \(reason)"
        case .sharedKey(let party, let other): "\(party) shows the public key of \(other) as its own"
        }
    }
}
