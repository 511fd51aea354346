public import Cryptography
internal import Glibc
internal import Link
package import NIOCore
internal import NIOPosix
public import Specification

/// A party's one door to all its partners: makes and takes connections over TLS 1.3 with both ends authenticated.
///
/// Whom it talks to is decided by pinned certificates alone: exactly these bytes for exactly this party, whoever signed them. There is
/// no mode without TLS. Each connection has a purpose, by which the two sides' threads find each other. Calls block and belong on
/// threads of the caller's own.
///
/// What leaks: to the network, who talks to whom, when, and how much; to a stranger who connects, this party's certificate.
public final class TLSEndpoint: Sendable {
    struct State {
        var pins: [Party: [Certificate]]
        var services: [String: @Sendable (any Link) -> Void] = [:]
        /// Authenticated callers whose purpose nobody here waits for yet, oldest first.
        var offers: [Offer] = []
        /// Incoming connections that have not said what they are for.
        var unauthenticated = 0
        var listeners: [any Channel] = []
        /// Links that have not ended.
        var links: [ObjectIdentifier: ConnectionLink] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopped = false
    }

    struct Offer {
        let link: ConnectionLink
        let purpose: String
    }

    /// More incoming connections than this are not even tried while they are not authenticated.
    static let unauthenticatedLimit = 64
    /// How many connections one party may have waiting for somebody here.
    static let offerLimit = 16

    /// Whose endpoint it is.
    public let party: Party
    let identity: Identity
    let timings: TLSTimings
    let onRejected: @Sendable (Rejection) -> Void
    let group: any EventLoopGroup
    let state: Monitor<State>

    /// - Parameters:
    ///   - pins: The certificates of every partner: one, or two while it renews its own.
    ///   - onRejected: Told of every incoming connection that is no partner's, on a thread that must not wait.
    public convenience init(
        identity: Identity, party: Party, pins: [Party: [Certificate]],
        onRejected: @escaping @Sendable (Rejection) -> Void = { _ in }
    ) throws(TLSLinkError) {
        try self.init(identity: identity, party: party, pins: pins, timings: TLSTimings(), onRejected: onRejected)
    }

    /// - Parameter group: The threads that move its bytes; `nil`: the process's own.
    package init(
        identity: Identity, party: Party, pins: [Party: [Certificate]], timings: TLSTimings,
        on group: (any EventLoopGroup)? = nil, onRejected: @escaping @Sendable (Rejection) -> Void
    ) throws(TLSLinkError) {
        guard identity.certificate.names(party) else { throw .foreignIdentity(party) }
        self.party = party
        self.identity = identity
        self.timings = timings
        self.group = group ?? MultiThreadedEventLoopGroup.singleton
        self.onRejected = onRejected
        state = Monitor(State(pins: pins))
    }

    /// Open links outlive their endpoint; the door does not.
    deinit {
        state.withLock { state in
            for listener in state.listeners { listener.close(promise: nil) }
            for offer in state.offers { offer.link.refuse(.stopping) }
        }
    }

    /// The pinned certificates. Setting them decides about connections that are made from then on; open links stay.
    public var pins: [Party: [Certificate]] {
        get { state.withLock { $0.pins } }
        set { state.withLock { $0.pins = newValue } }
    }

    /// Takes connections at an address from now on.
    /// - Parameter port: 0 for one that the operating system chooses.
    /// - Returns: The port.
    @discardableResult
    public func listen(host: String, port: Int) throws(TLSLinkError) -> Int {
        let address = Address(host: host, port: port)
        if state.withLock({ $0.isStopped }) { throw .stopped }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
            .childChannelOption(.recvAllocator, value: Self.receiveBuffers)
            .childChannelInitializer { [weak self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let self else { throw ChannelError.ioOnClosedChannel }
                    try self.welcome(channel)
                }
            }
        do {
            let channel = try bootstrap.bind(host: host, port: port).wait()
            let isStopped = state.withLock { state in
                state.listeners.append(channel)
                return state.isStopped
            }
            if isStopped { channel.close(promise: nil) }
            return channel.localAddress?.port ?? port
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw .portInUse(address)
        } catch {
            throw .cannotListen(address, code: (error as? IOError)?.errnoCode ?? EADDRNOTAVAIL)
        }
    }

    /// Ends everything: nobody is accepted any more, callers who wait are refused, links that are still open are aborted, and what
    /// was last said on any link gets a moment to leave. A program calls it before it exits.
    public func stop() {
        let (listeners, offers, links) = state.withLock { state in
            state.isStopped = true
            defer { (state.listeners, state.offers, state.links) = ([], [], [:]) }
            return (state.listeners, state.offers, state.links.values)
        }
        for listener in listeners { listener.close(promise: nil) }
        for offer in offers { offer.link.refuse(.stopping) }
        for link in links { link.abort(AbortCause(party: party, step: "stop", reason: .stopping)) }
        _ = state.wait(until: .now + .seconds(2 * timings.linger)) { $0.channels.isEmpty ? () : nil }
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
        _ = state.wait(until: .now + .seconds(timings.linger)) { $0.channels.isEmpty ? () : nil }
    }

    // MARK: For its extensions

    /// How much may wait for the network before a connection stops encrypting.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 18, high: 1 << 20)
    static let receiveBuffers = AdaptiveRecvByteBufferAllocator(minimum: 1 << 11, initial: 1 << 14, maximum: 1 << 18)

    /// Remembers a channel until it is closed.
    func track(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isStopped = state.withLock { state in
            state.channels[id] = channel
            return state.isStopped
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { $0.channels[id] = nil }
        }
        if isStopped { channel.close(promise: nil) }
    }

    /// Remembers a link until it ends.
    func track(_ link: ConnectionLink) {
        let id = ObjectIdentifier(link)
        let isStopped = state.withLock { state in
            state.links[id] = link
            return state.isStopped
        }
        link.whenEnded { [weak self] _ in self?.state.withLock { $0.links[id] = nil } }
        if isStopped { link.abort(AbortCause(party: party, step: "stop", reason: .stopping)) }
    }

    /// The endpoint's part in the handshake of one connection.
    func engine(role: TLSEngine.Role, expected: Party?) throws(TLSFailure) -> TLSEngine {
        try TLSEngine(context: TLSContext(identity: identity, pins: pins, expected: expected), role: role)
    }
}
