/// What can be wrong with a specification, a plan or an encoded value. Cases hold names and numbers, never data.
public enum SpecificationError: Error, Equatable {
    /// A name of so many bytes that is empty, too long, or has a character that names do not have.
    case invalidPartyName(length: Int)
    /// A canonical encoding ended early, ran on, or held a value that its type does not have.
    case malformed(String)
    /// A `protocol.yaml` that does not say what it should; the text names line and field.
    case invalid(String)
    /// A size that neither plan nor frames have given.
    case unknownDimension(String)
    /// An expression whose value is negative, beyond 62 bits, or a division by zero.
    case arithmetic(expression: String)
    /// A plan that its specification does not allow.
    case invalidPlan(String)
}

extension SpecificationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidPartyName(let length):
            "a party's name must be 1 to 32 of a-z, 0-9 and '-' (this one has \(length) bytes)"
        case .malformed(let what):
            "malformed encoding: \(what)"
        case .invalid(let problem):
            problem
        case .unknownDimension(let name):
            "no value for dimension '\(name)'"
        case .arithmetic(let expression):
            "'\(expression)' has no value within 0 ..< 2^62"
        case .invalidPlan(let problem):
            "session plan: \(problem)"
        }
    }
}
