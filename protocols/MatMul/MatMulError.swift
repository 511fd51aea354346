public import Specification

/// A MatMul role was made or used wrongly by its own party. Partners' faults are `ProtocolViolation`s.
public enum MatMulError: Error, Equatable {
    /// Parties or sizes that make no layer.
    case invalidParameters(String)
    /// No key, source of pair masks or share for this party.
    case missing(String, Party)
    /// A key of another size than the parameters say.
    case keySize(expected: Int, found: Int)
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
}

extension MatMulError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidParameters(let problem): "MatMul: \(problem)"
        case .missing(let what, let party): "MatMul: no \(what) for \(party)"
        case .keySize(let expected, let found): "MatMul: a key of \(found) bits, the job says \(expected)"
        case .outOfTurn(let event): "MatMul: \(event) is not the next event"
        }
    }
}
