internal import Arithmetic
internal import Coordination
internal import Correlation
internal import Preparation
internal import Specification
internal import Tables

/// A party's numeric columns that enter the source layer, as correlations see them: in the job's order, without those that bins have
/// left out and without those that do not vary.
struct CorrelatedColumns: Sendable {
    /// The columns, each of mean 0 and length 1.
    let columns: [CorrelatedColumn]
    /// Of each; zeros where the selection counts no bins.
    let informationValues: [Double]

    /// - Parameters:
    ///   - rows: The training rows of the table.
    ///   - choice: What bins have said.
    /// - Throws: `TablesError`, `PreparationError`.
    init(_ table: Table, _ job: Job, of party: Party, rows: RowNumbers, choice: ColumnChoice) throws {
        let plan = job.prepare?[party]
        columns = try job.sourceColumns(of: party).compactMap { name in
            guard !choice.left.contains(name), try table.column(name).type == .number else { return nil }
            return try CorrelatedColumn(
                fitting: table, column: name, rows: rows, steps: plan?.steps(of: name, isNumber: true) ?? [])
        }
        let values = Dictionary(choice.values.map { ($0.column, $0.informationValue) }) { first, _ in first }
        informationValues = columns.map { job.select?.bins == nil ? 0 : values[$0.name] ?? 0 }
    }

    /// Of these columns with each other.
    var within: [[Double]] { columns.map { row in columns.map { row.correlation($0) } } }
}

extension CorrelatedColumn {
    /// Pearson's correlation of two columns over the same rows.
    fileprivate func correlation(_ other: CorrelatedColumn) -> Double {
        zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

extension ColumnChoice {
    /// Takes in what was said of correlated columns.
    mutating func take(_ answers: [ColumnAnswer], of correlated: CorrelatedColumns) {
        let columns = correlated.columns
        correlations = zip(columns, answers).map { column, answer in
            var result = PartyReport.ColumnCorrelation(
                column: column.name, inflation: answer.tolerance > 0 ? 1 / answer.tolerance : nil,
                lastInflation: answer.lastTolerance > 0 ? 1 / answer.lastTolerance : nil)
            switch answer.fate {
            case .stays: break
            case .alike(let place):
                result.reason = .correlation
                result.alike = place.map { columns[$0].name }
                result.correlation = place.map { column.correlation(columns[$0]) }
            case .inflated: result.reason = .inflation
            }
            result.isKept = result.reason == nil
            return result
        }
        let gone = Set(correlations.filter { !$0.isKept }.map(\.column))
        left.formUnion(gone)
        for place in values.indices where gone.contains(values[place].column) { values[place].isKept = false }
    }

    /// The same choice where all parties' rows are in one place.
    ///
    /// - Parameters:
    ///   - choices: Of each party, what bins have said; as the datasets are ordered, which is the job's order.
    ///   - trainings: The training rows of each table.
    /// - Throws: `TablesError`, `PreparationError`.
    static func correlate(
        _ choices: inout [ColumnChoice], _ job: Job, _ datasets: [(Job.Member, Dataset)], _ trainings: [RowNumbers]
    ) throws {
        guard job.asksCorrelations, let select = job.select else { return }
        let parties = datasets.map(\.0.party)
        let correlated = try datasets.indices.map { place in
            try CorrelatedColumns(
                datasets[place].1.table, job, of: parties[place], rows: trainings[place], choice: choices[place])
        }
        var joint = JointCorrelations(zip(parties, correlated).map { ($0, $1.columns.count) })
        for (row, first) in correlated.enumerated() {
            joint.set(first.informationValues, of: parties[row])
            for (column, second) in correlated.enumerated() where column <= row {
                joint.set(
                    first.columns.map { one in second.columns.map { one.correlation($0) } }, parties[row],
                    parties[column])
            }
        }
        let answers = joint.answers(select)
        for place in choices.indices { choices[place].take(answers[parties[place]] ?? [], of: correlated[place]) }
    }
}

/// The correlations of all parties' columns, in the job's order, and what the job's selection makes of them.
struct JointCorrelations: Sendable {
    /// Ones on its diagonal.
    private(set) var matrix: Matrix<Double>
    private var informationValues: [Double]
    private let places: [Party: Range<Int>]

    /// - Parameter counts: How many columns each party has, in the job's order.
    init(_ counts: [(party: Party, count: Int)]) {
        var places: [Party: Range<Int>] = [:]
        var end = 0
        for (party, count) in counts {
            places[party] = end..<end + count
            end += count
        }
        self.places = places
        informationValues = [Double](repeating: 0, count: end)
        matrix = Matrix(rows: end, columns: end, repeating: 0)
        for place in 0..<end { matrix[place, place] = 1 }
    }

    /// Where a party's columns stand.
    func range(of party: Party) -> Range<Int> { places[party] ?? 0..<0 }

    /// Sets the correlations of one party's columns with another's, or its own.
    mutating func set(_ block: [[Double]], _ first: Party, _ second: Party) {
        for (row, values) in zip(range(of: first), block) {
            for (column, value) in zip(range(of: second), values) where row != column {
                matrix[row, column] = value
                matrix[column, row] = value
            }
        }
    }

    /// Sets the information values of a party's columns.
    mutating func set(_ values: [Double], of party: Party) {
        for (place, value) in zip(range(of: party), values) { informationValues[place] = value }
    }

    /// What becomes of each party's columns.
    func answers(_ select: Job.Selection) -> [Party: [ColumnAnswer]] {
        let selection = CorrelationSelection(
            matrix, informationValues: informationValues,
            maximumCorrelation: select.maximumCorrelation.flatMap(Double.init),
            maximumInflation: select.maximumInflation.flatMap(Double.init))
        return places.mapValues { own in
            selection.decisions[own].map { decision in
                let fate: ColumnAnswer.Fate =
                    switch decision.fate {
                    case .stays: .stays
                    case .alike(let rival): .alike(own.contains(rival) ? rival - own.lowerBound : nil)
                    case .inflated: .inflated
                    }
                return ColumnAnswer(
                    fate: fate, tolerance: decision.tolerance, lastTolerance: decision.lastTolerance)
            }
        }
    }
}
