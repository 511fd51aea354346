/// One answer from each of several parties, taken in one order: what a role collects that waits for all of them.
public struct RollCall<Answer: Sendable>: Sendable {
    private var missing: ArraySlice<Party>
    /// The answers so far.
    public private(set) var answers: [Party: Answer] = [:]

    /// - Parameter parties: Who is to answer, in the order in which answers are taken.
    public init(_ parties: [Party]) { missing = parties[...] }

    /// Whose answer comes next; `nil` when all are in.
    public var next: Party? { missing.first }

    /// Takes the answer of the party that ``next`` names. There must be one.
    public mutating func take(_ answer: Answer) {
        answers[missing.removeFirst()] = answer
    }
}
