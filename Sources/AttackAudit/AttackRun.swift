internal import Attacks
internal import Specification

/// One party's full transcript and its private view.
public struct Recording: Sendable, Hashable {
    public var transcript: String
    public var view: String

    public init(transcript: String, view: String) { (self.transcript, self.view) = (transcript, view) }
}

/// Tries all attacks from recorded views.
public struct AttackRun {
    private let allowsFewRows: Bool
    private let progress: (String) -> Void

    /// - Parameters:
    ///   - allowsFewRows: Whether verdicts on few rows are enough to pass.
    ///   - progress: Takes a line at every kind of frame.
    public init(allowsFewRows: Bool = false, progress: @escaping (String) -> Void = { _ in }) {
        (self.allowsFewRows, self.progress) = (allowsFewRows, progress)
    }

    /// Attacks from one party's view.
    ///
    /// - Parameters:
    ///   - truths: Views of other parties, to make controls and to score against.
    ///   - labels: By id, where the label party's view is not among them.
    /// - Throws: ``AttackError``.
    public func attack(
        from recording: Recording, truths: [String], labels: [String: Double]? = nil
    ) throws(AttackError) -> AttackReport {
        progress("reading \(recording.view)")
        let view = try RecordedView(path: recording.view)
        var others: [RecordedView] = []
        for path in truths {
            progress("reading \(path)")
            others.append(try RecordedView(path: path))
        }
        return judged([try attempt(recording.transcript, view, others: others, labels: labels)])
    }

    /// Attacks from every party's view in turn, with the others as truth.
    /// - Throws: ``AttackError``.
    public func attack(from recordings: [Recording]) throws(AttackError) -> AttackReport {
        var views: [RecordedView] = []
        for recording in recordings {
            progress("reading \(recording.view)")
            views.append(try RecordedView(path: recording.view))
        }
        var attempts: [Attempt] = []
        for (place, recording) in recordings.enumerated() {
            let others = views.enumerated().filter { $0.offset != place }.map(\.element)
            attempts.append(try attempt(recording.transcript, views[place], others: others, labels: nil))
        }
        return judged(attempts)
    }

    // MARK: - One attacker

    /// What was measured from one view, not judged yet: limits depend on how many measurements the whole run has.
    private struct Attempt {
        let view: RecordedView
        let transcript: RecordedTranscript
        let frames: [(kind: FrameKind, count: Int, remark: Remark?, trials: [Trial])]
        let opened: [AttackReport.OpenedResult]
        let notTried: [String]
    }

    fileprivate enum Remark {
        case unregistered, single, noTruth
    }

    private func attempt(
        _ path: String, _ view: RecordedView, others: [RecordedView], labels: [String: Double]?
    ) throws(AttackError) -> Attempt {
        let transcript = try RecordedTranscript(path: path)
        guard transcript.party == view.party, transcript.job == view.job, transcript.attempt == view.attempt else {
            throw .foreign(path: view.path, problem: "it is no view of the attempt that \(path) is of")
        }
        progress("\(view.party): models of what it knows already")
        let plan = TrialPlan(view, try Truth(attacker: view, others: others, listed: labels))
        var frames: [(kind: FrameKind, count: Int, remark: Remark?, trials: [Trial])] = []
        for kind in transcript.kinds {
            progress("\(view.party): \(kind.protocolName) \(kind.step) from \(kind.sender)")
            let seen = try Observation(kind, in: transcript, from: view)
            guard let attacks = Registry.attacks(on: kind.kind, kind.shape) else {
                frames.append((kind, seen.frames, .unregistered, []))
                continue
            }
            let trials = plan.run(attacks, on: seen)
            let remark: Remark? = !trials.isEmpty ? nil : seen.traces.isEmpty ? .single : .noTruth
            frames.append((kind, seen.frames, remark, trials))
        }
        return Attempt(
            view: view, transcript: transcript, frames: frames, opened: opened(plan),
            notTried: notTried(transcript, plan))
    }

    private func opened(_ plan: TrialPlan) -> [AttackReport.OpenedResult] {
        guard let sums = OpenedSums(plan.view) else { return [] }
        progress("\(plan.view.party): opened sums")
        return plan.truth.victims.flatMap { victim in
            [Attack.knownRows40, .knownRows400].compactMap { attack in
                sums.recovered(victim.features, known: attack.known ?? 0).map {
                    AttackReport.OpenedResult(
                        attack: attack, victim: victim.party, r2: $0.both.value, r2Alone: $0.alone.value,
                        width: sums.width, openings: sums.count,
                        exposure: Double(sums.width * sums.count) / Double(max(1, victim.features.columns)))
                }
            }
        }
    }

    /// Secrets of parties whose frames were seen, and that nobody gave.
    private func notTried(_ transcript: RecordedTranscript, _ plan: TrialPlan) -> [String] {
        let known = Set(plan.truth.victims.map(\.party))
        let missing = Set(transcript.kinds.map(\.sender)).subtracting(known).sorted { $0.name < $1.name }
        let labels = plan.view.isLabelParty || plan.truth.labels != nil ? [] : ["labels"]
        return labels + missing.map { "features of \($0)" }
    }

    // MARK: - Verdicts

    private func judged(_ attempts: [Attempt]) -> AttackReport {
        let tests = attempts.reduce(0) { sum, attempt in
            sum + attempt.frames.reduce(0) { $0 + $1.trials.reduce(0) { $0 + $1.measured.tests } }
        }
        let attackers = attempts.map { attacker($0, tests: tests) }
        let verdict = TrialVerdict.worst(of: attackers.map(\.verdict))
        return AttackReport(
            attackers: attackers, tests: tests, standardErrors: Significance.standardErrors(tests: tests),
            verdict: verdict, allowsFewRows: allowsFewRows,
            isPassed: verdict == .pass || (verdict == .underpowered && allowsFewRows))
    }

    private func attacker(_ attempt: Attempt, tests: Int) -> AttackReport.Attacker {
        let frames = attempt.frames.map { frame in
            let trials = frame.trials.map { AttackReport.TrialResult($0, tests: tests) }
            return AttackReport.FrameResult(
                protocolName: frame.kind.protocolName, step: frame.kind.step, from: frame.kind.sender,
                kind: frame.kind.kind.name, shape: frame.kind.shape, carries: frame.kind.carries, frames: frame.count,
                verdict: frame.remark?.verdict ?? TrialVerdict.worst(of: trials.map(\.verdict)),
                remark: frame.remark?.text, trials: trials)
        }
        return AttackReport.Attacker(
            party: attempt.view.party, role: attempt.view.isLabelParty ? "label" : "feature",
            transcript: attempt.transcript.path, view: attempt.view.path, rows: attempt.view.numbers.rows,
            isUnprotected: attempt.transcript.isUnprotected, verdict: TrialVerdict.worst(of: frames.map(\.verdict)),
            frames: frames, opened: attempt.opened, notTried: attempt.notTried)
    }
}

extension AttackRun.Remark {
    fileprivate var verdict: TrialVerdict {
        switch self {
        case .unregistered: .fail
        case .single: .informational
        case .noTruth: .inconclusive
        }
    }

    fileprivate var text: String {
        switch self {
        case .unregistered: "no attack is registered for frames of this kind and shape"
        case .single: "crossed once, with no batch: nothing to compare"
        case .noTruth: "nothing is known that it could be scored against"
        }
    }
}

extension AttackReport.TrialResult {
    fileprivate init(_ trial: Trial, tests: Int) {
        attack = trial.attack
        victim = trial.victim
        statistic = trial.measured.statistic.rawValue
        (value, standardError, count) = (trial.measured.value, trial.measured.standardError, trial.measured.count)
        limit = Thresholds.limit(trial.measured, tests: tests)
        deviation = trial.measured.deviation
        (control, shuffled) = (trial.control?.value, trial.shuffled?.value)
        controlAtLeast = Thresholds.power(trial.attack)
        verdict = Thresholds.verdict(on: trial, tests: tests)
    }
}
