internal import BinStatistics
internal import Coordination
internal import Link
internal import Preparation
internal import Specification
internal import Tables

/// What the bins of a party's columns, and their correlations, come to: which columns enter the model, and as what.
struct ColumnChoice: Sendable {
    /// What becomes of the columns that are weighed; `nil` of one that does not vary.
    var weighed: [String: Preparation.Step?] = [:]
    /// Columns that the selection leaves out.
    var left: Set<String> = []
    /// Of each column whose bins were asked about.
    var values: [PartyReport.ColumnStatistic] = []
    /// Of each column that was correlated.
    var correlations: [PartyReport.ColumnCorrelation] = []

    /// Where nothing was asked.
    static let everything = ColumnChoice()
}

extension ColumnChoice {
    /// The choice of a party whose rows stand beside their labels: the label party's own, and everybody's in one place.
    ///
    /// - Parameters:
    ///   - rows: The training rows of its table.
    ///   - labels: Of these rows, 0 or 1; `nil` where the job asks nothing.
    /// - Throws: `TablesError`, `PreparationError`; ``RunError`` where all labels are the same.
    init(_ table: Table, _ job: Job, of party: Party, rows: RowNumbers, labels: [Double]?) throws {
        guard let labels else {
            self = .everything
            return
        }
        let asked = try AskedColumns(table, job, of: party, rows: rows)
        let answers = try zip(asked.bins, asked.places(table, rows: rows)).map { bins, places in
            var counts = [BinCount](repeating: BinCount(rows: 0, events: 0), count: bins.count)
            for (place, label) in zip(places, labels) {
                counts[place].rows += 1
                counts[place].events += label == 1 ? 1 : 0
            }
            return try BinnedColumnStatistics(counts, label: job.label)
        }
        self = asked.choice(answers)
    }

    /// The labels of the training rows, where a job in one place needs them for statistics.
    static func labels(
        of job: Job, _ datasets: [(Job.Member, Dataset)], _ aligned: [AlignedRows], _ schedule: Schedule
    ) throws -> [Double]? {
        guard job.asksStatistics, let index = datasets.firstIndex(where: { $0.0.role == .label }) else { return nil }
        return try datasets[index].1.table.binaryLabels(job.label, rows: aligned[index].rows(at: schedule.trainRows))
    }
}

extension BinnedColumnStatistics {
    /// What counts come to, with the weights of all bins.
    ///
    /// - Throws: ``RunError`` where all rows have one label.
    init(_ counts: [BinCount], label: String) throws(RunError) {
        guard let evidence = WeightOfEvidence(counts.map { ($0.rows, $0.events) }) else {
            throw RunError(
                .oneClassLabels,
                "label '\(label)' is the same in all training rows: bins say nothing of it; align more rows or choose another"
            )
        }
        self.init(informationValue: evidence.informationValue, weights: evidence.weights)
    }
}
