internal import Coordination
internal import Dispatch
internal import Link
internal import Paillier
internal import Runtime
internal import Specification
internal import Workers

/// One job at one party on a thread of its own, from connecting to its end. It can be cancelled at any moment.
final class RunningJob: Sendable {
    typealias Outcome = Result<PartyReport, JobFailure>

    /// How long partners may take to connect, in seconds.
    private static let connecting = 30.0

    private struct State {
        /// Partners that answered, or did not.
        var connections: [Party: Result<any Link, any Error>] = [:]
        var isConnecting = true
        /// All links, once they are there.
        var links: LinkGroup?
        /// Why the job is to end early.
        var cause: AbortCause?
        var outcome: Outcome?

        /// One that could not be reached; the first by name where there are several.
        var failedPartner: Party? {
            connections.filter { if case .failure = $0.value { true } else { false } }.keys.min()
        }
    }

    let assignment: Assignment
    /// The party's, with the policy under which the job began.
    let file: PartyFile
    private let credentials: Credentials
    private let dataset: Dataset
    private let connector: any Connector
    /// The partners that this party connects to; the others connect to it.
    private let connects: Set<Party>
    private let cores: CoreShare
    private let ranks: RankGroup?
    private let notify: @Sendable (ControlMessage.Progress) -> Void
    private let state = Monitor(State())

    /// Begins at once.
    /// - Parameters:
    ///   - ranks: That compute for this party, too.
    ///   - notify: told of progress, on the job's thread.
    init(
        _ assignment: Assignment, file: PartyFile, credentials: Credentials, dataset: Dataset,
        connector: any Connector, connects: [Party], cores: CoreShare, ranks: RankGroup?,
        notify: @escaping @Sendable (ControlMessage.Progress) -> Void
    ) {
        self.assignment = assignment
        self.file = file
        self.credentials = credentials
        self.dataset = dataset
        self.connector = connector
        self.connects = Set(connects)
        self.cores = cores
        self.ranks = ranks
        self.notify = notify
        DispatchQueue(label: "job \(assignment.job.name)").async { [self] in
            let outcome = work()
            state.withLock { ($0.outcome, $0.links) = (outcome, nil) }
        }
    }

    /// How it ended; `nil` while it runs.
    var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Waits until it has ended. Every wait inside has an end, so this one has.
    func waitForOutcome() -> Outcome {
        while true {
            if let outcome = state.wait(until: .now + .seconds(3600), for: { $0.outcome }) { return outcome }
        }
    }

    /// Gives the job up. The first cause stands.
    func cancel(_ cause: AbortCause) {
        let links = state.withLock { state in
            state.cause = state.cause ?? cause
            return state.links
        }
        links?.abort(cause)
    }

    private func work() -> Outcome {
        let seat = ranks?.enter()
        defer { if let seat { ranks?.leave(seat) } }
        do throws(JobFailure) {
            let run = PartyRun(
                assignment, file: file, credentials: credentials, dataset: dataset, links: try connect(), notify: notify
            )
            return .success(
                try WorkContext(share: cores).run { () throws(JobFailure) in
                    try SharedProducts.run(in: seat?.products) { () throws(JobFailure) in
                        try TowerRanks.with(seat?.towers(state: file.state)) { () throws(JobFailure) in try run.run() }
                    }
                })
        } catch {
            return .failure(error)
        }
    }

    // MARK: - Connecting

    /// Connects to every partner, all at once. Gives up as soon as one cannot be reached or the job is cancelled: who is connected
    /// by then, or will be, hears why.
    private func connect() throws(JobFailure) -> LinkGroup {
        let wait = Wait("all partners to connect", seconds: Self.connecting)
        let partners = assignment.job.parties.filter { $0 != file.name }
        for partner in partners {
            DispatchQueue(label: "connect \(partner)").async { [self] in connect(to: partner, wait) }
        }
        // A moment longer than the connector itself waits: it knows better why.
        _ = state.wait(until: .now + .seconds(Self.connecting + 5)) { state in
            let isOver = state.cause != nil || state.connections.count == partners.count || state.failedPartner != nil
            return isOver ? () : nil
        }
        let (connections, failed) = state.withLock { state in
            state.isConnecting = false
            return (state.connections, state.failedPartner)
        }
        let group = LinkGroup(party: file.name, links: connections.values.compactMap { try? $0.get() })
        let cause = state.withLock { state in
            state.links = group
            return state.cause
        }
        if let cause { throw group.giveUp(LinkError.aborted(cause), step: "connect") }
        guard let missing = failed ?? partners.first(where: { connections[$0] == nil }) else { return group }
        var problem = "no answer"
        if case .failure(let error) = connections[missing] { problem = "\(error)" }
        let failure = group.giveUp(RunError(.peerLost, blaming: missing, problem), step: "connect")
        state.withLock { $0.cause = $0.cause ?? failure.cause }
        throw failure
    }

    private func connect(to partner: Party, _ wait: Wait) {
        let result = Result {
            connects.contains(partner)
                ? try connector.connect(to: partner, purpose: assignment.purpose, wait)
                : try connector.accept(from: partner, purpose: assignment.purpose, wait)
        }
        let isInTime = state.withLock { state in
            if state.isConnecting { state.connections[partner] = result }
            return state.isConnecting
        }
        guard !isInTime, case .success(let link) = result else { return }
        // The job is being given up; why is known in a moment.
        let cause = state.wait(until: .now + .seconds(5)) { $0.cause }
        link.abort(cause ?? AbortCause(party: file.name, step: "connect", reason: .cancelled))
    }
}
