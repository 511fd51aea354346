internal import Pages
internal import Specification

extension TranscriptSummary {
    /// The page that `colonnade-audit show --html` writes: the same as the text with charts (``Page``).
    public var html: String {
        let sections =
            [introduction, charts, rounds, leaks] + protocolSections + [numbers, glossary, provenance, limits]
        return Page(title: "\(title)\(jobName.map { ": \($0)" } ?? "")", sections).html
    }

    private var title: String { "What \(party) sent and took" }

    private var introduction: Markup {
        let warnings = [
            isIntact ? nil : "BROKEN: only what stands before the damage is shown. \(ending)",
            unprotected.isEmpty ? nil : "UNPROTECTED: this job sent plain numbers.",
        ]
        return .element(
            "header", [:],
            [
                .element("p", ["class": "kicker"], "Colonnade transcript\(jobName.map { " of \($0)" } ?? "")"),
                .element("h1", [:], title),
            ]
                + warnings.compactMap { $0 }.map { .element("p", ["class": "warning"], $0) }
                + opening.map { .element("p", ["class": "lead"], [.text($0, limit: sentenceLimit)]) })
    }

    // MARK: - Charts

    private var charts: Markup {
        let present = Protection.allCases.filter { protection in flows.contains { $0.protection == protection } }
        let kinds = keyTotals.map { total in
            BarChart.Row(
                label: total.kind + (total.keyOwner.map { " under \($0)'s key" } ?? ""),
                value: "\(total.bytes.asBytes), \(total.bytes.share(of: bytes))",
                parts: total.protection.map { [.init(protection: $0, size: total.bytes)] } ?? [])
        }
        let frames = protocols.map { entry in
            BarChart.Row(
                label: entry.name, value: "\(entry.frames.counted("message")), \(entry.bytes.asBytes)",
                parts: Protection.allCases.map { .init(protection: $0, size: entry.frames(by: $0)) })
        }
        return Page.section(
            "At a glance",
            [
                Chart.legend(present),
                .element(
                    "div", ["class": "charts"],
                    [
                        .element(
                            "div", [:],
                            [
                                Page.figure(
                                    "Bytes, from sender to receiver", FlowChart(party: party, flows: flows).markup),
                                Page.figure(
                                    "Messages by protocol", BarChart(label: "Messages by protocol", rows: frames).markup
                                ),
                            ]),
                        Page.figure(
                            "Bytes by kind and key owner",
                            BarChart(label: "Bytes by kind and key owner", rows: kinds).markup),
                    ]),
            ] + (omittedFrames == 0 ? [] : [.element("p", ["class": "warning"], omission)]))
    }

    private var rounds: Markup {
        let phases = protocols.flatMap { entry in entry.phases.filter { $0.rounds > 1 }.map { (entry.name, $0) } }
        guard !phases.isEmpty else { return .all([]) }
        let figures = phases.prefix(Chart.rowLimit).map { name, phase in
            Page.figure("\(name), \(phase.name)", RoundChart(phase: phase).markup, notes: phase.perRound)
        }
        let omitted = phases.count - figures.count
        return Page.section(
            "Round by round",
            [
                .element("p", [:], Self.roundsNote),
                .element(
                    "p", ["class": "key"],
                    [
                        .element("i", ["class": "dash sent"], ""), .text("sent by \(party)"),
                        .element("i", ["class": "dash taken"], ""), .text("taken by \(party)"),
                    ]),
                .element("div", ["class": "charts"], figures),
            ] + (omitted > 0 ? [.element("p", [:], "And \(omitted.counted("phase")) more.")] : []))
    }

    private static let roundsNote = """
        Bytes of each round, a line for each partner and direction. Batches have the sizes that the job's plan gives them, the last \
        of an epoch often a smaller one. A size that followed the data would show as a line that wanders where the plan is even.
        """

    // MARK: - Words

    private var leaks: Markup {
        guard !leakage.isEmpty else { return .all([]) }
        return Page.section(
            "What the job gives away",
            [
                .element("p", [:], "As the transcript states it:"),
                .element("ul", [:], leakage.map { .element("li", [:], [.text($0, limit: sentenceLimit)]) }),
            ])
    }

    private var protocolSections: [Markup] {
        protocols.map { $0.section(isUnprotected: unprotected.contains($0.name)) }
    }

    private var numbers: Markup { Page.section("By link, kind and key owner", [flowTable]) }

    private var glossary: Markup {
        let present = Kind.allCases.filter { kind in kinds.contains { $0.kind == kind.name } }
        return Page.section(
            "Kinds of messages",
            [
                .element(
                    "dl", [:],
                    present.flatMap { kind -> [Markup] in
                        [
                            .element(
                                "dt", [:],
                                [.element("i", ["class": "dot \(kind.protection.rawValue)"], ""), .text(kind.name)]),
                            .element("dd", [:], kind.meaning),
                        ]
                    })
            ])
    }

    private var provenance: Markup {
        var facts: [(name: String, value: String)] = [
            ("file", file), ("written", "by \(software), from \(calendarTime(started))"),
            ("job", jobHash + (attempt == 0 ? "" : ", attempt \(attempt)")), ("ends", ending), ("payloads", payloads),
            ("chain's head", "\(chainHead), after \(records.counted("record"))"),
        ]
        for (party, hash) in certificates.sorted(by: { $0.key < $1.key }).prefix(Self.certificateLimit) {
            facts.append(("certificate of \(party)", hash))
        }
        facts += otherStatements.map { ($0.name, $0.statement) }
        return Page.section(
            "The file",
            [
                Page.facts(facts),
                .element(
                    "p", [:],
                    "Certificates are those that the transcript holds, by their SHA-256: compare them with those that you trust."
                ),
            ])
    }

    private var limits: Markup {
        Page.section("What this page does not show", [.element("p", [:], [.text(Self.limits, limit: sentenceLimit)])])
    }
}
