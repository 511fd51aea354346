public import Tables

/// A column of numbers as correlations see it: what its list of steps makes of it before anything encodes it, over the training rows,
/// with mean 0 and length 1. The inner product of two of them is Pearson's correlation.
///
/// A gap that no fill closes stands at the mean of the others. Bins of any kind and an indicator of gaps are left out: what is
/// correlated is one column of numbers, and at which scale does not matter. The bound of prepared values holds here, too.
public struct CorrelatedColumn: Sendable {
    /// The column's name.
    public let name: String
    /// Of each training row.
    public let values: [Double]

    /// Prepares a column; `nil` where its numbers do not vary over the rows.
    ///
    /// - Parameters:
    ///   - rows: The training rows; indices into the table.
    ///   - steps: The list of the column, or an empty one.
    /// - Throws: `TablesError` for a column that is not there or holds texts, ``PreparationError``.
    public init?(
        fitting table: Table, column: String, rows: some Collection<Int>, steps: [PreparationPlan.Step]
    ) throws {
        name = column
        let numbers = try table.preparedNumbers(column)
        let training = rows.map { numbers[$0] }
        let pipeline = try NumberPipeline(
            fitting: training, steps: steps.filter { !$0.isBesideNumbers }, classes: nil,
            at: (file: table.file, column: column))
        guard let pipeline else { return nil }
        let prepared = training.map { pipeline.encoded($0)?.value ?? .nan }
        let present = prepared.filter { !$0.isNaN }
        guard let first = present.first, present.contains(where: { $0 != first }) else { return nil }
        let mean = present.reduce(0, +) / Double(present.count)
        let centred = prepared.map { $0.isNaN ? 0 : $0 - mean }
        let length = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { return nil }
        values = centred.map { $0 / length }
    }
}

extension PreparationPlan.Step {
    /// Whether it makes other columns than one of numbers: bins, or an indicator.
    fileprivate var isBesideNumbers: Bool {
        switch self {
        case .bins, .chiMerge, .weights, .indicator: true
        case .fill, .clip, .log, .standardize, .minMax, .quantile, .rare, .oneHot, .hash, .embed: false
        }
    }
}
