public import Link
public import Specification

/// What a session finds wrong beside violations of its protocol.
public enum SessionError: Error, Equatable {
    /// The bytes that came from a party are not the encoding of a frame.
    case malformedFrame(from: Party, problem: String)
    /// A role would wait for a frame that the specification does not have next: it would wait for ever.
    case nothingToWaitFor(from: Party, expected: String)
    /// The session was ended before its plan was.
    case unfinished(with: Party, expected: String)
}

extension SessionError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .malformedFrame: .malformedFrame
        case .nothingToWaitFor, .unfinished: .internalError
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .malformedFrame(let peer, _): peer
        case .nothingToWaitFor, .unfinished: nil
        }
    }
}

extension SessionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedFrame(let peer, let problem): "what \(peer) sent is no frame: \(problem)"
        case .nothingToWaitFor(let peer, let expected): "waiting for \(peer), where the protocol has \(expected)"
        case .unfinished(let peer, let expected): "ended early with \(peer): \(expected) was still to come"
        }
    }
}
