public import Coordination
internal import Link
public import Specification

extension JobController {
    /// After the first failure, how long the other parties may take to report it too, in seconds.
    static let settling = 10.0
    /// How long parties may take to notice by themselves that one of them is gone, in seconds, before they are told.
    static let noticing = 2.0

    /// What is known of a failure while a job is watched.
    private struct Trouble {
        /// What parties reported, the first report first.
        var reports: [(party: Party, failure: ControlMessage.Failure)] = []
        /// What this coordinator saw for itself: a party that is gone, or that does not keep to the rules.
        var observed: ControlMessage.Failure?
        var start: ContinuousClock.Instant?
        var isTold = false

        mutating func add(_ error: any Error, at party: Party) {
            start = start ?? .now
            switch error {
            case ControlError.failed(let failure):
                reports.append((party, failure))
            case ControlError.malformed, ControlError.unknown:
                observed = observed ?? failure(party, .protocolViolation, error)
            default:
                observed = observed ?? failure(party, .peerLost, error)
            }
        }

        private func failure(_ party: Party, _ reason: AbortReason, _ error: any Error) -> ControlMessage.Failure {
            let words = (error as? ControlError)?.causes.joined(separator: "; ") ?? "\(error)"
            return ControlMessage.Failure(party: party, step: "control", reason: reason.name, detail: words)
        }

        /// What the parties have to be told now, once: what one of them reported, at once; what only this coordinator saw, when they
        /// had time to see it too. They settle on one cause among themselves, and another one from here would only disturb that.
        mutating func news() -> ControlMessage.Failure? {
            guard let start, !isTold else { return nil }
            let isDue = !reports.isEmpty || .now - start > .seconds(JobController.noticing)
            guard isDue, let news = cause else { return nil }
            isTold = true
            return news
        }

        /// The job's cause: as the parties tell it, in the words of the one where it happened.
        var cause: ControlMessage.Failure? {
            guard let first = reports.first?.failure else { return observed }
            func isSame(_ other: ControlMessage.Failure) -> Bool {
                (other.party, other.step, other.reason) == (first.party, first.step, first.reason)
            }
            return reports.first { $0.party == first.party && isSame($0.failure) }?.failure ?? first
        }
    }

    /// Waits until all parties have a place for the job, starts it and watches it to its end.
    ///
    /// - Parameters:
    ///   - resumes: whether parties go on from their checkpoints.
    ///   - waiting: called whenever the job's place in a party's queue changes, with `nil` once that party keeps one for it; on several
    ///     threads.
    ///   - started: called once, when the order to start is about to go out.
    ///   - progress: called with every party's news, on several threads.
    /// - Returns: every party's report.
    /// - Throws: `ControlError.failed` with the cause that all parties report.
    public func run(
        _ proposal: Proposal, attempt: Int, resumes: Bool = false,
        waiting: @escaping @Sendable (Party, ControlMessage.Place?) -> Void = { _, _ in },
        started: () -> Void = {},
        progress: @escaping @Sendable (Party, ControlMessage.Progress) -> Void
    ) throws(ControlError) -> [PartyReport] {
        try reserve(proposal, attempt: attempt, waiting: waiting)
        started()
        let resumes = resumes && proposal.canResume
        let trouble = Monitor(Trouble())
        let outcomes = Threads.run(job.parties) { [self] party in
            do {
                guard let link = links[party] else { throw ControlError.lost(party, "no connection") }
                try link.send(
                    .start(
                        .init(
                            hash: proposal.hash, attempt: attempt, connects: proposal.connects[party] ?? [],
                            resumes: resumes)))
                return try watch(party, link, trouble) { progress(party, $0) }
            } catch {
                trouble.withLock { $0.add(error, at: party) }
                tell(trouble)
                throw error
            }
        }
        if let cause = trouble.withLock({ $0.cause }) { throw .failed(cause) }
        return job.parties.compactMap { try? outcomes[$0]?.get() }
    }

    /// Ends the connections to all parties in good order, when nothing more is asked of them. Blocks until they have answered; who only stops
    /// an endpoint aborts its connections, and waits for what may cross an abort.
    public func takeLeave() {
        _ = Threads.run(job.parties) { [links] party in links[party]?.link.close() }
    }

    /// Tells all parties to give up a job that waits or runs. ``run(_:attempt:resumes:waiting:started:progress:)`` then ends as they say.
    public func cancel(_ cause: ControlMessage.Failure) {
        for link in links.values { try? link.send(.cancel(cause)) }
    }

    /// Takes a party's news until it has finished or failed.
    private func watch(
        _ party: Party, _ link: ControlLink, _ trouble: Monitor<Trouble>,
        progress: (ControlMessage.Progress) -> Void
    ) throws(ControlError) -> PartyReport {
        while true {
            tell(trouble)
            if let start = trouble.withLock({ $0.start }), .now - start > .seconds(Self.settling) {
                throw .lost(party, "it did not say how the job ended there")
            }
            switch try link.poll(Wait("progress of \(party)", seconds: 0.5)) {
            case nil: continue
            case .progress(let news): progress(news)
            case .finished(let report) where report.party == party: return report
            case .failed(let failure): throw .failed(failure)
            case .finished, .describe, .reach, .propose, .measure, .reserve, .settle, .start, .cancel, .description,
                .reached, .decision, .demand, .number, .waiting, .ready:
                throw .malformed(party, "something else than progress")
            }
        }
    }

    /// Tells all parties to give up, when it is time. Those that have ended already let it pass.
    private func tell(_ trouble: Monitor<Trouble>) {
        if let news = trouble.withLock({ $0.news() }) { cancel(news) }
    }
}
