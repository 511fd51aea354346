public import Coordination
internal import Cryptography
public import Link
internal import Runtime
internal import Specification

/// A party's side of the control plane: answers a coordinator, and runs the jobs that its policy allows, one at a time.
public final class PartyService: Sendable {
    /// The purpose under which partners find out whether they reach each other.
    public static let probePurpose = "probe"

    /// As it was at the start.
    private let file: PartyFile
    private let live: LivePartyFile
    private let approvals: Approvals
    private let credentials: Credentials
    private let connector: any Connector
    private let log: @Sendable (String) -> Void
    private let lock: StateLock
    private let endsAfterOneJob: Bool
    private let state = Monitor(State())

    private struct State {
        enum Activity {
            case idle
            /// An order is being looked at.
            case starting
            case running(RunningJob)
        }

        var activity = Activity.idle
        var isStopping = false
        var outcome: Outcome?
    }

    /// How the last job ended here.
    public enum Outcome: Equatable, Sendable {
        case done
        case failed(ControlMessage.Failure)
    }

    /// - Parameters:
    ///   - endsAfterOneJob: whether the coordinator is let go after a job, so that the process can stop.
    ///   - log: one line for this party's own log; never data.
    /// - Throws: `StateError` where its state folder cannot be used, or another process uses it.
    public init(
        file: PartyFile, credentials: Credentials, connector: any Connector, endsAfterOneJob: Bool = false,
        log: @escaping @Sendable (String) -> Void
    ) throws(StateError) {
        self.file = file
        self.credentials = credentials
        self.connector = connector
        self.log = log
        self.endsAfterOneJob = endsAfterOneJob
        try StateFile.makeFolder(file.state)
        lock = try StateLock(folder: file.state)
        try Checkpoints.removeOld(state: file.state)
        approvals = try Approvals(state: file.state)
        live = LivePartyFile(file, log: log)
    }

    /// Who answers a question, under the policy that holds now.
    private var admission: Admission {
        let now = live.read()
        return Admission(
            file: now.file, problem: now.problem, credentials: credentials, approvals: approvals, data: now.data)
    }

    /// How the last job ended; `nil` while none has.
    public var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Waits until a job has ended.
    public func waitForOutcome() -> Outcome {
        while true {
            if let outcome = state.wait(until: .now + .seconds(3600), for: { $0.outcome }) { return outcome }
        }
    }

    /// Gives up the job that runs, if one does, takes no other, and waits a moment until all have heard of it.
    public func stop() {
        let running = state.withLock { state -> RunningJob? in
            state.isStopping = true
            if case .running(let job) = state.activity { return job }
            return nil
        }
        running?.cancel(AbortCause(party: file.name, step: "serve", reason: .stopping))
        _ = state.wait(until: .now + .seconds(5)) { state -> Void? in
            if case .idle = state.activity { () } else { nil }
        }
    }

    /// Talks with a coordinator until it goes. Blocks. The caller has made sure that the link's peer is the coordinator.
    public func serve(_ link: any Link) {
        let control = ControlLink(link)
        defer { link.close() }
        while true {
            do {
                switch try control.receive(Wait("an order of the coordinator", seconds: 86_400)) {
                case .describe: try control.send(.description(admission.description()))
                case .reach(let partners): try control.send(.reached(reach(partners)))
                case .propose(let text): try control.send(.decision(admission.decision(on: Array(text.utf8))))
                case .start(let order):
                    if try run(order, control), endsAfterOneJob { return }
                case .cancel: break  // The job has ended here already.
                case .description, .reached, .decision, .progress, .finished, .failed: return
                }
            } catch { return }
        }
    }

    /// Tries whether partners of this party can be reached: never anybody else whom a coordinator names.
    private func reach(_ partners: [Party]) -> [Party: String] {
        let known = Set(partners).filter { file.partners.partners[$0] != nil }
        let failures = Threads.run(known) { [connector] partner in
            try connector.connect(
                to: partner, purpose: Self.probePurpose, Wait("\(partner) to answer", seconds: 10)
            ).close()
        }.compactMapValues { result in
            if case .failure(let error) = result { "\(error)" } else { nil }
        }
        return Set(partners).subtracting(known).reduce(into: failures) { $0[$1] = "is not a partner here" }
    }

    // MARK: - A job

    /// Runs a job to its end and tells the coordinator.
    /// - Returns: Whether it began.
    private func run(_ order: ControlMessage.Start, _ control: ControlLink) throws(ControlError) -> Bool {
        let job: RunningJob
        do { job = try begin(order, control) } catch {
            try control.send(
                .failed(
                    .init(party: file.name, step: "start", reason: error.abortReason.name, detail: error.description)))
            return false
        }
        let outcome = watch(job, control)
        // Free before the coordinator hears of it: it may have the next job ready.
        state.withLock { $0.activity = .idle }
        let message: ControlMessage
        let ending: Outcome
        switch outcome {
        case .success(let report):
            log("job \(job.assignment.job.name) is done")
            if let metrics = report.metrics { log("metrics: \(metrics.text)") }
            message = .finished(job.file.policy.released(report))
            ending = .done
        case .failure(let error):
            let failure = ControlMessage.Failure(error)
            log("job \(job.assignment.job.name) failed: \(ControlError.failed(failure))")
            message = .failed(failure)
            ending = .failed(failure)
        }
        try? control.send(message)
        // The coordinator has the last word of the job before anybody who waits for its end stops this process.
        if endsAfterOneJob { control.link.close() }
        state.withLock { $0.outcome = ending }
        return true
    }

    private func begin(_ order: ControlMessage.Start, _ control: ControlLink) throws(RunError) -> RunningJob {
        try state.withLock { (state) throws(RunError) in
            guard !state.isStopping else { throw RunError(.stopping, "\(file.name) is about to stop") }
            guard case .idle = state.activity else { throw RunError(.busy, "\(file.name) is busy with another job") }
            state.activity = .starting
        }
        do {
            let admission = admission
            let (assignment, dataset) = try admission.admit(order)
            let job = RunningJob(
                assignment, file: admission.file, credentials: credentials, dataset: dataset, connector: connector,
                connects: order.connects
            ) { [log, policy = admission.file.policy] progress in
                if let note = progress.note { log(note) }
                try? control.send(.progress(policy.released(progress)))
            }
            let isStopping = state.withLock { state in
                state.activity = .running(job)
                return state.isStopping
            }
            if isStopping { job.cancel(AbortCause(party: file.name, step: "serve", reason: .stopping)) }
            return job
        } catch {
            state.withLock { $0.activity = .idle }
            throw error as? RunError
                ?? RunError((error as? any AbortReasonProviding)?.abortReason ?? .internalError, "\(error)")
        }
    }

    /// Hears the coordinator until the job has ended: only a cancellation or the coordinator's loss can come.
    private func watch(_ job: RunningJob, _ control: ControlLink) -> RunningJob.Outcome {
        let coordinator = control.link.peer
        while true {
            if let outcome = job.outcome { return outcome }
            do {
                switch try control.poll(Wait("the end of the job", seconds: 0.25)) {
                case nil: continue
                case .cancel(let failure): job.cancel(AbortCause(failure))
                case .some: job.cancel(AbortCause(party: coordinator, step: "control", reason: .protocolViolation))
                }
            } catch {
                job.cancel(AbortCause(party: coordinator, step: "control", reason: .peerLost))
                return job.waitForOutcome()
            }
        }
    }
}

extension AbortCause {
    /// A cause as the control plane names it.
    init(_ failure: ControlMessage.Failure) {
        let reason = AbortReason.allCases.first { $0.name == failure.reason } ?? .cancelled
        self.init(party: failure.party, step: failure.step, reason: reason)
    }
}

extension ControlMessage.Failure {
    /// What the coordinator is told of a job's end; the detail is only the story of who was there.
    init(_ failure: JobFailure) {
        self.init(
            party: failure.cause.party, step: failure.cause.step, reason: failure.cause.reason.name,
            detail: failure.detail == failure.cause.description ? nil : failure.detail)
    }
}
