internal import Boosting
internal import Coordination
internal import Tables

extension Training {
    /// Gradient-boosted trees on a party's raw columns: the strongest model that it is likely to have by itself.
    ///
    /// - Parameter aligned: Rows of the table in the common order.
    /// - Returns: Metrics over the held-back rows.
    func boostedBaseline(_ table: Table, columns names: [String], aligned: AlignedRows) throws -> PartyReport.Metrics {
        func columns(_ rows: [Int]) throws -> [BoostedTrees.Column] {
            try names.map { try BoostedTrees.Column(table, $0, rows: aligned.rows(at: rows)) }
        }
        let fitted = try BoostedTrees(
            fitting: columns(schedule.trainRows),
            targets: targets.present(schedule.trainRows).map { targets.truth[$0] },
            objective: objective)
        return try measure(fitted.predict(columns(schedule.testRows).map(\.values)))
    }

    private var objective: BoostedTrees.Objective {
        switch job.model.target {
        case .binary: .binary
        case .classes: .classes(job.model.classes)
        case .number: .number
        case .count: .count
        }
    }
}

extension BoostedTrees.Column {
    /// Numbers as they are; texts by their places among the column's texts, a missing one as a missing number.
    fileprivate init(_ table: Table, _ name: String, rows: [Int]) throws {
        switch try table.column(name).cells {
        case .numbers(let numbers): self.init(rows.map { numbers[$0] })
        case .texts:
            let codes = try table.codes(name)
            self.init(rows.map { codes[$0].map { Double($0) } ?? .nan }, isCategorical: true)
        }
    }
}
