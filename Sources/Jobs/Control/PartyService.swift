public import Coordination
internal import Cryptography
internal import Dispatch
internal import Glibc
public import Link
internal import Runtime
internal import Specification
internal import Tables

/// A party's side of the control plane: answers a coordinator, and runs the jobs that its policy allows, one at a time.
public final class PartyService: Sendable {
    /// The purpose under which partners find out whether they reach each other.
    public static let probePurpose = "probe"
    /// How long partners may take to connect at a job's start, in seconds.
    static let connecting = 30.0

    private let file: PartyFile
    private let credentials: Credentials
    private let connector: any Connector
    private let log: @Sendable (String) -> Void
    private let approvals: Approvals
    private let endsAfterOneJob: Bool
    private let state = Monitor(State())

    private struct State {
        var dataset: Dataset?
        /// When the data file was last changed, when it was read.
        var datasetTime = 0
        var isBusy = false
        var isStopping = false
        /// The links of the job that runs, once they are there.
        var links: LinkGroup?
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
    public init(
        file: PartyFile, credentials: Credentials, connector: any Connector, endsAfterOneJob: Bool = false,
        log: @escaping @Sendable (String) -> Void
    ) throws(StateError) {
        self.file = file
        self.credentials = credentials
        self.connector = connector
        self.log = log
        self.endsAfterOneJob = endsAfterOneJob
        approvals = try Approvals(state: file.state)
    }

    /// How the last job ended; `nil` while none has.
    public var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Waits until a job has ended.
    public func waitForOutcome() -> Outcome {
        while true {
            if let outcome = state.wait(until: .now + .seconds(3600), for: { $0.outcome }) { return outcome }
        }
    }

    /// Gives up the job that runs, if one does, and waits a moment until all have heard of it.
    public func stop() {
        let links = state.withLock { state in
            state.isStopping = true
            return state.links
        }
        links?.abort(AbortCause(party: file.name, step: "serve", reason: .stopping))
        _ = state.wait(until: .now + .seconds(5)) { $0.isBusy ? nil : () }
    }

    /// Talks with a coordinator until it goes. Blocks. The caller has made sure that the link's peer is the coordinator.
    public func serve(_ link: any Link) {
        let control = ControlLink(link)
        defer { link.close() }
        while true {
            let message: ControlMessage
            do { message = try control.receive(Wait("an order of the coordinator", seconds: 86_400)) } catch { return }
            do {
                switch message {
                case .describe: try control.send(.description(describe()))
                case .reach(let partners): try control.send(.reached(reach(partners)))
                case .propose(let text): try control.send(.decision(decide(Array(text.utf8))))
                case .start(let order):
                    guard let outcome = try run(order, control) else { break }
                    // The coordinator has the last word of the job before anybody who waits for its end stops this process.
                    if endsAfterOneJob { link.close() }
                    state.withLock { $0.outcome = outcome }
                    if endsAfterOneJob { return }
                case .cancel: break
                case .description, .reached, .decision, .progress, .finished, .failed: return
                }
            } catch { return }
        }
    }

    // MARK: - Before a job

    /// The data, read anew where the file has changed.
    private func load() throws(TablesError) -> Dataset {
        var status = stat()
        let time = stat(file.data.file, &status) == 0 ? status.st_mtim.tv_sec : 0
        if let dataset = state.withLock({ $0.datasetTime == time ? $0.dataset : nil }) { return dataset }
        let dataset = try Dataset(file.data)
        state.withLock { ($0.dataset, $0.datasetTime) = (dataset, time) }
        log("read \(dataset.table.rowCount) rows from \(dataset.table.file)")
        return dataset
    }

    private func describe() -> PartyDescription {
        let certificate = credentials.identity.certificate
        var description = PartyDescription(
            party: file.name, software: Software.version,
            protocols: Software.specifications.map {
                .init(name: $0.name, version: $0.version, hash: $0.hash.hexadecimal)
            },
            certificate: certificate.fingerprint.hexadecimal,
            certificateDays: (certificate.notAfter - Int(time(nil))) / 86_400, rows: 0, key: file.data.key, columns: [],
            partners: file.partners.partners.sorted { $0.key < $1.key }.compactMap { party, partner in
                credentials.partners[party].map {
                    .init(
                        party: party, certificate: $0.fingerprint.hexadecimal, hasAddress: partner.address != nil)
                }
            },
            exposureLimit: file.policy.exposureLimit, minimumKeyBits: file.policy.minimumKeyBits,
            protections: file.policy.protections.map(\.rawValue), problem: nil)
        do {
            let dataset = try load()
            description.rows = dataset.table.rowCount
            description.columns = dataset.offered(by: file.policy).map { .init(name: $0.name, type: $0.type.rawValue) }
        } catch {
            description.problem = error.description
        }
        return description
    }

    private func reach(_ partners: [Party]) -> [Party: String] {
        Threads.run(partners) { [connector] partner in
            try connector.connect(
                to: partner, purpose: Self.probePurpose, Wait("\(partner) to answer", seconds: 10)
            ).close()
        }.compactMapValues { result in
            if case .failure(let error) = result { "\(error)" } else { nil }
        }
    }

    private func decide(_ encoded: [UInt8]) -> ControlMessage.Decision {
        do {
            let effective = try EffectiveJob(decoding: encoded)
            let problems = check(effective)
            guard problems.isEmpty else { return .unfit(problems) }
            let job = effective.job
            let misfits = try load().misfits(job, at: file.name)
            guard misfits.isEmpty else { return .unfit(misfits) }
            let member = job.member(file.name)
            let refusals = file.policy.refusals(
                of: job, columns: member?.columns ?? [], label: member?.role == .label)
            guard refusals.isEmpty else { return .refused(refusals) }
            try approvals.remember(encoded)
            let hash = EffectiveJob.hash(of: encoded).hexadecimal
            switch (try approvals.decision(hash), file.policy.approval) {
            case (.denied, _): return .refused(["job \(hash.prefix(12)) was denied here by a person"])
            case (.approved, _), (nil, .automatic): return .accepted(attempt: try approvals.nextAttempt(hash))
            case (nil, .ask):
                return .pending(command: "colonnade-party approve \(file.folder)/party.yaml \(hash.prefix(12))")
            }
        } catch {
            return .unfit(["\(error)"])
        }
    }

    /// What in a job does not agree with this party's own pins and program. The coordinator is not trusted with either.
    private func check(_ effective: EffectiveJob) -> [String] {
        var problems = effective.job.invalidities
        var own = credentials.partners
        own[file.name] = credentials.identity.certificate
        for party in effective.job.parties {
            guard let pinned = own[party] else {
                problems.append("\(party) is not a partner here")
                continue
            }
            if effective.certificates[party] != pinned.fingerprint.hexadecimal {
                problems.append("the job names another certificate of \(party) than the one pinned here")
            }
        }
        for specification in Software.specifications
        where !effective.protocols.contains(EffectiveJob.ProtocolVersion(specification)) {
            problems.append("the job is for another version of \(specification.name) than this program's")
        }
        if effective.job.member(file.name) == nil { problems.append("\(file.name) has no part in this job") }
        return problems
    }

    // MARK: - A job

    /// Starts a job on a thread of its own, and hears the coordinator while it runs.
    /// - Returns: How it ended; `nil` where it did not begin.
    private func run(_ order: ControlMessage.Start, _ control: ControlLink) throws(ControlError) -> Outcome? {
        let isFree = state.withLock { state in
            guard !state.isBusy, !state.isStopping else { return false }
            state.isBusy = true
            return true
        }
        guard isFree else {
            try control.send(.failed(failure(.cancelled, "start", "\(file.name) is busy with another job")))
            return nil
        }
        let (assignment, dataset): (Assignment, Dataset)
        do { (assignment, dataset) = try take(order) } catch {
            state.withLock { $0.isBusy = false }
            try control.send(.failed(failure(.notApproved, "start", "\(error)")))
            return nil
        }
        let cancelled = Monitor<AbortCause?>(nil)
        let ended = Monitor<Outcome?>(nil)
        DispatchQueue(label: "job \(order.hash.prefix(12))").async { [self] in
            let outcome = work(assignment, dataset, order, control, cancelled)
            switch outcome {
            case .done: log("job \(assignment.job.name) is done")
            case .failed(let failure): log("job \(assignment.job.name) failed: \(ControlError.failed(failure))")
            }
            state.withLock { ($0.isBusy, $0.links) = (false, nil) }
            ended.withLock { $0 = outcome }
        }
        // Until the job is done, only a cancellation or the coordinator's loss can come.
        while true {
            if let outcome = ended.withLock({ $0 }) { return outcome }
            let cause: AbortCause
            do {
                switch try control.poll(Wait("the end of the job", seconds: 0.25)) {
                case nil: continue
                case .cancel(let failure): cause = AbortCause(failure)
                case .some: cause = AbortCause(party: control.link.peer, step: "control", reason: .protocolViolation)
                }
            } catch {
                cause = AbortCause(party: control.link.peer, step: "control", reason: .peerLost)
            }
            cancelled.withLock { $0 = $0 ?? cause }
            state.withLock { $0.links }?.abort(cause)
            if let outcome = ended.wait(until: .now + .seconds(JobController.settling), for: { $0 }) { return outcome }
        }
    }

    /// The proposal that an order names, still approved, under an attempt number that it uses up.
    private func take(_ order: ControlMessage.Start) throws -> (Assignment, Dataset) {
        guard let encoded = try approvals.job(order.hash) else {
            throw RunError(.notApproved, "job \(order.hash.prefix(12)) was not proposed here")
        }
        guard case .accepted(let lowest) = decide(encoded), order.attempt >= lowest else {
            throw RunError(
                .notApproved, "job \(order.hash.prefix(12)) is not approved here, or that attempt was used before")
        }
        try approvals.use(attempt: order.attempt, of: order.hash)
        return (
            Assignment(effective: try EffectiveJob(decoding: encoded), encoded: encoded, attempt: order.attempt),
            try load()
        )
    }

    private func work(
        _ assignment: Assignment, _ dataset: Dataset, _ order: ControlMessage.Start, _ control: ControlLink,
        _ cancelled: Monitor<AbortCause?>
    ) -> Outcome {
        do {
            let links = LinkGroup(party: file.name, links: try connect(assignment, order))
            state.withLock { $0.links = links }
            if let cause = cancelled.withLock({ $0 }) { links.abort(cause) }
            let run = PartyRun(
                assignment, file: file, credentials: credentials, dataset: dataset, links: links
            ) { [log] progress in
                if let note = progress.note { log(note) }
                try? control.send(.progress(progress))
            }
            let report = try run.run()
            try? control.send(.finished(report))
            return .done
        } catch {
            let failure =
                switch error {
                case let error as JobFailure:
                    ControlMessage.Failure(
                        party: error.cause.party, step: error.cause.step, reason: error.cause.reason.name,
                        detail: error.detail)
                case let error as ControlMessage.Failure: error
                default: failure(.internalError, "connect", "\(error)")
                }
            try? control.send(.failed(failure))
            return .failed(failure)
        }
    }

    /// Connects to every partner of a job, all at once.
    private func connect(_ assignment: Assignment, _ order: ControlMessage.Start) throws -> [any Link] {
        let wait = Wait("all partners to connect", seconds: Self.connecting)
        let partners = assignment.job.parties.filter { $0 != file.name }
        let results = Threads.run(partners) { [connector] partner -> any Link in
            order.connects.contains(partner)
                ? try connector.connect(to: partner, purpose: assignment.purpose, wait)
                : try connector.accept(from: partner, purpose: assignment.purpose, wait)
        }
        var links: [any Link] = []
        var problem: (Party, any Error)?
        for partner in partners {
            switch results[partner] {
            case .success(let link): links.append(link)
            case .failure(let error): problem = problem ?? (partner, error)
            case nil: break
            }
        }
        if let (partner, error) = problem {
            let cause = AbortCause(party: partner, step: "connect", reason: .peerLost)
            for link in links { link.abort(cause) }
            throw ControlMessage.Failure(
                party: partner, step: cause.step, reason: cause.reason.name, detail: "\(error)")
        }
        return links
    }

    private func failure(_ reason: AbortReason, _ step: String, _ detail: String) -> ControlMessage.Failure {
        ControlMessage.Failure(party: file.name, step: step, reason: reason.name, detail: detail)
    }
}

extension AbortCause {
    /// A cause as the control plane names it.
    init(_ failure: ControlMessage.Failure) {
        let reason = AbortReason.allCases.first { $0.name == failure.reason } ?? .cancelled
        self.init(party: failure.party, step: failure.step, reason: reason)
    }
}
