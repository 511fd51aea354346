internal import Cryptography
internal import Preparation
internal import Specification
internal import Tables

/// A job as one party would run it, for a person who decides about it: columns, rows, exposure, leakage, who receives what.
public struct JobSummary {
    /// Ready to print, without a final newline.
    public let lines: [String]

    /// - Throws: `TablesError` where this party's data cannot be read.
    public init(_ job: Job, for file: PartyFile) throws {
        let dataset = try Dataset(file.data, in: file.space)
        let member = job.member(file.name)
        let columns = member?.columns ?? []
        var lines = ["job           \(job.name)"]
        for party in job.members { lines.append("              \(party.party): \(party.role.rawValue)") }
        lines.append(
            "protection    \(job.protection == .blind ? "blind, Paillier keys of \(job.keys.bits) bits" : "NONE: UNPROTECTED")"
        )
        lines.append("your columns  \(columns.joined(separator: ", "))")
        for (column, steps) in job.prepare?[file.name]?.lists ?? [] where !steps.isEmpty {
            lines.append("prepared      \(column): \(steps.map(\.description).joined(separator: ", "))")
        }
        if member?.role == .label, job.predict == nil {
            let extra = job.baselines.extraColumns
            lines.append("your label    \(job.label)")
            if let weights = job.train.sampleWeights { lines.append("your weights  \(weights): how much a row counts") }
            if !extra.isEmpty { lines.append("              \(extra.joined(separator: ", ")): your own baseline only") }
        }
        lines.append("your rows     up to \(job.mostOwnRows(of: dataset.table.rowCount)) of \(dataset.table.rowCount)")
        let openings = job.predict == nil ? job.train.epochs : 1
        lines.append(
            "model         \(job.model.kind.rawValue), source layer of width \(job.model.width), "
                + (job.predict.map { "trained before: \($0)" } ?? "\(openings) epochs"))
        if let schedule = job.train.schedule, job.predict == nil {
            lines.append("learning rate \(schedule.text)")
        }
        if let rule = job.train.earlyStopping, job.predict == nil { lines.append("training      \(rule.text)") }
        if let updates = job.localUpdates, job.predict == nil {
            lines.append("local updates \(updates.text)")
        }
        lines.append("protocols     \(Software.choices(of: job).joined(separator: ", "))")
        let rounds = job.mostRounds(of: dataset.table.rowCount, member?.role ?? .feature)
        if job.predict == nil { lines.append("rounds        up to \(rounds) of training") }
        if let tower = job.towers[file.name] {
            lines.append("your tower    \(tower.inputs); \(tower.training.rawValue)")
        }
        let exposed = columns.count + job.frozenOutputs(of: file.name)
        if member?.role == .feature, exposed > 0 {
            let ratio = ExposureLedger.ratio(width: job.model.width, columns: exposed, openings: openings)
            let ledger = try ExposureLedger(path: "\(file.state)/exposure/\(dataset.name).ledger")
            var before = 0.0
            try dataset.table.visitKeys { rows, keys in
                let names = rows.indices.map { ExposureLedger.RowName(id: keys.encoding(row: $0 - rows.lowerBound)) }
                before = max(before, ledger.ratio(of: names))
            }
            lines.append(
                "exposure      \(ratio.short) by this job, \(before.short) before it; your limit is \(file.policy.exposureLimit.short)"
            )
        }
        lines.append(
            job.predict == nil
                ? "results       \(job.labelParty) keeps the model's output; metrics and tables of at least 10 rows a bin go to the coordinator if its policy releases them"
                : "results       the score of every common row, with its id, is written at \(job.labelParty) and nowhere else"
        )
        for (index, sentence) in file.policy.sentences.enumerated() {
            lines.append((index == 0 ? "your policy   " : "              ") + sentence)
        }
        lines.append("what it gives away by design:")
        lines += Leakage.sentences(of: job).map { "  - \($0)" }
        self.lines = lines
    }
}
