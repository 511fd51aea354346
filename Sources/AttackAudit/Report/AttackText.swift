internal import Auditing
internal import Pages

extension AttackReport {
    /// The page that `colonnade-audit attack` prints.
    /// - Parameter everyTrial: Whether all are listed, or those only that did not pass.
    public func text(everyTrial: Bool = false) -> String {
        var lines = attackers.flatMap { $0.lines(everyTrial: everyTrial) + [""] }
        lines += ["\(isPassed ? "PASSED" : "NOT PASSED"): \(summary)", ""]
        lines += [
            "\(tests.counted("measurement")); limits are at least \(standardErrors.fixed(2)) standard errors. "
                + "What each attack does: Sources/Attacks/README.md.",
            "An attack that finds nothing shows that this attack finds nothing.",
        ]
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        switch verdict {
        case .pass, .informational: "no attack found anything"
        case .underpowered:
            "no attack found anything, on fewer than \(Thresholds.leastRows.grouped) rows"
                + (allowsFewRows ? ", which was asked to be enough" : "; --allow-small takes that for enough")
        case .inconclusive: "nothing was found, but some attacks would not have found it either"
        case .fail: "something was found"
        }
    }
}

extension AttackReport.Attacker {
    fileprivate func lines(everyTrial: Bool) -> [String] {
        var lines = [
            "From the view of \(party), the \(role) party, \(rows.counted("row"))"
                + (isUnprotected ? ", UNPROTECTED" : ""),
            "",
        ]
        var table = TextTable("frame", "from", "kind", ">frames", "verdict", "closest to its limit", ">value", ">limit")
        for frame in frames where everyTrial || !frame.isSingle {
            let closest = frame.closest
            table.add(
                "\(frame.protocolName) \(frame.step)", frame.from.name, frame.kind, frame.frames.grouped,
                frame.verdict.title, closest?.name ?? frame.remark ?? "", closest?.value.fixed(4) ?? "",
                closest?.range ?? "")
        }
        lines += table.lines.indented()
        let single = frames.filter(\.isSingle)
        if !everyTrial, !single.isEmpty {
            lines += [
                "",
                "  and \(single.count.counted("kind")) of frames that crossed once, with no batch (--trials lists them)",
            ]
        }
        lines.append("")

        let listed = frames.flatMap { frame in
            frame.trials.filter { everyTrial || [.inconclusive, .fail].contains($0.verdict) }.map { (frame, $0) }
        }
        if !listed.isEmpty {
            var table = TextTable(
                "frame", "from", "attack", "statistic", ">value", ">limit", ">error", ">on", ">control", ">needs",
                ">shuffled", "verdict")
            for (frame, trial) in listed {
                table.add(
                    "\(frame.protocolName) \(frame.step)", frame.from.name, trial.name, trial.statistic,
                    trial.value.fixed(4), trial.range, trial.standardError.fixed(4), trial.count.grouped,
                    trial.control?.fixed(4) ?? "", trial.need, trial.shuffled?.fixed(4) ?? "", trial.verdict.title)
            }
            lines +=
                [everyTrial ? "every attack" : "attacks that found something, or could not have", ""]
                + table.lines.indented() + [""]
        }
        if !opened.isEmpty {
            var table = TextTable(
                "what opening Z tells", "of", ">R2", ">own features alone", ">openings", ">width", ">exposure")
            for result in opened {
                table.add(
                    result.attack.rawValue, result.victim.name, result.r2.fixed(4), result.r2Alone.fixed(4),
                    result.openings.grouped, result.width.grouped, result.exposure.fixed(3))
            }
            lines += table.lines.indented() + [""]
        }
        if !notTried.isEmpty { lines.append("not tried, for lack of the truth: \(notTried.joined(separator: ", "))") }
        return lines + ["\(verdict.title)  \(party)"]
    }
}

extension AttackReport.FrameResult {
    fileprivate var isSingle: Bool { trials.isEmpty && verdict == .informational }

    /// The trial that came nearest to failing: a limit of 0 is passed by whatever is not 0.
    fileprivate var closest: AttackReport.TrialResult? {
        func part(_ trial: AttackReport.TrialResult) -> Double {
            trial.limit > 0 ? trial.deviation / trial.limit : trial.deviation > 0 ? .infinity : -.infinity
        }
        return trials.max { part($0) < part($1) }
    }
}

extension AttackReport.TrialResult {
    fileprivate var name: String { attack.rawValue + (victim.map { " of \($0)" } ?? "") }

    /// What the value must lie within.
    fileprivate var range: String {
        switch statistic {
        case "auc": "0.5 ± \(limit.fixed(4))"
        case "correlation": "± \(limit.fixed(4))"
        default: limit.fixed(4)
        }
    }

    /// What the control must reach.
    fileprivate var need: String { (controlAtLeast + (statistic == "auc" ? 0.5 : 0)).fixed(2) }
}

extension Double {
    /// With so many decimals.
    fileprivate func fixed(_ decimals: Int) -> String {
        guard isFinite, magnitude < 1e12 else { return "\(self)" }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let units = Int((magnitude * scale).rounded())
        let digits = String(units % Int(scale))
        let padded = String(repeating: "0", count: decimals - digits.count) + digits
        return (self < 0 && units > 0 ? "-" : "") + "\(units / Int(scale)).\(padded)"
    }
}
