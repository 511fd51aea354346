internal import Dispatch
public import Link
internal import NIOCore
public import Specification

extension TLSEndpoint {
    /// Waits until a partner connects for this purpose, or takes the connection that waits already.
    public func accept(from peer: Party, purpose: String, _ wait: Wait) throws(TLSLinkError) -> any Link {
        guard Purpose.isValid(purpose) else { throw .invalidPurpose(length: purpose.utf8.count) }
        guard pins[peer] != nil else { throw .notPinned(peer) }
        let offer = try state.wait(until: wait.deadline) { (state) throws(TLSLinkError) -> Offer? in
            if state.isStopped { throw .stopped }
            // The latest: an earlier one may belong to an attempt that was given up.
            let index = state.offers.lastIndex { $0.link.peer == peer && $0.purpose == purpose }
            return index.map { state.offers.remove(at: $0) }
        }
        guard let offer else { throw .notCalled(peer, purpose: purpose, wait) }
        accept(offer)
        return offer.link
    }

    /// Accepts whatever partner connects for this purpose, at any time, and runs `body` with the link on a thread of its own.
    public func serve(purpose: String, _ body: @escaping @Sendable (any Link) -> Void) throws(TLSLinkError) {
        guard Purpose.isValid(purpose) else { throw .invalidPurpose(length: purpose.utf8.count) }
        let waiting = state.withLock { state in
            state.services[purpose] = body
            let waiting = state.offers.filter { $0.purpose == purpose }
            state.offers.removeAll { $0.purpose == purpose }
            return waiting
        }
        for offer in waiting { serve(offer, body) }
    }

    private func accept(_ offer: Offer) {
        offer.link.accept()
        track(offer.link)
    }

    private func serve(_ offer: Offer, _ body: @escaping @Sendable (any Link) -> Void) {
        accept(offer)
        // A serial queue of its own is a thread that may wait.
        DispatchQueue(label: "\(offer.purpose) \(offer.link.peer)").async { body(offer.link) }
    }

    /// Puts a connection that has just come in to work.
    func welcome(_ channel: any Channel) throws {
        let address = channel.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "an unknown address"
        let hasRoom = state.withLock { state in
            guard !state.isStopped, state.unauthenticated < Self.unauthenticatedLimit else { return false }
            state.unauthenticated += 1
            return true
        }
        guard hasRoom else {
            onRejected(Rejection(address: address, failure: .tooManyConnections))
            throw TLSFailure.tooManyConnections
        }
        let eventLoop = channel.eventLoop
        let report: @Sendable (ConnectionEvent) -> Void = { [weak self] event in
            guard let self else {
                if case .offered(let link, _) = event { link.refuse(.stopping) }
                return
            }
            switch event {
            case .authenticated: return
            case .failed(let failure): onRejected(Rejection(address: address, failure: failure))
            case .offered(let link, let purpose): consider(Offer(link: link, purpose: purpose), eventLoop)
            case .opened, .refused: break  // These answer a caller.
            }
            state.withLock { $0.unauthenticated -= 1 }
        }
        do {
            let engine = try engine(role: .server, expected: nil)
            try channel.pipeline.syncOperations.addHandler(
                Connection(engine: engine, role: .server, timings: timings, report: report))
        } catch {
            state.withLock { $0.unauthenticated -= 1 }
            throw error
        }
        track(channel)
    }

    /// Decides about a caller: serve it, keep it for an ``accept(from:purpose:_:)`` that may come, or refuse it.
    private func consider(_ offer: Offer, _ eventLoop: any EventLoop) {
        enum Decision { case serve(@Sendable (any Link) -> Void), hold, refuse(Refusal) }
        let decision = state.withLock { state -> Decision in
            if state.isStopped { return .refuse(.stopping) }
            if let body = state.services[offer.purpose] { return .serve(body) }
            guard state.offers.count(where: { $0.link.peer == offer.link.peer }) < Self.offerLimit else {
                return .refuse(.busy)
            }
            state.offers.append(offer)
            return .hold
        }
        switch decision {
        case .serve(let body): serve(offer, body)
        case .refuse(let refusal): offer.link.refuse(refusal)
        case .hold:
            offer.link.whenEnded { [weak self] _ in _ = self?.withdraw(offer) }
            eventLoop.scheduleTask(in: .nanoseconds(Int64(timings.hold * 1e9))) { [weak self] in
                if self?.withdraw(offer) == true { offer.link.refuse(.notReady) }
            }
        }
    }

    /// Takes an offer back; whether it was still there.
    private func withdraw(_ offer: Offer) -> Bool {
        state.withLock { state in
            guard let index = state.offers.firstIndex(where: { $0.link === offer.link }) else { return false }
            state.offers.remove(at: index)
            return true
        }
    }
}
