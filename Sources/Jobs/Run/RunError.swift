internal import Evaluation
public import Link
internal import Specification
public import Tables

/// Why a party gives a job up for a reason of its own. Sentences hold names and counts, never data.
public struct RunError: Error, Equatable, CustomStringConvertible, AbortReasonProviding {
    /// The reason of the closed list that all parties are told.
    public let abortReason: AbortReason
    /// What this party says of it.
    public let description: String

    init(_ reason: AbortReason, _ description: String) {
        abortReason = reason
        self.description = description
    }
}

extension TablesError: AbortReasonProviding {
    /// Everything that a table can complain about is the data's fault.
    public var abortReason: AbortReason { .badData }
}

extension StateError: AbortReasonProviding {
    public var abortReason: AbortReason { .storageFailed }
}
