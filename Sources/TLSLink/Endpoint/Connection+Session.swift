internal import Link
internal import Specification

/// Envelopes: what comes in goes to the session, what the session wants done is done.
extension Connection {
    /// Plaintext is sent in pieces of this size, so that no message is encrypted faster than the network takes it.
    private static let chunk = 1 << 18

    /// Takes plaintext that has come in.
    func take(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        do throws(EnvelopeError) {
            while let envelope = try parser?.next(from: &rest) { perform(try session?.receive(envelope) ?? []) }
        } catch {
            parser = nil
            violated(error)
        }
    }

    func perform(_ actions: [Session.Action]) {
        for action in actions {
            switch action {
            case .write(let envelope): write(envelope)
            case .offer(let purpose): if let link { announce(.offered(link, purpose: purpose)) }
            case .open: opened()
            case .refused(let refusal): announce(.refused(refusal))
            case .deliver(let message): link?.deliver(message)
            case .resume: pump()
            case .end(let error): link?.settle(error)
            case .linger: after(timings.linger) { $0.finish() }
            case .finish: finish()
            }
        }
    }

    private func opened() {
        parser?.acceptsData = true
        if let link { announce(.opened(link)) }
        pump()
    }

    /// The peer broke the rules of envelopes: both ends give up, for that reason.
    private func violated(_ error: EnvelopeError) {
        guard let peer = link?.peer, !isOpening else { return fail(.malformedOpening) }
        let reason: AbortReason =
            switch error {
            case .tooLong: .frameTooLong
            case .unknownKind, .malformed, .unexpected: .malformedFrame
            }
        let cause = AbortCause(party: peer, step: "link", reason: reason)
        link?.settle(.aborted(cause))
        abort(cause)
    }

    private func write(_ envelope: Envelope) {
        guard current == nil else { return waiting.append(envelope) }
        write(envelope.encoded[...])
        flush()
    }

    /// Sends messages as long as the network and the peer have room.
    func pump() {
        while isWritable, let link {
            if let (message, offset) = current {
                send(message, from: offset)
            } else if session?.mayBegin == true, let message = link.nextOutbound() {
                session?.begin(cost: MessageQueue.cost(of: message))
                write(Envelope.header(.data, count: message.count)[...])
                send(message, from: 0)
            } else {
                break
            }
            if unflushed >= Self.chunk { flush() }
        }
        flush()
        if isClosing, current == nil, link?.isDrained == true {
            isClosing = false
            perform(session?.close() ?? [])
        }
    }

    /// Encrypts the next piece of a message, and after the last one the envelopes that waited for it.
    private func send(_ message: [UInt8], from offset: Int) {
        let end = min(offset + Self.chunk, message.count)
        write(message[offset..<end])
        guard end == message.count else { return current = (message, end) }
        current = nil
        for envelope in waiting { write(envelope.encoded[...]) }
        waiting = []
    }

    // MARK: What the link wants

    func accept() { perform(session?.accept() ?? []) }

    func refuse(_ refusal: Refusal) { perform(session?.refuse(refusal) ?? []) }

    func abort(_ cause: AbortCause) { perform(session?.abort(cause) ?? []) }

    func close() {
        isClosing = true
        pump()
    }

    func sendHeartbeat() {
        guard let link, waiting.isEmpty else { return }
        perform(session?.heartbeat(received: link.received) ?? [])
    }

    func exportKey(label: String, count: Int) throws(TLSFailure) -> [UInt8] {
        try engine.exportKey(label: label, count: count)
    }
}
