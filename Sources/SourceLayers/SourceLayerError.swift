public import Link
public import Paillier
public import Specification

/// A role of a source layer was made or used wrongly by its own party, or a partner sent what is no ciphertext. Other faults of
/// partners are `ProtocolViolation`s. Cases hold names and sizes, never data.
public enum SourceLayerError: Error, Equatable {
    /// Parties or sizes that make no layer.
    case invalidParameters(String)
    /// No key, source of pair masks or share for this party.
    case missing(String, Party)
    /// A key of another size than the parameters say.
    case keySize(expected: Int, found: Int)
    /// The party's own rows look up, for this field, what is no row of its table.
    case unknownRow(field: Int)
    /// The party's own rows look up, for this field, a row of its table that another field has looked up.
    case sharedRow(field: Int)
    /// The rows that the party lists for a round are not those that the layer asks for, or that the batch needs.
    case invalidListing(String)
    /// A party's share of the weights, or the encrypted copy of it, has had another number of updates than what it belongs to.
    case weightVersion(of: Party, expected: Int, found: Int)
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
    /// A partner's ciphertext is none under the key in question.
    case invalidCiphertext(of: Party, step: String, PaillierError)
}

extension SourceLayerError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .invalidParameters, .missing, .keySize, .sharedRow, .invalidListing, .weightVersion, .outOfTurn:
            .internalError
        case .unknownRow: .boundExceeded
        case .invalidCiphertext: .ciphertextInvalid
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .invalidParameters, .missing, .keySize, .unknownRow, .sharedRow, .invalidListing, .weightVersion,
            .outOfTurn:
            nil
        case .invalidCiphertext(let party, _, _): party
        }
    }
}

extension SourceLayerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidParameters(let problem): "source layer: \(problem)"
        case .missing(let what, let party): "source layer: no \(what) for \(party)"
        case .keySize(let expected, let found): "source layer: a key of \(found) bits, the job says \(expected)"
        case .unknownRow(let field): "source layer: a lookup of field \(field) is not in its table"
        case .sharedRow(let field): "source layer: field \(field) looks up a table row of another field"
        case .invalidListing(let problem): "source layer: rows listed for a round: \(problem)"
        case .weightVersion(let party, let expected, let found):
            "source layer: \(party)'s share of the weights has had \(found) updates, not \(expected): shares of one moment "
                + "belong together"
        case .outOfTurn(let event): "source layer: \(event) is not the next event"
        case .invalidCiphertext(let party, let step, let reason): "source layer, \(step) of \(party): \(reason)"
        }
    }
}
