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
    /// A ciphertext, by its place in its frame, that crossed this link in this direction before. Of an outgoing frame nothing has left.
    case repeatedCiphertext(Int, of: Int, isOutgoing: Bool, peer: Party)
}

extension SessionError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .malformedFrame: .malformedFrame
        case .repeatedCiphertext: .repeatedCiphertext
        case .nothingToWaitFor, .unfinished: .internalError
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .malformedFrame(let peer, _), .repeatedCiphertext(_, _, isOutgoing: false, let peer): peer
        case .nothingToWaitFor, .unfinished, .repeatedCiphertext: nil
        }
    }
}

extension SessionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedFrame(let peer, let problem): "what \(peer) sent is no frame: \(problem)"
        case .nothingToWaitFor(let peer, let expected): "waiting for \(peer), where the protocol has \(expected)"
        case .repeatedCiphertext(let place, let count, true, let peer):
            "ciphertext \(place + 1) of \(count) was sent to \(peer) before in this job, and none is sent twice; nothing of the "
                + "frame has left. The program is at fault: please report it"
        case .repeatedCiphertext(let place, let count, false, let peer):
            "ciphertext \(place + 1) of \(count) came from \(peer) before in this job, and none is sent twice; the program of "
                + "\(peer) is at fault"
        case .unfinished(let peer, let expected): "ended early with \(peer): \(expected) was still to come"
        }
    }
}
