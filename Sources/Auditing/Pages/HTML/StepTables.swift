internal import Pages
internal import Specification

extension TranscriptSummary.ProtocolTotal {
    /// Its steps, phase by phase: who sent what to whom, what it carries and may give away.
    func section(isUnprotected: Bool) -> Markup {
        let roles = learns.sorted { $0.key < $1.key }.flatMap { role, what -> [Markup] in
            [.element("dt", [:], "\(role) learns"), .element("dd", [:], [.text(what, limit: sentenceLimit)])]
        }
        return .element(
            "section", [:],
            [
                .element("h2", [:], [.text(name), .element("small", [:], " version \(version)")]),
                .element("p", [:], [.text(summary, limit: sentenceLimit)]),
            ]
                + (isUnprotected ? [.element("p", ["class": "warning"], "UNPROTECTED: it sends plain numbers.")] : [])
                + (note.map { [.element("p", ["class": "warning"], $0)] } ?? [])
                + [.element("p", ["class": "quiet"], [.text(attendance, limit: sentenceLimit)])]
                + (roles.isEmpty ? [] : [.element("dl", [:], roles)]) + phases.flatMap(\.markup))
    }

    var frames: Int { phases.map(\.frames).reduce(0) { $0.saturatingSum($1) } }
    var bytes: Int { phases.map(\.bytes).reduce(0) { $0.saturatingSum($1) } }

    func frames(by protection: Protection) -> Int {
        phases.flatMap(\.messages).filter { $0.protection == protection }.map(\.frames).reduce(0) {
            $0.saturatingSum($1)
        }
    }
}

extension TranscriptSummary.PhaseTotal {
    fileprivate var markup: [Markup] {
        let head = StepTable.head([
            ("from", ""), ("to", ""), ("kind", ""), ("key of", ""), ("shape", ""), ("messages", "number"),
            ("bytes", "number"),
            ("bytes each", "number"), ("", ""),
        ])
        let foot = Markup.element(
            "tfoot", [:],
            [
                .element(
                    "tr", [:],
                    [
                        .element("td", ["colspan": "5"], "all"), .element("td", ["class": "number"], frames.grouped),
                        .element("td", ["class": "number"], bytes.grouped), .element("td", ["colspan": "2"], ""),
                    ])
            ])
        return [
            .element("h3", [:], [.text(name), .element("small", [:], " \(rounds.counted("round"))")]),
            StepTable.table([head] + steps.map(Self.body) + [foot]),
        ]
    }

    /// A step: what it is, then a line for each link, kind and key owner.
    private static func body(_ messages: [TranscriptSummary.MessageTotal]) -> Markup {
        let first = messages[0]
        let title = Markup.element(
            "tr", [:],
            [
                .element(
                    "th", ["colspan": "9", "scope": "rowgroup"],
                    [
                        .element("b", [:], first.step),
                        .element("span", ["class": "carries"], [.text(first.carries ?? "", limit: sentenceLimit)]),
                        .element(
                            "span", ["class": "leaks"],
                            [
                                .text(
                                    first.leaks.map { "May give away: \($0)." } ?? "No specification of it.",
                                    limit: sentenceLimit)
                            ]),
                    ])
            ])
        return .element("tbody", [:], [title] + messages.map(\.row))
    }
}

extension TranscriptSummary.MessageTotal {
    fileprivate var row: Markup {
        return .element(
            "tr", [:],
            [
                .element("td", [:], from.name), .element("td", [:], to.name),
                StepTable.kind(kind),
                .element("td", [:], keyOwner?.name ?? ""), .element("td", [:], shapeName),
                .element("td", ["class": "number"], frames.grouped), .element("td", ["class": "number"], bytes.grouped),
                .element("td", ["class": "number"], extent), .element("td", ["class": "quiet"], rule),
            ])
    }
}

extension TranscriptSummary {
    /// Every link, kind and key owner, with the numbers that charts round.
    var flowTable: Markup {
        let head = StepTable.head([
            ("from", ""), ("to", ""), ("kind", ""), ("key of", ""), ("", ""), ("messages", "number"),
            ("bytes", "number"),
            ("", "number"), ("", ""),
        ])
        let rows = flows.map { flow in
            Markup.element(
                "tr", [:],
                [
                    .element("td", [:], flow.from.name), .element("td", [:], flow.to.name), StepTable.kind(flow.kind),
                    .element("td", ["colspan": "2"], flow.keyOwner?.name ?? ""),
                    .element("td", ["class": "number"], flow.frames.grouped),
                    .element("td", ["class": "number"], flow.bytes.grouped),
                    .element("td", ["class": "number"], flow.bytes.share(of: bytes)), .element("td", [:], ""),
                ])
        }
        let all = Markup.element(
            "tr", [:],
            [
                .element("td", ["colspan": "5"], "all"), .element("td", ["class": "number"], frames.grouped),
                .element("td", ["class": "number"], bytes.grouped), .element("td", ["colspan": "2"], ""),
            ])
        return StepTable.table([head, .element("tbody", [:], rows), .element("tfoot", [:], [all])])
    }
}

/// What the tables have in common: nine columns, so that those under each other stand in line.
private enum StepTable {
    static func head(_ titles: [(name: String, style: String)]) -> Markup {
        .element(
            "thead", [:],
            [.element("tr", [:], titles.map { .element("th", ["scope": "col", "class": $0.style], $0.name) })])
    }

    /// Wider than a phone: it scrolls by itself there.
    static func table(_ parts: [Markup]) -> Markup {
        .element("div", ["class": "scroll steps", "tabindex": "0"], [.element("table", [:], parts)])
    }

    static func kind(_ name: String) -> Markup {
        let protection = Kind(name: name)?.protection
        return .element(
            "td", [:],
            [
                .element("i", ["class": "dot \(protection?.rawValue ?? "")"], ""),
                .text(protection == .plain ? "PLAIN" : name),
            ])
    }
}
