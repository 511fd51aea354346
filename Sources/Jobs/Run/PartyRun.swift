internal import Alignment
internal import Columns
public import Coordination
internal import Cryptography
internal import Glibc
internal import Handshake
public import Link
public import Runtime
internal import Seal
internal import Specification
internal import Tables
internal import Transcript

/// One job at one party, from connected links to the sealed transcript.
public final class PartyRun {
    let assignment: Assignment
    let file: PartyFile
    let credentials: Credentials
    let dataset: Dataset
    let links: LinkGroup
    let notify: (ControlMessage.Progress) -> Void

    var traffic: [Party: Traffic.Count] = [:]
    var report: PartyReport
    private var transcript: TranscriptWriter?

    var job: Job { assignment.job }
    var me: Party { file.name }
    var role: Job.Role { job.member(me)?.role ?? .feature }

    /// - Parameters:
    ///   - links: one to every partner of the job.
    ///   - notify: told of progress, on the thread that runs the job.
    public init(
        _ assignment: Assignment, file: PartyFile, credentials: Credentials, dataset: Dataset, links: LinkGroup,
        notify: @escaping (ControlMessage.Progress) -> Void
    ) {
        self.assignment = assignment
        self.file = file
        self.credentials = credentials
        self.dataset = dataset
        self.links = links
        self.notify = notify
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
        do { return try stages() } catch {
            let failure = links.giveUp(error, step: "\(job.name) at \(me)")
            // A transcript that cannot be written any more keeps the prefix that it has.
            try? transcript?.recordAbort(
                party: failure.cause.party, step: failure.cause.step, reason: failure.cause.reason.name)
            throw failure
        }
    }

    private func stages() throws -> PartyReport {
        let clock = ContinuousClock()
        let start = clock.now
        func seconds(_ stage: () throws -> Void) rethrows -> Double { try clock.measure(stage) / .seconds(1) }

        let transcript = try openTranscript()
        self.transcript = transcript
        let transcriptKeys = try handshake()
        let random = SystemRandomSource(binding: try exporterBinding())

        var aligned: [Int] = []
        report.seconds.align = try seconds { aligned = try align(random) }
        report.aligned = aligned.count
        let schedule = Schedule(job: job, rows: aligned.count)

        var prepared: Prepared?
        report.seconds.prepare = try seconds { prepared = try prepare(aligned, schedule) }
        guard let prepared else { throw RunError(.internalError, "nothing was prepared") }

        let reservation = try reserveExposure(aligned, schedule, prepared)
        defer { reservation?.settle() }
        try train(prepared, schedule, random, reservation)

        try seal(transcriptKeys)
        try transcript.recordEnd()
        links.close()
        report.bytesSent = traffic.mapValues(\.bytes)
        report.seconds.total = (clock.now - start) / .seconds(1)
        report.peakMemoryBytes = Self.peakMemory
        report.transcript = .init(
            file: transcript.path, frames: transcript.frames, root: transcript.head.bytes.hexadecimal)
        return report
    }

    // MARK: - Sessions

    /// Begins a protocol's session over this job's links, recorded in the transcript.
    func session(
        _ specification: ProtocolSpecification, _ plan: SessionPlan, stage: ControlMessage.Stage? = nil
    ) throws(JobFailure) -> Session {
        try Session(specification, plan: plan, group: links, recorder: transcript) { [self] progress in
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

    private static var peakMemory: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    // MARK: - Stages

    private func openTranscript() throws -> TranscriptWriter {
        guard let key = credentials.transcriptKey else { throw RunError(.storageFailed, "no transcript key") }
        let folder = file.state + "/transcripts"
        try StateFile.makeFolder(folder)
        let name = "\(job.name)-\(assignment.hash.hexadecimal.prefix(12))-\(assignment.attempt)-\(me)"
        let endorsed = TranscriptHeader.endorsedBytes(
            party: me, jobHash: assignment.hash, transcriptKey: key.verificationKey.bytes)
        var certificates = credentials.partners.filter { job.parties.contains($0.key) }.mapValues(\.der)
        certificates[me] = credentials.identity.certificate.der
        let header = TranscriptHeader(
            software: Software.version, party: me, started: Int64(time(nil)), jobHash: assignment.hash,
            job: String(decoding: assignment.encoded, as: UTF8.self), attempt: assignment.attempt,
            transcriptKey: key.verificationKey.bytes, endorsement: credentials.identity.sign(endorsed),
            certificates: certificates, specifications: Software.specificationTexts(of: job),
            statements: Leakage.statements(of: job), keepsPayloads: file.keepsPayloads)
        return try TranscriptWriter(path: "\(folder)/\(name).transcript", header: header, key: key)
    }

    private func handshake() throws -> [Party: VerificationKey] {
        notify(.init(stage: .connect))
        guard let transcriptKey = credentials.transcriptKey else { throw RunError(.storageFailed, "no transcript key") }
        var partners: [Party: HandshakeParty.Partner] = [:]
        for peer in links.peers {
            guard let certificate = credentials.partners[peer] else {
                throw RunError(.policyRefused, "no certificate pinned for \(peer)")
            }
            let exported = try links[peer].exportKey(
                label: HandshakeProtocol.exporterLabel, count: HandshakeProtocol.exportedKeyByteCount)
            partners[peer] = .init(
                certificateKey: certificate.verificationKey, exportedKey: SecretBytes(copying: exported))
        }
        let hello = Hello(
            software: Software.version, jobHash: assignment.hash, attempt: assignment.attempt,
            specifications: Software.specifications(of: job), transcriptKey: transcriptKey.verificationKey,
            endorsement: credentials.identity.sign(
                TranscriptHeader.endorsedBytes(
                    party: me, jobHash: assignment.hash, transcriptKey: transcriptKey.verificationKey.bytes)),
            nonce: SystemRandom.bytes(32))
        let role = HandshakeParty(
            me: me, certificateKey: credentials.identity.certificate.verificationKey, hello: hello, partners: partners)
        let keys = try play(HandshakeProtocol.specification, HandshakeProtocol.plan(job.parties), role) { $0.start() }
        guard let keys = keys.first else { throw RunError(.internalError, "the handshake gave no keys") }
        return keys
    }

    /// Bytes that only this attempt's connections have: randomness keyed with them does not repeat after a restored snapshot.
    private func exporterBinding() throws -> [UInt8] {
        var writer = CanonicalWriter()
        for peer in links.peers {
            writer.party(peer)
            writer.raw(try links[peer].exportKey(label: "EXPORTER-colonnade-randomness", count: 32))
        }
        return writer.bytes
    }

    /// This party's rows in the common order: positions in its table.
    private func align(_ random: any RandomSource) throws -> [Int] {
        let session = try session(
            AlignmentProtocol.specification, AlignmentProtocol.plan(members: job.parties, leader: job.labelParty),
            stage: .align)
        var role = try AlignmentParty(
            me: me, members: job.parties, leader: job.labelParty, ids: dataset.ids, sample: job.align.sample,
            order: CommonOrder(seed: job.rowSeed), jobHash: assignment.hash, random: random)
        let outputs = try session.run(&role) { try $0.start() }
        try finish(session)
        guard let rows = outputs.first else { throw RunError(.internalError, "the alignment gave no rows") }
        notify(.init(stage: .align, done: 1, of: 1, bytes: bytesSent, note: "\(rows.count) common rows"))
        return rows
    }

    /// How many prepared columns every party brings.
    func exchangeColumns(_ own: Int) throws -> [Party: Int] {
        let role = ColumnsParty(me: me, parties: job.parties, columns: own)
        let outputs = try play(ColumnsProtocol.specification, ColumnsProtocol.plan(job.parties), role) {
            try $0.start()
        }
        guard let columns = outputs.first else { throw RunError(.internalError, "no columns were announced") }
        return columns
    }

    private func seal(_ transcriptKeys: [Party: VerificationKey]) throws {
        guard let transcript else { return }
        notify(.init(stage: .seal, bytes: bytesSent))
        let own = transcript.signedHead()
        let role = SealParty(
            me: me, jobHash: assignment.hash, own: SignedHead(head: own.head, signature: own.signature),
            transcriptKeys: transcriptKeys, counterSign: { transcript.counterSign($0, of: $1) })
        _ = try play(SealProtocol.specification, SealProtocol.plan(job.parties), role) { $0.start() }
    }
}
