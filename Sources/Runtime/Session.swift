public import Link
public import Specification
public import Transcript

/// One run of a protocol at one party: carries out what a role wants, over the job's links.
///
/// Nothing is sent that the specification does not allow, nor before it stands in the transcript; nothing reaches the role that the
/// specification does not allow; no ciphertext crosses a link twice. Whatever goes wrong ends the job at every party with one
/// cause. Calls block; one thread at a time.
public final class Session {
    /// What crossed the links so far.
    public private(set) var traffic = Traffic()
    /// How long it waited for partners' first frames: until they had begun, whatever they did before.
    public private(set) var waitedForBeginnings = Duration.zero

    private let plan: SessionPlan
    private let group: LinkGroup
    private let recorder: (any FrameRecorder)?
    private let ciphertexts: CiphertextRegistry
    /// Bytes of one; `nil` where the protocol has none.
    private let ciphertextBytes: Int?
    private let patience: Double
    private let report: (Progress) -> Void

    private var guards: [Party: Guard] = [:]
    private var step: String

    /// Begins a session: all its parties do so with the same plan.
    ///
    /// - Parameters:
    ///   - group: The links to the plan's other parties.
    ///   - recorder: The party's transcript. Only tests run without one.
    ///   - ciphertexts: The same for all of the job's sessions at this party.
    ///   - patience: How long a partner may compute before its next frame, in seconds. One that is gone is noticed sooner.
    ///   - report: Called when a round begins, on the thread that runs the session.
    public init(
        _ specification: ProtocolSpecification, plan: SessionPlan, group: LinkGroup, recorder: (any FrameRecorder)?,
        ciphertexts: CiphertextRegistry, patience: Double = 600, report: @escaping (Progress) -> Void = { _ in }
    ) throws(JobFailure) {
        self.plan = plan
        self.group = group
        self.recorder = recorder
        self.ciphertexts = ciphertexts
        self.patience = patience
        self.report = report
        step = "\(plan.protocolName) start"
        group.enter(step: step)
        do {
            for member in plan.members where member.party != group.party {
                guards[member.party] = try Guard(specification, plan: plan, me: group.party, peer: member.party)
            }
            ciphertextBytes = try plan.ciphertextBytes(specification)
            try recorder?.record(plan)
        } catch { throw group.giveUp(error, step: step) }
    }

    /// Lets an event happen to the role, and goes on until the role waits for the next one.
    ///
    /// - Parameter event: What happens, for instance `{ try $0.forward(rows: batch) }`. An error of it ends the job, too.
    /// - Returns: The role's outputs, in order.
    public func run<R: Role>(
        _ role: inout R, _ event: (inout R) throws -> [Action<R.Output>]
    ) throws(JobFailure) -> [R.Output] {
        try begin(&role, event) + settle(&role)
    }

    /// Lets an event happen to the role, and waits for nobody: what the party computes until ``settle(_:)``, it computes while
    /// its partners do their part.
    ///
    /// - Returns: The outputs that the role has at once.
    public func begin<R: Role>(
        _ role: inout R, _ event: (inout R) throws -> [Action<R.Output>]
    ) throws(JobFailure) -> [R.Output] {
        do { return try perform(event(&role), of: &role) } catch { throw group.giveUp(error, step: step) }
    }

    /// Goes on until the role waits for the next event.
    ///
    /// - Returns: The role's outputs since then, in order.
    public func settle<R: Role>(_ role: inout R) throws(JobFailure) -> [R.Output] {
        do {
            var outputs: [R.Output] = []
            while let peer = role.awaiting {
                let frame = try receive(from: peer)
                outputs += try perform(role.receive(frame, from: peer), of: &role)
            }
            return outputs
        } catch { throw group.giveUp(error, step: step) }
    }

    /// Ends the session: every frame of the plan must have crossed its link.
    public func finish() throws(JobFailure) {
        for (peer, guardian) in guards.sorted(by: { $0.key < $1.key }) where !guardian.isFinished {
            throw group.giveUp(SessionError.unfinished(with: peer, expected: guardian.expectation), step: step)
        }
    }

    private func perform<R: Role>(_ actions: [Action<R.Output>], of role: inout R) throws -> [R.Output] {
        var outputs: [R.Output] = []
        for action in actions {
            switch action {
            case .send(let frame, let peer): try send(frame, to: peer)
            case .output(let output): outputs.append(output)
            case .proceed: outputs += try perform(role.proceed(), of: &role)
            }
        }
        return outputs
    }

    private func send(_ frame: Frame, to peer: Party) throws {
        let header = frame.header
        enter(phase: header.phase, round: header.round, "\(header.step) to \(peer)")
        guard guards[peer] != nil else {
            throw ProtocolViolation(
                header, from: group.party, expected: "a receiver with a role in \(plan.protocolName)", found: "\(peer)")
        }
        try guards[peer]?.send(frame)
        try requireNew(frame, isOutgoing: true, peer: peer)
        let message = frame.encoded
        try recorder?.record(frame, isOutgoing: true, peer: peer)
        try group[peer].send(message, Wait("room for \(step)", seconds: patience))
        traffic.sent[peer, default: Traffic.Count()].add(message)
        traffic.sentPayload[header.kind, default: 0] += frame.payload.count
    }

    private func receive(from peer: Party) throws -> Frame {
        guard let position = guards[peer]?.position, let incoming = position.incoming else {
            throw SessionError.nothingToWaitFor(
                from: peer, expected: guards[peer]?.expectation ?? "no role for that party")
        }
        enter(phase: position.phase, round: position.round, "\(incoming) from \(peer)")
        let start = ContinuousClock.now
        let message = try group[peer].receive(Wait(step, seconds: patience))
        if traffic.received[peer] == nil { waitedForBeginnings += ContinuousClock.now - start }
        let frame: Frame
        do { frame = try Frame(decoding: message) } catch {
            throw SessionError.malformedFrame(from: peer, problem: error.description)
        }
        try guards[peer]?.receive(frame)
        try requireNew(frame, isOutgoing: false, peer: peer)
        try recorder?.record(frame, isOutgoing: false, peer: peer)
        traffic.received[peer, default: Traffic.Count()].add(message)
        return frame
    }

    /// Refuses a frame with a ciphertext that crossed this link before, and takes down those of all others.
    private func requireNew(_ frame: Frame, isOutgoing: Bool, peer: Party) throws(SessionError) {
        guard frame.header.kind == .ciphertext, let size = ciphertextBytes,
            let place = ciphertexts.firstRepetition(
                in: frame.payload, size: size, isOutgoing: isOutgoing, peer: peer)
        else { return }
        throw .repeatedCiphertext(
            place, of: (frame.payload.count + size - 1) / size, isOutgoing: isOutgoing, peer: peer)
    }

    /// Says where the session is: for names of waits, for causes, and for whoever watches.
    private func enter(phase: String, round number: Int, _ what: String) {
        let place = "\(plan.protocolName) \(phase) round \(number)"
        step = "\(place), \(what)"
        guard number >= traffic.rounds[phase, default: 0] else { return }
        traffic.rounds[phase] = number + 1
        group.enter(step: place)
        report(
            Progress(protocolName: plan.protocolName, phase: phase, round: number, rounds: plan.rounds(of: phase)))
    }
}

extension TranscriptWriter: FrameRecorder {}
