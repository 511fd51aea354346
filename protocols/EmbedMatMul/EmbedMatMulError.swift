public import Link
public import Paillier
public import Specification

// `PaillierError` and `SharesError` say in MatMul's target why they end a job.

/// An Embed-MatMul role was made or used wrongly by its own party, or a partner sent what is no ciphertext. Other faults of
/// partners are `ProtocolViolation`s.
public enum EmbedMatMulError: Error, Equatable {
    /// Parties or sizes that make no layer.
    case invalidParameters(String)
    /// No key, source of pair masks or share for this party.
    case missing(String, Party)
    /// A key of another size than the parameters say.
    case keySize(expected: Int, found: Int)
    /// The party's own rows have a category in this field that its table has not.
    case unknownCategory(field: Int)
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
    /// A partner's ciphertext is none under the key in question.
    case invalidCiphertext(of: Party, step: String, PaillierError)
}

extension EmbedMatMulError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .invalidParameters, .missing, .keySize, .outOfTurn: .internalError
        case .unknownCategory: .boundExceeded
        case .invalidCiphertext: .ciphertextInvalid
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .invalidParameters, .missing, .keySize, .unknownCategory, .outOfTurn: nil
        case .invalidCiphertext(let party, _, _): party
        }
    }
}

extension EmbedMatMulError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidParameters(let problem): "Embed-MatMul: \(problem)"
        case .missing(let what, let party): "Embed-MatMul: no \(what) for \(party)"
        case .keySize(let expected, let found): "Embed-MatMul: a key of \(found) bits, the job says \(expected)"
        case .unknownCategory(let field): "Embed-MatMul: a category of field \(field) is not in its table"
        case .outOfTurn(let event): "Embed-MatMul: \(event) is not the next event"
        case .invalidCiphertext(let party, let step, let reason): "Embed-MatMul, \(step) of \(party): \(reason)"
        }
    }
}
