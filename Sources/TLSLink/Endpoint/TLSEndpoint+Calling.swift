public import Link
internal import NIOCore
internal import NIOPosix
public import Specification

extension TLSEndpoint {
    /// One attempt to connect, as far as it has come.
    private struct Attempt {
        var channel: (any Channel)?
        var isAuthenticated = false
        var isAbandoned = false
        var result: Result<ConnectionLink, TLSLinkError>?
    }

    /// Connects to a partner. Tries again, ever less often, as long as the wait lasts and the partner is not there or not ready.
    /// - Throws: What the last attempt failed of: TCP, TLS (and then which side refused what), or the purpose.
    public func connect(
        to peer: Party, at address: Address, purpose: String, _ wait: Wait
    ) throws(TLSLinkError) -> any Link {
        guard Purpose.isValid(purpose) else { throw .invalidPurpose(length: purpose.utf8.count) }
        let deadline = wait.deadline
        var pause = 0.1
        while true {
            guard pins[peer] != nil else { throw .notPinned(peer) }
            if state.withLock({ $0.isStopped }) { throw .stopped }
            let failure: TLSLinkError
            switch attempt(peer, address, purpose, deadline) {
            case .success(let link):
                track(link)
                return link
            case .failure(let error): failure = error
            }
            guard failure.isPassing, ContinuousClock.now + .seconds(pause) < deadline else { throw failure }
            _ = state.wait(until: .now + .seconds(pause)) { $0.isStopped ? () : nil }
            pause = min(pause * 2, 1)
        }
    }

    private func attempt(
        _ peer: Party, _ address: Address, _ purpose: String, _ deadline: ContinuousClock.Instant
    ) -> Result<ConnectionLink, TLSLinkError> {
        let attempt = Monitor(Attempt())
        let report: @Sendable (ConnectionEvent) -> Void = { event in
            attempt.withLock { attempt in
                switch event {
                case .authenticated: attempt.isAuthenticated = true
                case .opened(let link): attempt.result = .success(link)
                case .refused(let why): attempt.result = .failure(.refused(peer, address, purpose: purpose, why))
                case .failed(let why): attempt.result = .failure(.insecure(peer, address, why))
                case .offered: break  // Nobody offers anything to a caller.
                }
            }
        }
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.waterMark)
            .channelOption(.recvAllocator, value: Self.receiveBuffers)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let engine = try engine(role: .client, expected: peer)
                    try channel.pipeline.syncOperations.addHandler(
                        Connection(engine: engine, role: .client(purpose: purpose), timings: timings, report: report))
                    track(channel)
                }
            }
        bootstrap.connect(host: address.host, port: address.port).whenComplete { result in
            let orphan = attempt.withLock { attempt -> (any Channel)? in
                switch result {
                case .success(let channel) where attempt.isAbandoned: return channel
                case .success(let channel): attempt.channel = channel
                case .failure(let error as TLSFailure): attempt.result = .failure(.insecure(peer, address, error))
                case .failure(let error): attempt.result = .failure(.unreachable(peer, address, code: error.systemCode))
                }
                return nil
            }
            orphan?.close(promise: nil)
        }
        if let result = attempt.wait(until: deadline, for: { $0.result }) { return result }
        let (result, channel) = attempt.withLock { attempt in
            attempt.isAbandoned = attempt.result == nil
            return (attempt.result, attempt.channel)
        }
        if let result { return result }
        channel?.close(promise: nil)
        if attempt.withLock({ $0.isAuthenticated }) {
            return .failure(.refused(peer, address, purpose: purpose, .notReady))
        }
        if channel == nil { return .failure(.unreachable(peer, address, code: nil)) }
        return .failure(.insecure(peer, address, .timedOut(seconds: timings.handshake)))
    }
}

extension TLSLinkError {
    /// Whether a later attempt may succeed without anybody changing anything.
    fileprivate var isPassing: Bool {
        switch self {
        case .unreachable, .insecure(_, _, .disconnected), .insecure(_, _, .timedOut): true
        case .refused(_, _, _, .notReady), .refused(_, _, _, .busy), .refused(_, _, _, .stopping): true
        default: false
        }
    }
}

extension Error {
    /// The operating system's code for the last connection that was tried, if there is one.
    fileprivate var systemCode: Int32? {
        switch self {
        case let error as IOError: error.errnoCode
        case let error as NIOConnectionError: (error.connectionErrors.last?.error as? IOError)?.errnoCode
        default: nil
        }
    }
}
