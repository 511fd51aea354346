public import Specification

/// An error that knows what it means for the job. Whoever gives the job up because of it tells the partners that reason.
public protocol AbortReasonProviding: Error {
    /// What the partners are told. Its description is for this party's own log.
    var abortReason: AbortReason { get }

    /// Who gave occasion; `nil` for the party that it happened to.
    var blamedParty: Party? { get }
    /// Whether the error only says that something ended because the job had been given up. Never, unless an error says so.
    var followsGivingUp: Bool { get }
}

extension AbortReasonProviding {
    public var blamedParty: Party? { nil }
    public var followsGivingUp: Bool { false }
}

extension ProtocolViolation: AbortReasonProviding {
    public var abortReason: AbortReason { .protocolViolation }
    public var blamedParty: Party? { party }
}

extension LinkError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        // A peer that closes in good order while something is still to come from it has gone too.
        case .lost, .closed: .peerLost
        case .timedOut: .timedOut
        case .aborted(let cause): cause.reason
        case .tooLong: .internalError
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .lost(let peer, _), .closed(let peer), .timedOut(let peer, _): peer
        case .aborted(let cause): cause.party
        case .tooLong: nil
        }
    }
}
