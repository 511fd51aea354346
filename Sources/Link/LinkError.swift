public import Specification

/// Why a call on a link failed. Cases hold names and numbers, never data.
public enum LinkError: Error, Equatable, Sendable {
    /// The peer went away without a word, or stopped answering.
    case lost(Party, Loss)
    /// The wait is over; the link itself still works.
    case timedOut(Party, Wait)
    /// One of the two ends gave up; both report this same cause.
    case aborted(AbortCause)
    /// Either end closed the link in good order, and every message before that has been received.
    case closed(Party)
    /// A message of our own is longer than a link carries; nothing was sent, and the link still works.
    case tooLong(length: Int, limit: Int)

    /// How a peer was lost.
    public enum Loss: Hashable, Sendable {
        /// The connection ended, or was cut, without the farewell of a party that is done.
        case disconnected
        /// The connection stands, but nothing came over it for this long, not even a heartbeat.
        case silent(seconds: Double)
    }
}

extension LinkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .lost(let peer, .disconnected):
            "the connection to \(peer) ended without a farewell: its process or the network between failed"
        case .lost(let peer, .silent(let seconds)):
            "nothing came from \(peer) for \(seconds) s, not even a heartbeat: its machine or the network between failed"
        case .timedOut(let peer, let wait):
            "waited \(wait.seconds) s for \(peer): \(wait.name)"
        case .aborted(let cause):
            cause.description
        case .closed(let peer):
            "the link to \(peer) is closed"
        case .tooLong(let length, let limit):
            "a message of \(length) bytes is longer than the \(limit) that a link carries"
        }
    }
}
