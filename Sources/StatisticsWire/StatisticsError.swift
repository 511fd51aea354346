public import Link
public import Paillier
public import Specification

/// A role of a protocol of statistics was used wrongly by its own party, or a partner sent what is no ciphertext. Other faults of partners
/// are `ProtocolViolation`s. Cases hold names and sizes, never data.
public enum StatisticsError: Error, Equatable {
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
    /// Labels, bins, columns or answers of other sizes than the parameters say.
    case sizes(String)
    /// A key of another size than the parameters say, or none where they say one.
    case keySize(expected: Int?, found: Int?)
    /// A partner's ciphertext is none under the key in question.
    case invalidCiphertext(of: Party, step: String, PaillierError)
}

extension StatisticsError: AbortReasonProviding, CustomStringConvertible {
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
        case .outOfTurn(let event): "statistics: \(event) is not the next event"
        case .sizes(let problem): "statistics: \(problem)"
        case .keySize(let expected, let found):
            "statistics: a key of \(found ?? 0) bits, the job says \(expected ?? 0)"
        case .invalidCiphertext(let party, let step, let reason): "statistics, \(step) of \(party): \(reason)"
        }
    }
}
