public import Specification

/// A connection to one peer of a job: whole messages, in order, both ways.
///
/// Calls block and belong on a job's own threads; one thread may send while another receives. Messages are opaque here: what they
/// may hold is the business of the guard above. A link ends once, and from then on every call that waits and every later call says
/// how: ``LinkError/lost(_:_:)``, ``LinkError/aborted(_:)``, or, when the messages that came before are used up,
/// ``LinkError/closed(_:)``. The owner ends every link with ``close()`` or ``abort(_:)``.
public protocol Link: AnyObject, Sendable {
    /// Who is at the other end; over TLS its certificate has proved it.
    var peer: Party { get }

    /// `count` bytes that only the two ends of this very connection can compute, equal at both and different for every connection
    /// and label: what binds handshakes and randomness to it.
    ///
    /// Over TLS an exporter (RFC 8446 section 7.5); labels of ours start with `EXPORTER-colonnade-`.
    func exportKey(label: String, count: Int) throws(LinkError) -> [UInt8]

    /// Hands over a message of up to ``LinkLimits/message`` bytes. Returns before the peer has it; waits while too much is under way
    /// that the peer has not received.
    func send(_ message: [UInt8], _ wait: Wait) throws(LinkError)

    /// The peer's next message.
    func receive(_ wait: Wait) throws(LinkError) -> [UInt8]

    /// Gives the link up and tells the peer why; what is still under way is dropped. Never waits. Where both ends abort at the same
    /// moment, both settle on the smaller cause.
    func abort(_ cause: AbortCause)

    /// Ends the link in good order: the peer still receives all that was sent before. Waits until it has arrived there, though not
    /// for ever.
    func close()

    /// Calls `observer` when the link ends, at once if it has; and again should an abort of the peer's change the cause. It may run
    /// on any thread and must not wait.
    func whenEnded(_ observer: @escaping @Sendable (LinkError) -> Void)
}

/// What a link carries at most. The same for all implementations.
public enum LinkLimits {
    /// The longest message, in bytes.
    public static let message = 64 << 20
    /// While this many bytes are under way that the receiver has not taken, no further message is; so a receiver holds at most this
    /// and one message.
    public static let window = 16 << 20
}

extension Link {
    /// Sends with the patience for a peer that computes for long: ten minutes.
    public func send(_ message: [UInt8]) throws(LinkError) {
        try send(message, Wait("room for a message", seconds: 600))
    }

    /// The 32 bytes that identify this connection (RFC 9266, `tls-exporter`). Not secret to the two ends' other protocols.
    public func channelBinding() throws(LinkError) -> [UInt8] {
        try exportKey(label: "EXPORTER-Channel-Binding", count: 32)
    }
}
