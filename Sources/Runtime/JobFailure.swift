public import Link
internal import Specification
public import Transcript

/// Why the job ended at this party: the cause that all parties report, and what this one saw of it.
public struct JobFailure: Error, Equatable, CustomStringConvertible {
    /// The longest ``detail``, in characters.
    public static let detailLimit = 600

    /// The same at every party of the job.
    public let cause: AbortCause
    /// A sentence for this party's own log: names and numbers, never data.
    public let detail: String

    /// - Parameter detail: May quote names that came from outside; so it is cut, and what is not printable ASCII becomes `?`.
    init(cause: AbortCause, detail: String) {
        self.cause = cause
        let scalars = detail.unicodeScalars.prefix(Self.detailLimit)
        self.detail = String(scalars.map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
    }

    public var description: String { detail == cause.description ? detail : "\(cause) (\(detail))" }
}

extension LinkGroup {
    /// Gives the job up because of an error, whatever it is: all partners hear of it.
    ///
    /// The reason is the one that the error declares (``AbortReasonProviding``), and an internal error where it declares none. A cause
    /// that came from a partner, or a failure that was made here before, stays as it is.
    /// - Parameter step: What was being done, for instance `matmul train round 3, F1 from weather`. Public.
    public func giveUp(_ error: any Error, step: String) -> JobFailure {
        let own: AbortCause
        switch error {
        case let failure as JobFailure: return failure
        case LinkError.aborted(let cause): own = cause
        case let error as any AbortReasonProviding where error.followsGivingUp && cause != nil:
            own = cause ?? AbortCause(party: party, step: step, reason: error.abortReason)
        case let error as any AbortReasonProviding:
            own = AbortCause(party: error.blamedParty ?? party, step: step, reason: error.abortReason)
        default: own = AbortCause(party: party, step: step, reason: .internalError)
        }
        return JobFailure(cause: abort(own), detail: "\(error)")
    }
}

extension TranscriptError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .unwritable, .alreadyExists: .transcriptUnwritable
        case .unreadable: .storageFailed
        }
    }
}
