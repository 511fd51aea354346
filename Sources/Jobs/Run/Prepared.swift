internal import Coordination
internal import Link
internal import Tables

/// A party's rows as they enter the source layer, in the common order; labels at the label party.
struct Prepared {
    let features: PreparedMatrix
    /// Columns in use, before one-hot, that vary.
    let rawColumns: Int
    /// 0 or 1 in the common order; empty at a feature party.
    let labels: [Double]
    /// The label party's features with the columns that only its baseline uses; `nil` where there are none.
    let extended: PreparedMatrix?
}

extension PartyRun {
    /// Fits the preparation on this party's own aligned training rows, applies it to all aligned rows.
    func prepare(_ aligned: [Int], _ schedule: Schedule) throws -> Prepared {
        notify(.init(stage: .prepare, bytes: bytesSent))
        guard schedule.trainRows.count > 0, schedule.testRows.count > 0 else {
            throw RunError(.badData, "\(aligned.count) common rows are too few to train and to evaluate on")
        }
        let training = schedule.trainRows.map { aligned[$0] }
        func prepare(_ columns: [String]) throws -> (PreparedMatrix, Preparation) {
            let preparation = try Preparation(fitting: dataset.table, columns: columns, rows: training)
            return (try preparation.prepare(dataset.table, rows: aligned), preparation)
        }
        let columns = job.member(me)?.columns ?? []
        let (features, preparation) = try prepare(columns)
        for column in preparation.dropped {
            report.notes.append("column '\(column)' does not vary over the training rows and was left out")
        }
        report.preparedColumns = features.columns
        guard role == .label else {
            return Prepared(features: features, rawColumns: preparation.rawColumnCount, labels: [], extended: nil)
        }
        let labels = try dataset.table.binaryLabels(job.label, rows: aligned)
        for (name, rows) in [("training", schedule.trainRows), ("evaluation", schedule.testRows)] {
            let positives = labels[rows].reduce(0, +)
            guard positives > 0, positives < Double(rows.count) else {
                throw RunError(
                    .oneClassLabels,
                    "label '\(job.label)' is the same in all \(rows.count) \(name) rows: "
                        + "nothing can be learned or measured; align more rows or choose another label")
            }
        }
        let extra = job.baselines.extraColumns
        return Prepared(
            features: features, rawColumns: preparation.rawColumnCount, labels: labels,
            extended: extra.isEmpty ? nil : try prepare(columns + extra).0)
    }
}
