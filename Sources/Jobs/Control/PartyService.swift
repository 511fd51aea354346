public import Coordination
internal import Cryptography
public import Link
internal import Runtime
internal import Specification
internal import Synchronization

/// A party's side of the control plane: answers a coordinator, and runs the jobs that its policy allows: several at once, the
/// others in a queue.
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
    private let jobs: JobsHere
    private let ranks: RankGroup?
    /// How the last job ended here.
    private let last = Monitor<Outcome?>(nil)
    /// Held while it is decided about a job: what two of them may not have together is counted one after the other.
    private let deciding = Mutex(())

    /// How a job ended.
    public enum Outcome: Equatable, Sendable {
        case done
        case failed(ControlMessage.Failure)
    }

    /// - Parameters:
    ///   - endsAfterOneJob: whether the coordinator is let go after a job, so that the process can stop.
    ///   - rankProgram: what its ranks run, `colonnade-party`; `nil`: it has none, whatever its file says.
    ///   - log: one line for this party's own log; never data.
    /// - Throws: `StateError` where its state folder cannot be used, or another process uses it; `DocumentError` where its file wants
    ///   ranks and they cannot start here.
    public convenience init(
        file: PartyFile, credentials: Credentials, connector: any Connector, endsAfterOneJob: Bool = false,
        rankProgram: String? = nil, log: @escaping @Sendable (String) -> Void
    ) throws {
        var ranks: RankGroup?
        if let rankProgram, let settings = file.ranks {
            try settings.requireLauncher()
            ranks = RankGroup(file.name, settings, program: rankProgram, log: log)
        }
        try self.init(
            file: file, credentials: credentials, connector: connector, endsAfterOneJob: endsAfterOneJob, ranks: ranks,
            log: log)
    }

    /// The same with ranks of any sort.
    package init(
        file: PartyFile, credentials: Credentials, connector: any Connector, endsAfterOneJob: Bool = false,
        ranks: RankGroup?, log: @escaping @Sendable (String) -> Void
    ) throws {
        self.ranks = ranks
        self.file = file
        self.credentials = credentials
        self.connector = connector
        self.log = log
        self.endsAfterOneJob = endsAfterOneJob
        try StateFile.makeFolder(file.state)
        lock = try StateLock(folder: file.state)
        jobs = try JobsHere(file, log: log)
        approvals = try Approvals(state: file.state)
        live = LivePartyFile(file, log: log)
    }

    /// Who answers a question, under the policy that holds now.
    private var admission: Admission {
        let now = live.read()
        return Admission(
            file: now.file, problem: now.problem, credentials: credentials, approvals: approvals, data: now.data,
            ranks: ranks)
    }

    /// How the last job ended; `nil` while none has.
    public var outcome: Outcome? { last.withLock { $0 } }

    /// Waits until a job has ended.
    public func waitForOutcome() -> Outcome {
        while true {
            if let outcome = last.wait(until: .now + .seconds(3600), for: { $0 }) { return outcome }
        }
    }

    /// Gives up the jobs that run and those that wait, takes no other, and waits a moment until all have heard of it.
    public func stop() { jobs.stop() }

    /// Removes what was kept for as long as the party file says, and looks how much room there is. To be done now and then.
    public func tidy() {
        do {
            let removed = try Leftovers(file).remove(.expired(file.retention))
            for leftover in removed {
                log(
                    "removed \(leftover.path), \(ByteCount.text(leftover.bytes)): retention.\(leftover.kind.rawValue) is over"
                )
            }
            if let warning = try DiskSpace(at: file.state).warning(at: file.state) { log("warning: \(warning)") }
        } catch { log("warning: what ended jobs left could not be removed: \(error)") }
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
                case .propose(let text):
                    let decision = deciding.withLock { _ in admission.decision(on: Array(text.utf8)) }
                    note(decision, on: Array(text.utf8))
                    try control.send(.decision(decision))
                case .measure(let hash): try control.send(measure(hash))
                case .reserve(let order):
                    if try take(order, control), endsAfterOneJob { return }
                case .start(let order):
                    if try takeAtOnce(order, control), endsAfterOneJob { return }
                case .cancel: break  // The job has ended here already.
                case .settle, .description, .reached, .decision, .demand, .number, .waiting, .ready, .progress,
                    .finished, .failed:
                    return
                }
            } catch ControlError.unknown(_, let name) {
                // A coordinator of a newer version may know what else to say.
                guard (try? control.send(.failed(unknown(name)))) != nil else { return }
            } catch { return }
        }
    }

    private func unknown(_ message: String) -> ControlMessage.Failure {
        .init(
            party: file.name, step: "control", reason: AbortReason.versionMismatch.name,
            detail:
                "the program of \(file.name) (\(Software.version)) does not know the message '\(message)' of the coordinator, "
                + "whose program is newer: update it at \(file.name)")
    }

    /// Says in the log what keeps a proposed job from running here. Its reasons may quote names that came from outside.
    private func note(_ decision: ControlMessage.Decision, on encoded: [UInt8]) {
        let what: String
        switch decision {
        case .accepted: return
        case .pending(let command): what = "a person has to approve it first: \(command)"
        case .refused(let reasons): what = "refused by the policy: \(reasons.joined(separator: "; "))"
        case .unfit(let reasons): what = "it does not fit: \(reasons.joined(separator: "; "))"
        }
        let name = (try? EffectiveJob(decoding: encoded))?.job.name ?? "without a name"
        let line = "proposed: job \(name), \(EffectiveJob.hash(of: encoded).hexadecimal.prefix(12)): \(what)"
        let printable = line.unicodeScalars.prefix(1000).map { $0.properties.generalCategory == .control ? "?" : $0 }
        log(String(String.UnicodeScalarView(printable)))
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

    private func measure(_ hash: String) -> ControlMessage {
        do { return .demand(try admission.demand(of: hash)) } catch { return .failed(failure(error, step: "estimate")) }
    }

    // MARK: - A job

    /// Takes a job from its place in the queue to its end, and tells the coordinator.
    /// - Returns: Whether it began.
    /// - Throws: `ControlError` where the coordinator is gone, or does not keep to the rules, before it began.
    private func take(_ order: ControlMessage.Reservation, _ control: ControlLink) throws -> Bool {
        let visit: JobsHere.Visit
        do { visit = try enter(order) } catch {
            try control.send(.failed(failure(error, step: "queue")))
            return false
        }
        defer { jobs.leave(visit, .cancelled, ControlMessage.Failure(lost: control.link.peer)) }
        try control.send(.number(visit.number))
        switch try control.receive(Wait("the job's number", seconds: 60)) {
        case .settle(let number) where jobs.settle(visit, at: number): break
        case .cancel(let failure):
            giveUp(visit, failure)
            return false
        default: throw ControlError.malformed(control.link.peer, "no number for the job")
        }
        guard let start = try waitForTurn(visit, order, control) else { return false }
        return try run(visit, start, control)
    }

    /// Takes a job of a coordinator of version 1 of the control plane, which knows no queue: at once, or not at all.
    /// - Returns: Whether it began.
    private func takeAtOnce(_ order: ControlMessage.Start, _ control: ControlLink) throws -> Bool {
        let visit: JobsHere.Visit
        do { visit = try enter(.init(hash: order.hash, attempt: order.attempt)) } catch {
            try control.send(.failed(failure(error, step: "start")))
            return false
        }
        defer { jobs.leave(visit, .cancelled, ControlMessage.Failure(lost: control.link.peer)) }
        guard jobs.settle(visit, at: visit.number), jobs.place(of: visit) == nil else {
            let failure = failure(RunError(.busy, noPlace), step: "start")
            giveUp(visit, failure)
            try control.send(.failed(failure))
            return false
        }
        return try run(visit, order, control, by: 1)
    }

    private var noPlace: String {
        "\(file.name) is busy with another job, and the coordinator's program is too old to wait for a place: run the job again later, "
            + "or update the coordinator's program to that of \(file.name) (\(Software.version))"
    }

    private func enter(_ order: ControlMessage.Reservation) throws -> JobsHere.Visit {
        let admission = admission
        let (job, demand) = try deciding.withLock { _ in try admission.consider(order.hash) }
        let visit = try jobs.enter(
            job, hash: order.hash, attempt: order.attempt, memory: demand.memory, exclusive: job.sharedTags)
        log("job \(job.name), \(order.hash.prefix(12))-\(order.attempt), is in the queue")
        return visit
    }

    /// Waits until it is the job's turn at all of its parties.
    /// - Returns: The order to start; `nil` where the job is not to run any more, and all have been told.
    private func waitForTurn(
        _ visit: JobsHere.Visit, _ order: ControlMessage.Reservation, _ control: ControlLink
    ) throws -> ControlMessage.Start? {
        var told: ControlMessage.Place?
        var isReady = false
        while true {
            if let cause = jobs.cancellation(of: visit) {
                let failure = ControlMessage.Failure(cause)
                giveUp(visit, failure)
                try control.send(.failed(failure))
                return nil
            }
            let place = jobs.place(of: visit)
            if let place, place != told { try control.send(.waiting(place)) }
            if place == nil, !isReady { try control.send(.ready) }
            (told, isReady) = (place, place == nil)
            switch try control.poll(Wait("the order to start", seconds: 0.25)) {
            case nil: continue
            case .start(let start) where isReady && start.hash == order.hash && start.attempt == order.attempt:
                return start
            case .cancel(let failure):
                giveUp(visit, failure)
                return nil
            case .some: throw ControlError.malformed(control.link.peer, "something else than the order to start")
            }
        }
    }

    /// Lets a job go that has not begun.
    private func giveUp(_ visit: JobsHere.Visit, _ failure: ControlMessage.Failure) {
        log("job \(visit.hash.prefix(12)) is not run: \(ControlError.failed(failure))")
        jobs.leave(visit, .cancelled, failure)
    }

    /// Runs a job to its end and tells the coordinator.
    /// - Parameter version: Of the control plane, as the coordinator speaks it.
    /// - Returns: Whether it began.
    private func run(
        _ visit: JobsHere.Visit, _ order: ControlMessage.Start, _ control: ControlLink,
        by version: Int = ControlMessage.version
    ) throws -> Bool {
        let job: RunningJob
        do { job = try begin(visit, order, control, by: version) } catch {
            let failure = failure(error, step: "start")
            jobs.leave(visit, .failed, failure)
            try control.send(.failed(failure))
            return false
        }
        let outcome = watch(job, visit, control)
        let (message, ending): (ControlMessage, Outcome)
        switch outcome {
        case .success(let report):
            log("job \(job.assignment.job.name) is done")
            if let metrics = report.metrics { log("metrics: \(metrics.text)") }
            (message, ending) = (.finished(job.file.policy.released(report)), .done)
            jobs.leave(visit, .done)
        case .failure(let error):
            let failure = ControlMessage.Failure(error)
            let id = "\(visit.hash.prefix(12))-\(order.attempt)"
            log("job \(job.assignment.job.name), \(id), failed: \(ControlError.failed(failure))")
            (message, ending) = (.failed(failure), .failed(failure))
            jobs.leave(visit, failure.reason == AbortReason.cancelled.name ? .cancelled : .failed, failure)
        }
        // Free before the coordinator hears of it: it may have the next job ready.
        try? control.send(message)
        // The coordinator has the last word of the job before anybody who waits for its end stops this process.
        if endsAfterOneJob { control.link.close() }
        last.withLock { $0 = ending }
        return true
    }

    private func begin(
        _ visit: JobsHere.Visit, _ order: ControlMessage.Start, _ control: ControlLink, by version: Int
    ) throws -> RunningJob {
        let admission = admission
        let (assignment, dataset) = try deciding.withLock { _ in try admission.admit(order, by: version) }
        guard let cores = jobs.start(visit) else { throw RunError(.stopping, "\(file.name) is about to stop") }
        let job = RunningJob(
            assignment, file: admission.file, credentials: credentials, dataset: dataset, connector: connector,
            connects: order.connects, cores: cores, ranks: ranks
        ) { [log, jobs, policy = admission.file.policy, name = assignment.job.name] progress in
            if let note = progress.note { log("\(name): \(note)") }
            jobs.note(visit, progress)
            try? control.send(.progress(policy.released(progress)))
        }
        jobs.run(visit, job)
        return job
    }

    private func failure(_ error: any Error, step: String) -> ControlMessage.Failure {
        let reason = (error as? any AbortReasonProviding)?.abortReason ?? .internalError
        return .init(party: file.name, step: step, reason: reason.name, detail: "\(error)")
    }

    /// Hears the coordinator until the job has ended: only a cancellation or the coordinator's loss can come. So can a wish of this
    /// party's own people.
    private func watch(
        _ job: RunningJob, _ visit: JobsHere.Visit, _ control: ControlLink
    ) -> RunningJob.Outcome {
        let coordinator = control.link.peer
        while true {
            if let outcome = job.outcome { return outcome }
            if let cause = jobs.cancellation(of: visit) { job.cancel(cause) }
            do {
                switch try control.poll(Wait("the end of the job", seconds: 0.25)) {
                case nil: continue
                case .cancel(let failure): job.cancel(AbortCause(failure))
                case .some: job.cancel(AbortCause(party: coordinator, step: "control", reason: .protocolViolation))
                }
            } catch ControlError.unknown {
                job.cancel(AbortCause(party: coordinator, step: "control", reason: .versionMismatch))
            } catch {
                job.cancel(AbortCause(party: coordinator, step: "control", reason: .peerLost))
                return job.waitForOutcome()
            }
        }
    }
}

extension Job {
    /// What two jobs at once would spoil for each other: what is kept of ids for further jobs of one name.
    fileprivate var sharedTags: String? { align.keepDays == nil ? nil : name }
}

extension AbortCause {
    /// A cause as the control plane names it.
    init(_ failure: ControlMessage.Failure) {
        let reason = AbortReason.allCases.first { $0.name == failure.reason } ?? .cancelled
        self.init(party: failure.party, step: failure.step, reason: reason)
    }
}

extension ControlMessage.Failure {
    /// A coordinator that went before its job began.
    fileprivate init(lost coordinator: Party) {
        self.init(party: coordinator, step: "queue", reason: AbortReason.peerLost.name, detail: nil)
    }

    fileprivate init(_ cause: AbortCause) {
        self.init(party: cause.party, step: cause.step, reason: cause.reason.name, detail: nil)
    }

    /// What the coordinator is told of a job's end; the detail is only the story of who was there.
    init(_ failure: JobFailure) {
        self.init(
            party: failure.cause.party, step: failure.cause.step, reason: failure.cause.reason.name,
            detail: failure.detail == failure.cause.description ? nil : failure.detail)
    }
}
