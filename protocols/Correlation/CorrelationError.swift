public import Link
public import Paillier
public import Specification

/// A role was used wrongly by its own party, or a partner sent what is no ciphertext. Cases hold names and sizes, never data.
public enum CorrelationError: Error, Equatable {
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
    /// Columns or answers of other sizes than the parameters say, or columns of another length than 1.
    case sizes(String)
    /// A key of another size than the parameters say, or none where they say one.
    case keySize(expected: Int?, found: Int?)
    /// A partner's ciphertext is none under the key in question.
    case invalidCiphertext(of: Party, step: String, PaillierError)
}

extension CorrelationError: AbortReasonProviding, CustomStringConvertible {
    public var abortReason: AbortReason {
        switch self {
        case .outOfTurn, .sizes, .keySize: .internalError
        case .invalidCiphertext: .ciphertextInvalid
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .outOfTurn, .sizes, .keySize: nil
        case .invalidCiphertext(let party, _, _): party
        }
    }

    public var description: String {
        switch self {
        case .outOfTurn(let event): "correlation: \(event) is not the next event"
        case .sizes(let problem): "correlation: \(problem)"
        case .keySize(let expected, let found):
            "correlation: a key of \(found ?? 0) bits, the job says \(expected ?? 0)"
        case .invalidCiphertext(let party, let step, let reason): "correlation, \(step) of \(party): \(reason)"
        }
    }
}
