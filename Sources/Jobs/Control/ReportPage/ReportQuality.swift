internal import Coordination
internal import Pages

extension Report {
    /// Metrics beside those of the baselines.
    var quality: Markup {
        guard let metrics else {
            return scores == nil
                ? Page.section("How good it is", [.element("p", [:], "The label party keeps the metrics.")]) : .all([])
        }
        let names = metrics.all.map(\.name)
        func cells(_ title: String, _ metrics: PartyReport.Metrics?) -> [String]? {
            guard let metrics else { return nil }
            let values = Dictionary(uniqueKeysWithValues: metrics.all.map { ($0.name, $0.value) })
            return [title] + names.map { values[$0]?.rounded(to: 4) ?? "" }
        }
        let ends = names.map { name in
            intervals?[name].map { "\($0.low.rounded(to: 4)) to \($0.high.rounded(to: 4))" } ?? ""
        }
        let rows = [
            cells("this federation", metrics), ["95 % interval"] + ends,
            cells("all columns in one place", baselines["colocated"]),
            cells("label party alone", baselines["labelPartyOnly"]),
            cells("label party with extra columns", baselines["labelPartyWithExtraColumns"]),
            cells("label party, boosted trees", baselines["labelPartyBoosted"]),
        ].compactMap { $0 }
        return Page.section(
            "How good it is",
            [
                .element("p", [:], Self.qualityNote),
                PlainTable.markup([""] + names.map(PartyReport.Metrics.title), rows, marked: 0),
            ])
    }

    /// Information values that parties have released.
    var informationTable: Markup {
        let rows = (statistics ?? [:]).sorted { $0.key < $1.key }.flatMap { party, columns in
            columns.sorted { $0.informationValue > $1.informationValue }.map {
                [party.name, $0.column, $0.informationValue.rounded(to: 4), $0.isKept ? "in" : "left out"]
            }
        }
        guard !rows.isEmpty else { return .all([]) }
        return Page.section(
            "What columns say of the label",
            [
                .element("p", [:], "Information values of their bins, over the training rows."),
                PlainTable.markup(["party", "column", "information value", "model"], rows),
            ])
    }

    /// Variance inflations that parties have released.
    var correlationTable: Markup {
        let rows = (correlations ?? [:]).sorted { $0.key < $1.key }.flatMap { party, columns in
            columns.map {
                [
                    party.name, $0.column, $0.inflationText, $0.lastInflationText,
                    $0.isKept ? "in" : "left out: \($0.reasonText)",
                ]
            }
        }
        guard !rows.isEmpty else { return .all([]) }
        return Page.section(
            "How columns follow from each other",
            [
                .element("p", [:], Self.correlationNote),
                PlainTable.markup(["party", "column", "VIF", "VIF at the end", "model"], rows),
            ])
    }

    private static let correlationNote = """
        Variance inflation factors of all parties' numeric columns together, over the training rows: among all of them, and when the \
        choice was over for the column.
        """

    private static let qualityNote = """
        Of the rows that were held back. An interval says what chance in these rows alone may do to the number; it says nothing of \
        another training, or of other rows than like these.
        """

    /// Charts of what ``PartyReport/Curves`` holds.
    var qualityCharts: Markup {
        var figures: [Markup] = []
        if let bins = curves?.deciles { figures += [gain(bins), calibration(bins), distribution(bins)] }
        if let loss = curves?.loss, loss.count > 1 { figures.append(lossChart(loss)) }
        guard !figures.isEmpty else { return .all([]) }
        return Page.section("At a glance", [.element("div", ["class": "charts"], figures)])
    }

    private func gain(_ bins: [PartyReport.Curves.ScoreBin]) -> Markup {
        let all = bins.reduce(0.0) { $0 + Double($1.rows) }
        var taken = 0.0
        let points =
            [(x: 0.0, y: 0.0)]
            + bins.map { bin in
                taken += Double(bin.rows)
                return (taken / max(all, 1), bin.recall)
            }
        let chart = LineChart(
            "Share of positives among the rows that score highest",
            [.init([(0, 0), (1, 1)], style: "open"), .init(points, style: "sent", hasDots: true)], x: (0, 1),
            ends: ("no row", "all rows"), ticks: Self.tenths, tickName: Self.percent)
        let notes = bins.first.map {
            "the top \(Self.percent(Double($0.rows) / max(all, 1))) hold \(Self.percent($0.recall)) of the positives, "
                + "\($0.lift.rounded(to: 1)) times their share; dashed: by chance"
        }
        return Page.figure("Gain: positives among the highest scores", chart.markup, notes: [notes].compactMap { $0 })
    }

    private func calibration(_ bins: [PartyReport.Curves.ScoreBin]) -> Markup {
        let points = bins.reversed().map { (x: $0.meanScore, y: Double($0.positives) / Double(max($0.rows, 1))) }
        // As far as there is something to see.
        let end = min(max((points.flatMap { [$0.x, $0.y] }.max() ?? 1) * 1.05, 0.05), 1)
        let ticks = Chart.ticks(to: end)
        let high = ticks.last ?? 1
        let chart = LineChart(
            "Predicted probability against what happened",
            [.init([(0, 0), (high, high)], style: "open"), .init(points, style: "taken", hasDots: true)],
            x: (0, high), ends: ("predicted 0 %", Self.percent(high)), ticks: ticks, tickName: Self.percent)
        let notes = curves?.calibrationError.map { "expected calibration error \($0.rounded(to: 4))" }
        return Page.figure(
            "Calibration: how often it then happened", chart.markup,
            notes: [notes, "dashed: as often as predicted"].compactMap { $0 })
    }

    private func distribution(_ bins: [PartyReport.Curves.ScoreBin]) -> Markup {
        let held = max(1, bins.reduce(0.0) { $0 + Double($1.rows) })
        let trained = max(1, bins.reduce(0.0) { $0 + Double($1.trainingRows) })
        let rows = bins.enumerated().map { index, bin in
            let shares = (Double(bin.rows) / held, Double(bin.trainingRows) / trained)
            return Bars.Row(
                Self.range(bin, before: index > 0 ? bins[index - 1] : nil),
                "\(Self.percent(shares.0)), training \(Self.percent(shares.1))",
                [(shares.0, "sent"), (shares.1, "open")])
        }
        let notes = curves?.psi.map { "population stability index \($0.rounded(to: 4))" }
        return Page.figure(
            "Scores of held-back rows, and of training rows below", Bars("Score distributions", rows).markup,
            notes: [notes, "training rows as they scored in the last rounds, while the model still moved"].compactMap {
                $0
            })
    }

    private func lossChart(_ loss: [PartyReport.Curves.Loss]) -> Markup {
        // That of counts may be below 0.
        let above = Chart.ticks(to: max(loss.map(\.loss.magnitude).filter(\.isFinite).max() ?? 1, 1e-9))
        let ticks = loss.contains { $0.loss < 0 } ? above.dropFirst().reversed().map { -$0 } + above : above
        let (first, last) = (Double(loss[0].round), Double(loss[loss.count - 1].round))
        let chart = LineChart(
            "Loss of training",
            [.init(loss.filter(\.loss.isFinite).map { (Double($0.round), $0.loss) }, style: "sent")],
            x: (first, max(last, first + 1, first.nextUp)),
            ends: ("round \(loss[0].round.grouped)", loss[loss.count - 1].round.grouped),
            ticks: ticks, tickName: { $0.rounded(to: $0 < 10 ? 2 : 0) })
        return Page.figure("Loss of training, round by round", chart.markup)
    }

    /// Thresholds and what calling all above them positive does.
    var decileTable: Markup {
        guard let bins = curves?.deciles else { return .all([]) }
        let head = [
            "score", "rows", "positives", "mean score", "lift", "precision", "recall", "F1", "training rows",
        ]
        let rows = bins.enumerated().map { index, bin in
            [
                Self.range(bin, before: index > 0 ? bins[index - 1] : nil), bin.rows.grouped, bin.positives.grouped,
                bin.meanScore.short, bin.lift.rounded(to: 2), bin.precision.short, bin.recall.short, bin.f1.short,
                bin.trainingRows.grouped,
            ]
        }
        let best = bins.dropLast().indices.max { bins[$0].f1 < bins[$1].f1 }
        return Page.section(
            "By score",
            [.element("p", [:], Self.binNote), PlainTable.markup(head, rows, marked: best)])
    }

    private static let binNote = """
        Held-back rows by about the deciles of their scores, 10 rows at least in each. Precision, recall and F1 are those of calling \
        these rows and all above them positive; the highest F1 stands out.
        """

    var confusionTable: Markup {
        guard let table = curves?.confusion else { return .all([]) }
        let rows = table.enumerated().map { ["class \($0.offset)"] + $0.element.map(\.grouped) }
        return Page.section(
            "What was taken for what",
            [
                .element("p", [:], "Held-back rows: a line for each class, a column for each answer."),
                PlainTable.markup([""] + table.indices.map { "\($0)" }, rows),
            ])
    }

    private static let tenths = [0, 0.25, 0.5, 0.75, 1]

    private static func percent(_ share: Double) -> String {
        let text = (share * 100).rounded(to: 1)
        return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " %"
    }

    private static func range(
        _ bin: PartyReport.Curves.ScoreBin, before: PartyReport.Curves.ScoreBin?
    ) -> String {
        switch (bin.above, before?.above) {
        case (let low?, let high?): "\(low.short) to \(high.short)"
        case (let low?, nil): "above \(low.short)"
        case (nil, let high?): "to \(high.short)"
        case (nil, nil): "all"
        }
    }
}
