public import Specification

/// All links of one job at one party: they end together.
///
/// When any link is lost, a wait on one runs out, or a peer gives up, everything that waits on any of them wakes at once, every peer
/// is told, and every call reports the same ``AbortCause`` as everywhere else in the job. Causes that arise at several parties at the
/// same moment cross; so a failure is reported only a moment after it is known, when the smallest of them has arrived.
public final class LinkGroup: Sendable {
    private struct State {
        var step = "start"
        var cause: AbortCause?
        var settled = ContinuousClock.now
        /// Those that have not been told yet.
        var observers: [@Sendable () -> Void] = []
    }

    /// Whose links these are.
    public let party: Party
    private let links: [Party: any Link]
    private let settling: Duration
    private let state = Monitor(State())

    /// - Parameters:
    ///   - links: One to each peer.
    ///   - settling: How long crossing causes may take to arrive, in seconds.
    public init(party: Party, links: [any Link], settling: Double = 0.25) {
        self.party = party
        self.links = Dictionary(uniqueKeysWithValues: links.map { ($0.peer, $0) })
        self.settling = .seconds(settling)
        for link in links {
            let peer = link.peer
            link.whenEnded { [weak self] error in
                if let self, let cause = self.cause(of: error, at: peer) { self.fail(cause) }
            }
        }
    }

    /// The other parties of the job, by name.
    public var peers: [Party] { links.keys.sorted() }

    /// The link to a peer of this job. What it throws is ``LinkError/aborted(_:)`` with the cause that all parties report, save that
    /// ``LinkError/closed(_:)`` and ``LinkError/tooLong(length:limit:)`` pass unchanged: those are the caller's to judge.
    public subscript(peer: Party) -> any Link {
        guard let link = links[peer] else { preconditionFailure("\(peer) has no part in this job") }
        return GroupLink(link: link, group: self)
    }

    /// Says which step of the job begins, for the cause should a peer be lost in it.
    public func enter(step: String) { state.withLock { $0.step = step } }

    /// Why the job was given up, if it was.
    public var cause: AbortCause? { state.withLock { $0.cause } }

    /// Throws if the job was given up: what a long computation asks from time to time.
    public func check() throws(LinkError) {
        if cause != nil { throw settledError() }
    }

    /// Calls `observer` one time when the job is given up, at once if it was: so that a computation whose result nobody wants
    /// can end. It may run on any thread and must not block.
    public func whenGivenUp(_ observer: @escaping @Sendable () -> Void) {
        let isGivenUp = state.withLock { state in
            if state.cause == nil { state.observers.append(observer) }
            return state.cause != nil
        }
        if isGivenUp { observer() }
    }

    /// Gives the job up for a reason of this party's own.
    /// - Returns: The cause that all parties report: this one, unless another arose at the same moment.
    @discardableResult
    public func abort(_ cause: AbortCause) -> AbortCause {
        fail(cause)
        return settledCause() ?? cause
    }

    /// Ends all links in good order.
    public func close() { for (_, link) in links.sorted(by: { $0.key < $1.key }) { link.close() } }

    /// What an ending or a failed call means for the job; nil for what does not end it.
    private func cause(of error: LinkError, at peer: Party) -> AbortCause? {
        switch error {
        case .lost: AbortCause(party: peer, step: state.withLock { $0.step }, reason: .peerLost)
        case .timedOut(_, let wait): AbortCause(party: peer, step: wait.name, reason: .timedOut)
        case .aborted(let cause): cause
        case .closed, .tooLong: nil
        }
    }

    private func fail(_ cause: AbortCause) {
        let news = state.withLock { state -> [@Sendable () -> Void]? in
            if let known = state.cause {
                guard cause < known else { return nil }
            } else {
                state.settled = .now + settling
            }
            state.cause = cause
            // A smaller cause may still come; nobody is told of the end twice.
            defer { state.observers = [] }
            return state.observers
        }
        guard let observers = news else { return }
        for link in links.values { link.abort(cause) }
        for observer in observers { observer() }
    }

    /// Waits until crossing causes have arrived.
    private func settledCause() -> AbortCause? {
        let settled = state.withLock { $0.settled }
        _ = state.wait(until: settled) { _ in nil as Void? }
        return cause
    }

    private func settledError() -> LinkError {
        guard let cause = settledCause() else { preconditionFailure("called without a cause") }
        return .aborted(cause)
    }

    /// Runs a call on the link to `peer` and reports its failure as the whole group does.
    fileprivate func run<Result>(
        _ peer: Party, _ call: () throws(LinkError) -> Result
    ) throws(LinkError) -> Result {
        do {
            return try call()
        } catch {
            if let cause = cause(of: error, at: peer) { fail(cause) }
            throw cause == nil ? error : settledError()
        }
    }
}

/// One link of a group.
private final class GroupLink: Link {
    private let link: any Link
    private let group: LinkGroup

    init(link: any Link, group: LinkGroup) {
        self.link = link
        self.group = group
    }

    var peer: Party { link.peer }

    func exportKey(label: String, count: Int) throws(LinkError) -> [UInt8] {
        try group.run(peer) { () throws(LinkError) in try link.exportKey(label: label, count: count) }
    }

    func send(_ message: [UInt8], _ wait: Wait) throws(LinkError) {
        try group.run(peer) { () throws(LinkError) in try link.send(message, wait) }
    }

    func receive(_ wait: Wait) throws(LinkError) -> [UInt8] {
        try group.run(peer) { () throws(LinkError) in try link.receive(wait) }
    }

    func abort(_ cause: AbortCause) { group.abort(cause) }

    func close() { link.close() }

    func whenEnded(_ observer: @escaping @Sendable (LinkError) -> Void) { link.whenEnded(observer) }
}
