package import Link
package import Specification

/// What happens over one authenticated connection, envelope by envelope: a pure state machine.
///
/// Every method is an event and returns what is to be done about it, in order. The called side holds a connection until its process
/// accepts it; then messages flow both ways, each side sending only while the other has room. Whoever aborts or closes first starts
/// the farewell, in which only aborts still mean anything, because two of them may cross.
package struct Session {
    package enum Role: Equatable, Sendable {
        case client(purpose: String)
        case server
    }

    package enum Action: Equatable, Sendable {
        case write(Envelope)
        /// The caller asks for a link for this purpose: answer with ``Session/accept()`` or ``Session/refuse(_:)``.
        case offer(purpose: String)
        /// Messages may flow.
        case open
        /// The called side does not open a link.
        case refused(Refusal)
        /// A message of the peer's.
        case deliver([UInt8])
        /// The peer has room again.
        case resume
        /// The link has ended.
        case end(LinkError)
        /// Wait a moment for an abort that may cross ours, then end the connection.
        case linger
        /// Nothing more will be said: end the connection.
        case finish
    }

    private enum State {
        /// Client: `open` is sent. Server: it is awaited, or held until the process decides.
        case opening, awaitingOpen, held
        case open
        /// Close or abort was sent or received.
        case farewell
    }

    private let role: Role
    private let peer: Party
    private let window: UInt64
    private var state: State
    // Costs of messages, added up over the whole connection.
    private var sent: UInt64 = 0
    private var receivedByPeer: UInt64 = 0
    private var arrived: UInt64 = 0
    private var reported: UInt64 = 0

    package init(role: Role, peer: Party, window: Int = LinkLimits.window) {
        self.role = role
        self.peer = peer
        self.window = UInt64(window)
        state = role == .server ? .awaitingOpen : .opening
    }

    /// Both ends are authenticated.
    package func start() -> [Action] {
        switch role {
        case .client(let purpose): [.write(.open(version: Envelope.version, purpose: purpose))]
        case .server: []
        }
    }

    /// The process wants the link that was offered.
    package mutating func accept() -> [Action] {
        guard case .held = state else { return [] }
        state = .open
        return [.write(.opened), .open]
    }

    /// The process does not want the link that was offered.
    package mutating func refuse(_ refusal: Refusal) -> [Action] {
        guard case .held = state else { return [] }
        state = .farewell
        return [.write(.refused(refusal)), .finish]
    }

    /// An envelope came.
    package mutating func receive(_ envelope: Envelope) throws(EnvelopeError) -> [Action] {
        switch state {
        case .awaitingOpen: try receiveOpen(envelope)
        case .opening: try receiveAnswer(envelope)
        case .held: try receiveWhileHeld(envelope)
        case .open: try receiveWhileOpen(envelope)
        case .farewell: receiveFarewell(envelope)
        }
    }

    /// Time for a sign of life. `received` is the cost of all messages that the process has received so far.
    package mutating func heartbeat(received: UInt64) -> [Action] {
        reported = received
        return [.write(.heartbeat(received: received))]
    }

    /// Whether the next message may be sent.
    package var mayBegin: Bool {
        if case .open = state { return sent - receivedByPeer < window }
        return false
    }

    /// A message of this cost is being sent.
    package mutating func begin(cost: Int) { sent += UInt64(cost) }

    /// This side gives up.
    package mutating func abort(_ cause: AbortCause) -> [Action] {
        switch state {
        case .open, .farewell:
            state = .farewell
            return [.write(.abort(cause)), .linger]
        case .awaitingOpen, .opening, .held:
            state = .farewell
            return [.finish]
        }
    }

    /// This side is done, and all of its messages are sent.
    package mutating func close() -> [Action] {
        guard case .open = state else { return [] }
        state = .farewell
        return [.write(.close)]
    }

    private mutating func receiveOpen(_ envelope: Envelope) throws(EnvelopeError) -> [Action] {
        switch envelope {
        case .heartbeat(received: 0):
            return []
        case .open(let version, _) where version != Envelope.version:
            state = .farewell
            return [.write(.refused(.otherVersion(Envelope.version))), .finish]
        case .open(_, let purpose) where Purpose.isValid(purpose):
            state = .held
            return [.offer(purpose: purpose)]
        case .open, .opened, .refused, .data, .heartbeat, .abort, .close:
            throw .unexpected(envelope.kind)
        }
    }

    private mutating func receiveAnswer(_ envelope: Envelope) throws(EnvelopeError) -> [Action] {
        switch envelope {
        case .heartbeat(received: 0):
            return []
        case .opened:
            state = .open
            return [.open]
        case .refused(let refusal):
            state = .farewell
            return [.refused(refusal), .finish]
        case .open, .data, .heartbeat, .abort, .close:
            throw .unexpected(envelope.kind)
        }
    }

    private func receiveWhileHeld(_ envelope: Envelope) throws(EnvelopeError) -> [Action] {
        guard envelope == .heartbeat(received: 0) else { throw .unexpected(envelope.kind) }
        return []
    }

    private mutating func receiveWhileOpen(_ envelope: Envelope) throws(EnvelopeError) -> [Action] {
        switch envelope {
        case .data(let message):
            // The peer knows of at least what was reported when it began this message.
            guard arrived - reported < window else { throw .unexpected(.data) }
            arrived += UInt64(MessageQueue.cost(of: message))
            return [.deliver(message)]
        case .heartbeat(let received):
            guard (receivedByPeer...sent).contains(received) else { throw .malformed(.heartbeat) }
            receivedByPeer = received
            return [.resume]
        case .abort(let cause):
            state = .farewell
            return [.end(.aborted(cause)), .linger]
        case .close:
            state = .farewell
            return [.end(.closed(peer)), .finish]
        case .open, .opened, .refused:
            throw .unexpected(envelope.kind)
        }
    }

    /// What was under way when the farewell began no longer matters.
    private func receiveFarewell(_ envelope: Envelope) -> [Action] {
        switch envelope {
        case .abort(let cause): [.end(.aborted(cause))]
        case .close: [.finish]
        case .open, .opened, .refused, .data, .heartbeat: []
        }
    }
}
