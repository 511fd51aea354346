/// How long things may take, in seconds. The same for all parties; tests shorten them.
package struct TLSTimings: Sendable {
    /// Between two heartbeats.
    package var heartbeat = 2.0
    /// Until a peer from which nothing comes counts as lost.
    package var silence = 8.0
    /// Until a connection is authenticated, and has said what it is for.
    package var handshake = 10.0
    /// Until a connection that nobody here waits for is refused.
    package var hold = 10.0
    /// Until a farewell in good order counts as failed.
    package var close = 30.0
    /// After an abort, for one that crosses it; and for the last bytes of a connection to leave.
    package var linger = 1.0

    package init() {}
}
