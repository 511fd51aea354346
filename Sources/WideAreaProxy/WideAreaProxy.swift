public import Link
internal import NIOCore
internal import NIOPosix
public import Specification
internal import Synchronization
public import WideArea

/// A slow network between processes on one machine: stands before the addresses where parties listen, and passes bytes on when a line
/// of that bandwidth and length would.
///
/// It sees what the network sees, ciphertext of TLS, and changes nothing of it. Both directions of a connection are slow, and opening one
/// takes a round trip, as TCP does. An end of either direction, and the loss of a connection, are passed on in their turn.
public final class WideAreaProxy: Sendable {
    /// Who sends to whom.
    private struct Route: Hashable {
        let sender: Party
        let receiver: Party
    }

    private struct State {
        var lines: [Route: Line] = [:]
        /// Listeners, and both ends of connections, until they are closed.
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopped = false
    }

    /// Where everything listens that the proxy opens: it is for processes of this machine.
    private static let host = "127.0.0.1"
    private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(
        minimum: 1 << 11, initial: 1 << 14, maximum: 1 << 16)
    /// What the operating system may take of a sender before the proxy has read it; by itself it would take megabytes.
    private static let receiveWindow: SocketOptionValue = 1 << 18

    private let network: WideArea
    private let group = MultiThreadedEventLoopGroup.singleton
    private let state = Mutex(State())

    /// A network to which nobody is connected.
    public init(_ network: WideArea) { self.network = network }

    deinit { stop() }

    /// Opens a way from one party to another.
    /// - Parameters:
    ///   - caller: Who will connect; all ways between the same two parties share their two lines.
    ///   - target: Where `callee` listens, or will.
    /// - Returns: Where `caller` reaches `callee` from now on.
    /// - Throws: ``WideAreaProxyError/cannotListen(code:)``.
    public func open(
        from caller: Party, to callee: Party, at target: Address
    ) throws(WideAreaProxyError) -> Address {
        let there = line(Route(sender: caller, receiver: callee))
        let back = line(Route(sender: callee, receiver: caller))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_rcvbuf), value: Self.receiveWindow)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: Self.receiveBuffers)
            .childChannelInitializer { [weak self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let self else { throw ChannelError.ioOnClosedChannel }
                    try self.carry(channel, to: target, there, back)
                }
            }
        do {
            let listener = try bootstrap.bind(host: Self.host, port: 0).wait()
            track(listener)
            return Address(host: Self.host, port: listener.localAddress?.port ?? 0)
        } catch {
            throw .cannotListen(code: (error as? IOError)?.errnoCode)
        }
    }

    /// Ends everything at once: nobody can connect any more, and connections are cut.
    public func stop() {
        let channels = state.withLock { state in
            state.isStopped = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func line(_ route: Route) -> Line {
        state.withLock { state in
            let line = state.lines[route] ?? Line(network)
            state.lines[route] = line
            return line
        }
    }

    /// Connects a caller to whom it wants to reach, when TCP would have.
    private func carry(_ caller: any Channel, to target: Address, _ there: Line, _ back: Line) throws {
        track(caller)
        let outward = Carrier(over: there)
        try caller.pipeline.syncOperations.addHandler(outward)
        let homeward = NIOLoopBound(Carrier(over: back), eventLoop: caller.eventLoop)
        caller.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(network.roundTrip)) { [weak self] in
            guard let self else { return }
            ClientBootstrap(group: caller.eventLoop)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_rcvbuf), value: Self.receiveWindow)
                .channelOption(.recvAllocator, value: Self.receiveBuffers)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(homeward.value)
                    }
                }
                .connect(host: target.host, port: target.port).assumeIsolated().whenComplete { result in
                    guard case .success(let callee) = result else { return caller.close(promise: nil) }
                    self.track(callee)
                    outward.connect(to: callee)
                    homeward.value.connect(to: caller)
                }
        }
    }

    /// Remembers a channel until it is closed.
    private func track(_ channel: any Channel) {
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
}
