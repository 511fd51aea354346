public import Link

/// A role was used wrongly by its own party, or its numbers ran away. Partners' faults are `ProtocolViolation`s.
public enum UnprotectedError: Error, Equatable {
    /// An event that the role's state does not allow.
    case outOfTurn(event: String)
    /// A matrix does not have the shape that it must have.
    case shape(of: String, rows: Int, columns: Int)
    /// A number of this party's own is no finite double: the model diverged.
    case notFinite(step: String)
}

extension UnprotectedError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .outOfTurn, .shape: .internalError
        case .notFinite: .boundExceeded
        }
    }
}

extension UnprotectedError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .outOfTurn(let event): "UNPROTECTED: \(event) is not the next event"
        case .shape(let what, let rows, let columns): "UNPROTECTED: \(what) is \(rows) x \(columns), which does not fit"
        case .notFinite(let step): "UNPROTECTED: a number for \(step) is not finite; the model diverged"
        }
    }
}
