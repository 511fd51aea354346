public import Link
public import Paillier
public import Shares
public import Specification

/// A MatMul role was made or used wrongly by its own party, or a partner sent what is no ciphertext. Other faults of partners are
/// `ProtocolViolation`s.
public enum MatMulError: Error, Equatable {
    /// Parties or sizes that make no layer.
    case invalidParameters(String)
    /// No key, source of pair masks or share for this party.
    case missing(String, Party)
    /// A key of another size than the parameters say.
    case keySize(expected: Int, found: Int)
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
    /// A partner's ciphertext is none under the key in question.
    case invalidCiphertext(of: Party, step: String, PaillierError)
}

extension MatMulError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .invalidParameters, .missing, .keySize, .outOfTurn: .internalError
        case .invalidCiphertext: .ciphertextInvalid
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .invalidParameters, .missing, .keySize, .outOfTurn: nil
        case .invalidCiphertext(let party, _, _): party
        }
    }
}

extension MatMulError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidParameters(let problem): "MatMul: \(problem)"
        case .missing(let what, let party): "MatMul: no \(what) for \(party)"
        case .keySize(let expected, let found): "MatMul: a key of \(found) bits, the job says \(expected)"
        case .outOfTurn(let event): "MatMul: \(event) is not the next event"
        case .invalidCiphertext(let party, let step, let reason): "MatMul, \(step) of \(party): \(reason)"
        }
    }
}

extension PaillierError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .plaintext, .multiplier: .boundExceeded
        case .keySize, .modulus, .proof, .length, .ciphertext, .cancelled: .internalError
        }
    }

    public var followsGivingUp: Bool { self == .cancelled }
}

extension SharesError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .outOfRange, .plaintextOutsideSlots, .maskBudgetSpent, .decayFactorTooSmall, .rateTooSmall: .boundExceeded
        case .unboundedSize, .slotTooWide, .count, .shape, .notDecimal, .invalidOptimiser: .internalError
        }
    }
}
