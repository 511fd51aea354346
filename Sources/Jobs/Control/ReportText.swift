public import Coordination
internal import Evaluation
internal import Specification

extension Report {
    /// The report for a person: what came of the job, what it cost, what it gave away.
    public var text: String {
        var lines = ["", "\(job)  (\(hash.prefix(12)))"]
        if protection == "none" { lines.append("UNPROTECTED: no cryptography was used; for comparison only") }
        func row(_ name: String, _ value: String) { lines.append("  " + name.padded(to: 24) + value) }

        row("model", "\(model), \(protection)" + (protection == "blind" ? ", \(keys.scheme) \(keys.bits) bits" : ""))
        row("rows aligned", "\(aligned)")
        for (party, entry) in parties.sorted(by: { $0.key < $1.key }) {
            row(
                party.name,
                "\(entry.role), \(entry.rows) rows\(entry.keys), \(entry.columns) columns (\(entry.preparedColumns) prepared"
                    + (entry.embeddedFields.flatMap { $0 > 0 ? ", \($0) embedded)" : nil } ?? ")"))
        }
        if let metrics {
            lines.append("")
            func line(_ name: String, _ cells: [String]) {
                lines.append("  " + name.padded(to: 34) + cells.map { $0.leftPadded(to: 10) }.joined())
            }
            func measure(_ name: String, _ metrics: PartyReport.Metrics?) {
                if let metrics { line(name, metrics.named.map { $0.value.rounded(to: 4) }) }
            }
            line("", metrics.named.map { $0.name == "average precision" ? "avg prec" : $0.name })
            measure("this federation", metrics)
            measure("  of the rows that validate", validation)
            measure("all columns in one place", baselines["colocated"])
            measure("label party alone", baselines["labelPartyOnly"])
            measure("label party with extra columns", baselines["labelPartyWithExtraColumns"])
            measure("label party, boosted trees", baselines["labelPartyBoosted"])
            lines.append("")
            lines.append("  this federation, with 95 % confidence intervals of the test rows")
            for (name, value) in metrics.all {
                let interval = intervals?[name].map { "  (\($0.low.rounded(to: 4)) to \($0.high.rounded(to: 4)))" }
                row(PartyReport.Metrics.title(name), value.rounded(to: 4) + (interval ?? ""))
            }
            if let error = curves?.calibrationError { row("calibration error", error.rounded(to: 4)) }
            if let psi = curves?.psi {
                row("stability", "PSI \(psi.rounded(to: 4)), test scores against those of the last rounds of training")
            }
        } else if let scores {
            row("scores", "\(scores.rows) rows, at the label party in \(scores.file)")
        } else {
            row("metrics", "kept by the label party")
        }
        for (party, columns) in (statistics ?? [:]).sorted(by: { $0.key < $1.key }) {
            let values = columns.sorted { $0.informationValue > $1.informationValue }.map {
                "\($0.column) \($0.informationValue.short)" + ($0.isKept ? "" : " (left out)")
            }
            row("information of \(party)", values.joined(separator: ", "))
        }
        for (party, columns) in (correlations ?? [:]).sorted(by: { $0.key < $1.key }) {
            let values = columns.map { column in
                "\(column.column) \(column.inflationText)" + (column.isKept ? "" : " (left out: \(column.reasonText))")
            }
            row("inflation of \(party)", values.joined(separator: ", "))
        }
        if let modelID {
            row("trained model", "\(modelID); each party keeps its half (colonnade model show \(modelID))")
        }
        lines.append("")
        row("rounds", "\(rounds)")
        if localUpdates > 0 {
            let weights = (meanWeights ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.short)" }
            row(
                "local updates",
                "\(localUpdates), in place of \(Self.size(bytesSaved ?? 0)); mean weight of a row: "
                    + weights.joined(separator: ", "))
        }
        row(
            "time",
            "align \(Self.time(seconds.align)), train \(Self.time(seconds.train)), evaluate \(Self.time(seconds.evaluate)), "
                + "total \(Self.time(seconds.total))")
        for (from, sent) in bytes.sorted(by: { $0.key < $1.key }) {
            let each = sent.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.size($0.value))" }
            row("\(from) sent", each.joined(separator: ", "))
        }
        for (party, count) in ciphertexts.sorted(by: { $0.key < $1.key }) where count.encrypted + count.sent > 0 {
            row(
                "\(party) ciphertexts", "\(count.encrypted) encrypted, \(count.decrypted) decrypted, \(count.sent) sent"
            )
        }
        row(
            "peak memory",
            peakMemoryBytes.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.size($0.value))" }.joined(
                separator: ", "))
        for (party, exposure) in exposures.sorted(by: { $0.key < $1.key }) {
            row("exposure of \(party)", "\(exposure.ratio.short) of at most \(exposure.limit.short)")
        }
        lines.append("")
        lines.append("  What this job gave away by design:")
        lines += leakage.map { "  - \($0)" }
        if !notes.isEmpty {
            lines.append("")
            lines += notes.map { "  note: \($0)" }
        }
        lines.append("")
        for (party, transcript) in transcripts.sorted(by: { $0.key < $1.key }) {
            row(
                "transcript of \(party)",
                "\(transcript.file) (\(transcript.frames) frames, root \(transcript.root.prefix(12)))")
        }
        return lines.joined(separator: "\n")
    }

    /// Seconds, as a person says them.
    public static func time(_ seconds: Double) -> String {
        guard seconds >= 60, let whole = Int(exactly: seconds.rounded(.down)) else {
            return "\(seconds.rounded(to: 1)) s"
        }
        return "\(whole / 60) min \(whole % 60) s"
    }

    /// Bytes, as a person says them.
    public static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1_000: "\(bytes) B"
        case ..<1_000_000: "\((Double(bytes) / 1e3).rounded(to: 1)) kB"
        case ..<1_000_000_000: "\((Double(bytes) / 1e6).rounded(to: 1)) MB"
        default: "\((Double(bytes) / 1e9).rounded(to: 2)) GB"
        }
    }
}

extension PartyReport.Metrics {
    /// Those that were measured, under their names in job files.
    package var all: [(name: String, value: Double)] {
        Metric.allCases.compactMap { metric in self[keyPath: metric.field].map { (metric.rawValue, $0) } }
    }

    /// What people call a metric.
    package static func title(_ name: String) -> String {
        switch Metric(rawValue: name) {
        case .auc, .ks, .rmse, .mae, .r2, .f1: name.uppercased()
        case .logloss: "log loss"
        case .ap: "average precision"
        case .brier: "Brier score"
        case .accuracy, .precision, .recall, .deviance, nil: name
        }
    }

    /// Those that were measured, with the names that people use.
    fileprivate var named: [(name: String, value: Double)] { all.map { (Self.title($0.name), $0.value) } }

    /// On one line.
    var text: String { named.map { "\($0.name) \($0.value.rounded(to: 4))" }.joined(separator: ", ") }
}

extension String {
    /// Filled up on the right with spaces.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }

    func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(1, width - count)) + self }
}

extension Double {
    /// With a fixed number of decimals.
    func rounded(to decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        // A number from outside may be larger than any integer.
        guard let whole = Int(exactly: (magnitude * scale).rounded()) else { return "\(self)" }
        let digits = String(whole % Int(scale) + Int(scale)).dropFirst()
        return (self < 0 ? "-" : "") + "\(whole / Int(scale))" + (decimals > 0 ? ".\(digits)" : "")
    }

    /// Three decimals: enough for a ratio.
    var short: String { rounded(to: 3) }
}

extension Report.PartyEntry {
    /// What its keys were like, where that is worth saying.
    fileprivate var keys: String {
        let left = [(emptyKeys ?? 0, "without a key"), (repeatedKeys ?? 0, "repeated")].filter { $0.0 > 0 }
        guard let ids, ids != rows || !left.isEmpty else { return "" }
        return " (\(([(ids, "ids")] + left).map { "\($0.0) \($0.1)" }.joined(separator: ", ")))"
    }
}
