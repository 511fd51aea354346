internal import Cryptography
internal import Specification
internal import Tables

/// A job as one party would run it, for a person who decides about it: columns, rows, exposure, leakage, who receives what.
public struct JobSummary {
    /// Ready to print, without a final newline.
    public let lines: [String]

    /// - Throws: `TablesError` where this party's data cannot be read.
    public init(_ job: Job, for file: PartyFile) throws {
        let dataset = try Dataset(file.data)
        let member = job.member(file.name)
        let columns = member?.columns ?? []
        var lines = ["job           \(job.name)"]
        for party in job.members { lines.append("              \(party.party): \(party.role.rawValue)") }
        lines.append(
            "protection    \(job.protection == .blind ? "blind, Paillier keys of \(job.keys.bits) bits" : "NONE: UNPROTECTED")"
        )
        lines.append("your columns  \(columns.joined(separator: ", "))")
        if member?.role == .label {
            let extra = job.baselines.extraColumns
            lines.append("your label    \(job.label)")
            if !extra.isEmpty { lines.append("              \(extra.joined(separator: ", ")): your own baseline only") }
        }
        lines.append("your rows     up to \(job.align.sample ?? dataset.table.rowCount) of \(dataset.table.rowCount)")
        lines.append(
            "model         \(job.model.kind.rawValue), source layer of width \(job.model.width), \(job.train.epochs) epochs"
        )
        if member?.role == .feature, !columns.isEmpty {
            let ratio = Double(job.model.width * job.train.epochs) / Double(columns.count)
            let ledger = try ExposureLedger(path: "\(file.state)/exposure/\(dataset.name).ledger")
            let before = ledger.ratio(of: dataset.ids.map { ExposureLedger.RowName(id: $0) })
            lines.append(
                "exposure      \(ratio.short) by this job, \(before.short) before it; your limit is \(file.policy.exposureLimit.short)"
            )
        }
        lines.append(
            "results       \(job.labelParty) keeps the model's output; metrics go to the coordinator if its policy releases them"
        )
        lines.append("what it gives away by design:")
        lines += Leakage.sentences(of: job).map { "  - \($0)" }
        self.lines = lines
    }
}
