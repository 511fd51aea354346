public import Coordination
internal import Pages
internal import Specification

extension Report {
    /// The report as a page for a browser, with charts: what `colonnade report --html` writes. It holds what the report holds and
    /// nothing else.
    public var html: String {
        Page(
            title: "\(job): report",
            [
                introduction, quality, qualityCharts, informationTable, correlationTable, decileTable, confusionTable,
                cost,
                exposureSection, parts, leaks,
                records,
            ]
        ).html
    }

    private var introduction: Markup {
        let names = parties.keys.sorted().map(\.name).listed
        var lead =
            "\(names) \(scores == nil ? "trained" : "used") a \(model) model together, on \(aligned.grouped) rows that all have"
        lead += protection == "blind" ? ", under \(keys.scheme) keys of \(keys.bits.grouped) bits." : "."
        return .element(
            "header", [:],
            [
                .element("p", ["class": "kicker"], "Colonnade report"), .element("h1", [:], job),
            ]
                + (protection == "none"
                    ? [
                        .element(
                            "p", ["class": "warning"], "UNPROTECTED: no cryptography was used; for comparison only.")
                    ] : [])
                + [.element("p", ["class": "lead"], [.text(lead, limit: sentenceLimit)])])
    }

    // MARK: - What it cost

    private var cost: Markup {
        let stages = [
            ("align", seconds.align), ("prepare", seconds.prepare), ("train", seconds.train),
            ("evaluate", seconds.evaluate),
        ]
        let links = bytes.sorted { $0.key < $1.key }.flatMap { from, sent in
            sent.sorted { $0.key < $1.key }.map { (from, $0.key, $0.value) }
        }
        let head = ["party", "memory at most", "encrypted", "decrypted", "ciphertexts sent"]
        let rows = parties.keys.sorted().map { party in
            let count = ciphertexts[party] ?? .init()
            return [
                party.name, Self.bytes(peakMemoryBytes[party] ?? 0), count.encrypted.grouped, count.decrypted.grouped,
                count.sent.grouped,
            ]
        }
        var words =
            "\(rounds.counted("round")); \(Self.time(seconds.total)) from the first message to the sealed transcripts."
        if localUpdates > 0 {
            words += " \(localUpdates.counted("local update")) took the place of \(Self.bytes(bytesSaved ?? 0))."
        }
        return Page.section(
            "What it cost",
            [
                .element("p", [:], words),
                .element(
                    "div", ["class": "charts"],
                    [
                        Page.figure(
                            "Time by stage",
                            Bars(
                                "Time by stage",
                                stages.map { .init($0.0, Self.time($0.1), [($0.1, "sent")]) }
                            ).markup, notes: ["of the slowest party in each, waiting for the others included"]),
                        Page.figure(
                            "Bytes sent",
                            Bars(
                                "Bytes sent, by sender and receiver",
                                links.map { .init("\($0.0) to \($0.1)", Self.bytes($0.2), [(Double($0.2), "taken")]) }
                            ).markup, notes: ["without what TLS adds"]),
                    ]), PlainTable.markup(head, rows),
            ])
    }

    /// Of a report of whatever party: a number below 0 is none of bytes.
    private static func bytes(_ count: Int) -> String { max(0, count).asBytes }

    // MARK: - What was given away

    private var exposureSection: Markup {
        guard !exposures.isEmpty else { return .all([]) }
        return Page.section(
            "Exposure of features",
            [
                .element("p", [:], Self.exposureNote),
                .element(
                    "div", ["class": "charts"],
                    [
                        Page.figure(
                            "Ratio after this job, and the limit that held",
                            Bars(
                                "Exposure ratios and their limits",
                                exposures.sorted { $0.key < $1.key }.map { party, exposure in
                                    .init(
                                        party.name, "\(exposure.ratio.short) of at most \(exposure.limit.short)",
                                        [(exposure.ratio, exposure.ratio > exposure.limit ? "plain" : "masked")],
                                        limit: exposure.limit)
                                }
                            ).markup)
                    ]),
            ])
    }

    private static let exposureNote = """
        How often the label party has opened the sum of products of a party's features, over all jobs, times that sum's width, by the \
        number of the party's columns. It is an indicator, not a proof; a job past a party's limit is refused.
        """

    private var parts: Markup {
        let head = ["party", "part", "rows", "columns", "prepared"]
        let rows = parties.sorted { $0.key < $1.key }.map { party, entry in
            [party.name, entry.role, entry.rows.grouped, entry.columns.grouped, entry.preparedColumns.grouped]
        }
        return Page.section(
            "Who holds what",
            [PlainTable.markup(head, rows, texts: 2)] + list(holdings ?? [])
                + (modelID.map { [.element("p", ["class": "quiet"], "Model \($0)")] } ?? [])
                + (scores.map {
                    [
                        .element(
                            "p", [:],
                            "\($0.rows.grouped) rows were scored; the scores are at the label party, in \($0.file).")
                    ]
                } ?? []))
    }

    private var leaks: Markup {
        Page.section(
            "What the job gave away by design",
            list(leakage) + [.element("p", [:], Self.trust)] + list(notes))
    }

    /// On what all of it rests.
    private static let trust = """
        Every organisation is trusted to follow the protocol, and to try to learn what it can from what it sees; the network is \
        hostile; the coordinator is trusted with scheduling only. A party that deviates is detected where that shows in a transcript \
        or fails a bound check; it is not prevented.
        """

    private var records: Markup {
        let facts = transcripts.sorted { $0.key < $1.key }.map { party, transcript in
            (
                name: "transcript of \(party)",
                value: "\(transcript.file), \(transcript.frames.counted("frame")), root \(transcript.root)"
            )
        }
        return Page.section(
            "Records",
            [
                Page.facts([(name: "job", value: hash)] + facts),
                .element(
                    "p", [:],
                    "This page is what the parties reported. What they sent stands in their transcripts: 'colonnade-audit verify' "
                        + "checks these."),
            ])
    }

    private func list(_ sentences: [String]) -> [Markup] {
        sentences.isEmpty
            ? [] : [.element("ul", [:], sentences.map { .element("li", [:], [.text($0, limit: sentenceLimit)]) })]
    }
}

/// A table as wide as what is in it.
enum PlainTable {
    /// - Parameters:
    ///   - texts: How many columns on the left hold words; numbers stand on the right.
    ///   - marked: A row that stands out.
    static func markup(_ head: [String], _ rows: [[String]], texts: Int = 1, marked: Int? = nil) -> Markup {
        func style(_ column: Int) -> String { column < texts ? "" : "number" }
        let titles = head.enumerated().map {
            Markup.element("th", ["scope": "col", "class": style($0.offset)], $0.element)
        }
        let lines = rows.enumerated().map { index, cells in
            Markup.element(
                "tr", ["class": index == marked ? "ours" : ""],
                cells.enumerated().map { column, cell in
                    column == 0
                        ? .element("th", ["scope": "row"], cell)
                        : .element("td", ["class": style(column)], cell)
                })
        }
        let table = Markup.element(
            "table", ["class": "fits"],
            [.element("thead", [:], [.element("tr", [:], titles)]), .element("tbody", [:], lines)])
        return .element("div", ["class": "scroll", "tabindex": "0"], [table])
    }
}
