public import Coordination
package import Cryptography
public import Link
internal import Paillier
public import Runtime
internal import Specification
internal import Tables
internal import Transcript
internal import Workers

/// One job at one party, from connected links to the sealed transcript.
public final class PartyRun {
    let assignment: Assignment
    let file: PartyFile
    let credentials: Credentials
    let dataset: Dataset
    let links: LinkGroup
    /// What crossed the links so far, over all sessions.
    let ciphertexts = CiphertextRegistry()
    private let watch: ComputationWatch
    /// In place of the system's randomness, bound to the links: where a run is recorded.
    let recorded: (any RandomSource)?
    /// Of all of this party's randomness, where its private view records it: on test data.
    let seed: [UInt8]?
    /// What is to come out as it did before; `nil` in every real job.
    let repetition: Repetition?
    /// What it shows somebody who may see everything; `nil` in every real job.
    let curve: TrainingCurve?

    var traffic: [Party: Traffic.Count] = [:]
    var report: PartyReport
    private var transcript: TranscriptWriter?
    /// What is written for this party's own auditor; `nil` where its file asks for nothing.
    var view: ViewRecorder?
    /// What takes down every frame.
    private(set) var recorder: (any FrameRecorder)?
    /// This party's key and its partners' ones, once they are exchanged.
    var keys: (own: PrivateKey, partners: [Party: PublicKey])?
    /// What is written to disk when the job has ended well.
    var result: JobResult?
    /// What further jobs may use again; written likewise.
    var aligned: KeptRows?
    /// What is then done with the alignment.
    var afterwards: (() throws -> Void)?

    var job: Job { assignment.job }
    var me: Party { file.name }
    var role: Job.Role { job.member(me)?.role ?? .feature }

    /// - Parameters:
    ///   - links: one to every partner of the job.
    ///   - notify: told of progress, on any thread; must not wait for long.
    public convenience init(
        _ assignment: Assignment, file: PartyFile, credentials: Credentials, dataset: Dataset, links: LinkGroup,
        notify: @escaping @Sendable (ControlMessage.Progress) -> Void
    ) {
        self.init(
            assignment, file: file, credentials: credentials, dataset: dataset, links: links, recorded: nil, curve: nil,
            notify: notify)
    }

    /// The same with recorded randomness, which hides nothing from who knows its seed: for comparisons on data that are public.
    package convenience init(
        _ assignment: Assignment, file: PartyFile, credentials: Credentials, dataset: Dataset, links: LinkGroup,
        recorded: (any RandomSource)?, curve: TrainingCurve?,
        notify: @escaping @Sendable (ControlMessage.Progress) -> Void
    ) {
        self.init(
            assignment, file: file, credentials: credentials, dataset: dataset, links: links, recorded: recorded,
            curve: curve, repeating: nil, notify: notify)
    }

    /// The same as it was run before, for ``Replay``.
    convenience init(
        _ assignment: Assignment, file: PartyFile, credentials: Credentials, dataset: Dataset, links: LinkGroup,
        repeating repetition: Repetition
    ) {
        self.init(
            assignment, file: file, credentials: credentials, dataset: dataset, links: links, recorded: nil, curve: nil,
            repeating: repetition
        ) { _ in }
    }

    private init(
        _ assignment: Assignment, file: PartyFile, credentials: Credentials, dataset: Dataset, links: LinkGroup,
        recorded: (any RandomSource)?, curve: TrainingCurve?, repeating repetition: Repetition?,
        notify: @escaping @Sendable (ControlMessage.Progress) -> Void
    ) {
        (self.recorded, self.curve, self.repetition) = (recorded, curve, repetition)
        let isRecording = recorded == nil && file.privateView == .insecureReplay
        seed = repetition?.seed ?? (isRecording ? SystemRandom.bytes(32) : nil)
        self.assignment = assignment
        self.file = file
        self.credentials = credentials
        self.dataset = dataset
        self.links = links
        watch = ComputationWatch(notify)
        let columns = assignment.job.member(file.name)?.columns ?? []
        report = PartyReport(
            party: file.name, role: (assignment.job.member(file.name)?.role ?? .feature).rawValue,
            rows: dataset.table.rowCount, columns: columns.count,
            certificate: credentials.identity.certificate.fingerprint.hexadecimal,
            transcript: .init(file: "", frames: 0, root: ""))
    }

    /// Runs the job. Blocks until it is done; a failure has been told to all partners when this throws.
    /// - Throws: `JobFailure` with the cause that all parties report, and this party's own sentence.
    /// - Returns: What the coordinator may know of it.
    public func run() throws(JobFailure) -> PartyReport {
        // Whatever this party computes ends soon after the job was given up, by whomever.
        let cancellation = Cancellation()
        links.whenGivenUp { cancellation.cancel() }
        let context = WorkContext(
            cancellation: cancellation, progress: watch.advance, share: WorkContext.current.share)
        do { return try context.run { try stages() } } catch {
            let failure = links.giveUp(error, step: "\(watch.stage.rawValue) at \(me)")
            // A transcript that cannot be written any more keeps the prefix that it has.
            try? transcript?.recordAbort(
                party: failure.cause.party, step: failure.cause.step, reason: failure.cause.reason.name)
            try? view?.finish()
            throw failure
        }
    }

    private func stages() throws -> PartyReport {
        let (start, processor) = (ContinuousClock.now, ProcessUsage.now.processorSeconds)
        let transcript = try openTranscript()
        self.transcript = transcript
        try openView(transcript)
        recorder = view.map { TimedTranscript(transcript, $0) } ?? transcript
        let random = try ownRandomness()
        let transcriptKeys = try handshake(random)

        let aligned = try timed(\.align) { try align(random) }
        report.aligned = aligned.count
        try file.policy.scope.check(aligned, of: job)
        if job.align.reuse == nil { self.aligned = try KeptRows(job, dataset.table, aligned) }
        if let model = job.predict {
            try predict(model, aligned, random)
        } else {
            try train(aligned, random)
        }

        try seal(transcript, transcriptKeys)
        try transcript.recordEnd()
        try view?.finish()
        links.close()
        // A model, or scores, are there once the job has been sealed: not of one that a partner gave up.
        try keep()
        try forgetAlignment()
        report.bytesSent = traffic.mapValues(\.bytes)
        report.seconds.total = (ContinuousClock.now - start) / .seconds(1)
        let usage = ProcessUsage.now
        (report.processorSeconds, report.peakMemoryBytes) = (usage.processorSeconds - processor, usage.peakMemory)
        report.transcript = .init(
            file: transcript.path, frames: transcript.frames, root: transcript.head.bytes.hexadecimal)
        return report
    }

    private func train(_ aligned: AlignedRows, _ random: any RandomSource) throws {
        let whole = try schedule(aligned)
        let start = try trainingStart(aligned, whole)
        let schedule = whole.after(rounds: start.round)
        let prepared = try timed(\.prepare) {
            try prepare(aligned, schedule, start, chooseColumns(aligned, schedule, start, random), random)
        }
        try view?.rows(
            prepared.features, prepared.preparation, dataset, aligned, targets: prepared.targets, of: job.label)
        let reservation = try reserveExposure(
            aligned, prepared.features, schedule.visits(start, every: job.train.checkpoint),
            begins: start.checkpoint == nil)
        defer { reservation?.settle() }
        try train(prepared, schedule, start, random, reservation)
    }

    /// Does a part of the job and reports how long it took.
    func timed<Output>(
        _ part: WritableKeyPath<PartyReport.Seconds, Double>, _ work: () throws -> Output
    ) rethrows -> Output {
        let start = ContinuousClock.now
        defer { report.seconds[keyPath: part] += (ContinuousClock.now - start) / .seconds(1) }
        return try work()
    }

    /// Tells whoever watches where the job is.
    func notify(_ progress: ControlMessage.Progress) { watch.tell(progress) }

    // MARK: - Sessions

    /// Begins a protocol's session over this job's links, recorded in the transcript.
    func session(
        _ specification: ProtocolSpecification, _ plan: SessionPlan, stage: ControlMessage.Stage? = nil
    ) throws(JobFailure) -> Session {
        try Session(
            specification, plan: plan, group: links, recorder: recorder, ciphertexts: ciphertexts,
            patience: job.patience
        ) {
            [self] progress in
            if let stage { notify(.init(stage: stage, done: progress.round, of: progress.rounds, bytes: bytesSent)) }
        }
    }

    /// Ends a session and counts what it moved.
    func finish(_ session: Session) throws(JobFailure) {
        try session.finish()
        for (peer, count) in session.traffic.sent {
            traffic[peer, default: .init()].frames += count.frames
            traffic[peer, default: .init()].bytes += count.bytes
        }
    }

    /// Runs a protocol that is one event and its consequences.
    func play<R: Role>(
        _ specification: ProtocolSpecification, _ plan: SessionPlan, _ role: R,
        _ event: (inout R) throws -> [Action<R.Output>]
    ) throws(JobFailure) -> [R.Output] {
        var role = role
        let session = try session(specification, plan)
        let outputs = try session.run(&role, event)
        try finish(session)
        return outputs
    }

    var bytesSent: Int { traffic.values.reduce(0) { $0 + $1.bytes } }
}
