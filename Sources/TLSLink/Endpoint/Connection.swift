internal import Link
internal import NIOCore
internal import Specification

/// What an endpoint hears of a connection that is not a link yet.
enum ConnectionEvent: Sendable {
    /// Each end knows who the other is.
    case authenticated
    /// Called side: the caller asks for a link.
    case offered(ConnectionLink, purpose: String)
    /// Calling side: the link is open.
    case opened(ConnectionLink)
    /// Calling side: the called side does not open one.
    case refused(Refusal)
    case failed(TLSFailure)
}

/// Drives one TLS connection on its event loop: bytes through the ``TLSEngine``, envelopes through the ``Session``.
///
/// It always reads, however slow the job is, so that heartbeats and aborts come through; what holds a sender back is the session's
/// window. This file holds the events of the channel; the envelopes are in `Connection+Session.swift`.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let role: Session.Role
    let timings: TLSTimings
    var engine: TLSEngine
    /// Nil once the peer has sent what is no envelope: what follows means nothing.
    var parser: EnvelopeParser? = EnvelopeParser()
    /// Nil until both ends are authenticated, like the link.
    var session: Session?
    var link: ConnectionLink?
    /// The message that is being sent, and how much of it is. Envelopes that come up meanwhile wait for its end.
    var current: (message: [UInt8], offset: Int)?
    var waiting: [Envelope] = []
    /// The job is done: say so once all is sent.
    var isClosing = false

    private var context: ChannelHandlerContext?
    private var isFinishing = false
    private var report: (@Sendable (ConnectionEvent) -> Void)?
    private var plaintext = [UInt8](repeating: 0, count: 1 << 14)
    /// Turns of the event loop that have ended since anything came from the peer.
    private var quietTurns = 0
    /// Of how many turns the longest silence consists.
    private static let turns = 8

    /// - Parameter report: Called on the event loop, up to and including the first event other than `authenticated`.
    init(
        engine: consuming TLSEngine, role: Session.Role, timings: TLSTimings,
        report: @escaping @Sendable (ConnectionEvent) -> Void
    ) {
        self.engine = engine
        self.role = role
        self.timings = timings
        self.report = report
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        let limit = timings.handshake
        after(limit) { connection in
            // Once authenticated, a caller decides itself how long it waits for its purpose to be accepted.
            if connection.session == nil || connection.role == .server, connection.report != nil {
                connection.fail(.timedOut(seconds: limit))
            }
        }
        advance()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        quietTurns = 0
        // Whatever still comes after the end is read, so that the network does not report it as an error over there.
        guard !isFinishing else { return }
        let buffer = unwrapInboundIn(data)
        do {
            try buffer.withUnsafeReadableBytes { bytes throws(TLSFailure) in try engine.receive(bytes) }
        } catch {
            return fail(error)
        }
        advance()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { pump() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        isFinishing = true
        fail(.disconnected)
        link?.finish()
        link = nil
        self.context = nil
    }

    /// Also comes where the channel never became active: at the calling side TCP's own error tells more.
    func handlerRemoved(context: ChannelHandlerContext) {
        if role == .server { announce(.failed(.disconnected)) }
    }

    // MARK: Bytes

    /// Does what the bytes that have come allow.
    private func advance() {
        do throws(TLSFailure) {
            if session == nil {
                // Also where it fails: then this is the alert.
                defer { flush() }
                guard let peer = try engine.handshake() else { return }
                authenticated(peer)
            }
            while !isFinishing {
                switch try engine.read(into: &plaintext) {
                case .bytes(let count): take(plaintext[..<count])
                case .needsCiphertext: return flush()
                case .ended: return fail(.disconnected)
                }
            }
        } catch {
            fail(error)
        }
    }

    private func authenticated(_ peer: Party) {
        guard let context else { return }
        let session = Session(role: role, peer: peer)
        self.session = session
        link = ConnectionLink(
            peer: peer, timings: timings, connection: NIOLoopBound(self, eventLoop: context.eventLoop))
        announce(.authenticated)
        perform(session.start())
        beat()
        listenForSilence()
    }

    /// Whether the network takes more for now.
    var isWritable: Bool { !isFinishing && context?.channel.isWritable == true }

    /// Encrypts; ``flush(_:)`` sends. Does nothing once the connection is ending.
    func write(_ bytes: ArraySlice<UInt8>) {
        guard !isFinishing else { return }
        do {
            try engine.write(bytes)
        } catch {
            fail(error)
        }
    }

    /// Bytes that are encrypted and not sent.
    var unflushed: Int { engine.pendingCiphertext }

    /// Sends what is encrypted.
    /// - Parameter promise: Kept when all that was sent so far has left.
    func flush(_ promise: EventLoopPromise<Void>? = nil) {
        let pending = engine.pendingCiphertext
        guard let context, pending > 0 || promise != nil else { return }
        var buffer = context.channel.allocator.buffer(capacity: pending)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { engine.takeCiphertext(into: $0) }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
    }

    // MARK: Endings

    /// Tells the endpoint, as long as it wants to know.
    func announce(_ event: ConnectionEvent) {
        guard let report else { return }
        if case .authenticated = event {} else { self.report = nil }
        report(event)
    }

    /// Whether the connection is not a link yet, so that its failures are the endpoint's business and not the job's.
    var isOpening: Bool { report != nil }

    /// The connection is of no more use.
    func fail(_ failure: TLSFailure) {
        announce(.failed(failure))
        if let link { link.settle(.lost(link.peer, .disconnected)) }
        finish()
    }

    /// Ends the connection: this side's half when what was written before has left, the whole when the other side has ended its half.
    /// Ending both at once could cost the other side the last words.
    func finish() {
        guard !isFinishing, let context else { return }
        isFinishing = true
        engine.close()
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { [self] in
            self.context?.close(mode: .output, promise: nil)
        }
        flush(promise)
        after(timings.linger) { $0.cut() }
    }

    /// Ends the connection at once.
    func cut() { context?.close(promise: nil) }

    // MARK: Time

    /// Runs `body` later, unless the connection is gone by then.
    func after(_ seconds: Double, _ body: @escaping (Connection) -> Void) {
        context?.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { [weak self] in
            if let self, self.context != nil { body(self) }
        }
    }

    private func beat() {
        after(timings.heartbeat) { connection in
            connection.sendHeartbeat()
            connection.beat()
        }
    }

    /// Counts turns of this event loop rather than time: while this process itself stands still, or its machine does, nobody can be
    /// heard, and however long that lasts, it is one turn.
    private func listenForSilence() {
        after(timings.silence / Double(Self.turns)) { connection in
            connection.quietTurns += 1
            // The first of them had begun when something came.
            guard connection.quietTurns > Self.turns else { return connection.listenForSilence() }
            connection.peerIsSilent()
        }
    }

    private func peerIsSilent() {
        announce(.failed(.disconnected))
        if let link { link.settle(.lost(link.peer, .silent(seconds: timings.silence))) }
        cut()
    }
}
