/// Gradient-boosted decision trees over one party's own columns: the strong baseline that needs no federation.
///
/// Second-order boosting as in XGBoost (Chen & Guestrin 2016, sections 2.1, 2.2 and 3.4), split search on histograms of
/// binned columns as in LightGBM (Ke et al. 2017). Nothing is random: the same input gives the same trees, on any
/// number of cores.
///
/// Trees tell of the rows they were grown on - cuts between values, means of targets - and stay with their party.
public struct BoostedTrees: Sendable {
    /// What is predicted.
    public let objective: Objective
    /// The losses before the first round, then after each that was run, those that early stopping gave up included.
    public let history: [Losses]
    /// Rounds whose trees are kept.
    public var rounds: Int { trees.count / objective.outputs }

    private let binnings: [Binning]
    private let start: [Double]
    /// Round after round, one tree for each output.
    private let trees: [Tree]

    /// Mean losses of the objective; see ``Objective``.
    public struct Losses: Hashable, Sendable {
        /// Over the rows that trees are grown on.
        public var training: Double
        /// Over the rows that decide when to stop; nil if none are held out.
        public var heldOut: Double?
    }

    /// Grows trees.
    ///
    /// A column that never varies is never split on, and without splits the model is the best constant: of numbers
    /// their mean, of labels their shares, of counts their mean. What no row has (a class, or any event at all) counts
    /// as half a row, so that probabilities and rates stay above 0.
    ///
    /// - Parameters:
    ///   - columns: At least one, of equal length.
    ///   - targets: One a row; what they may be, ``Objective`` says.
    /// - Throws: ``BoostingError``. Cancelled where the `WorkContext` is.
    public init(
        fitting columns: [Column], targets: [Double], objective: Objective, parameters: Parameters = Parameters()
    ) throws(BoostingError) {
        try parameters.check()
        guard !targets.isEmpty, !columns.isEmpty else { throw .empty }
        try objective.check(targets)
        var binnings: [Binning] = []
        for (index, column) in columns.enumerated() {
            guard column.values.count == targets.count else {
                throw .countsDiffer(column: index, values: column.values.count, targets: targets.count)
            }
            if let row = column.values.firstIndex(where: \.isInfinite) { throw .notFinite(column: index, row: row) }
            binnings.append(Binning(column))
        }
        let table = BinnedTable(binnings, columns.map(\.values))
        var training = Training(table: table, targets: targets, objective: objective, parameters: parameters)
        try training.run()
        self.objective = objective
        self.binnings = binnings
        (start, trees, history) = (training.start, training.trees, training.history)
    }

    /// Predicts row by row.
    ///
    /// - Parameter columns: As many as were fitted, in their order, of equal length. Traps otherwise.
    /// - Returns: Rows x outputs, row after row: the probability of class 1, or of each class, or the number, or the
    ///   rate.
    public func predict(_ columns: [[Double]]) -> [Double] {
        precondition(columns.count == binnings.count, "\(columns.count) columns for trees over \(binnings.count)")
        precondition(columns.allSatisfy { $0.count == columns[0].count }, "columns differ in length")
        let table = BinnedTable(binnings, columns)
        var scores = Scores(rows: table.rows, start: start)
        for (index, tree) in trees.enumerated() { scores.add(tree, table, output: index % start.count) }
        return objective.predictions(scores)
    }
}

extension BoostedTrees {
    /// One value a row, NaN where it is missing.
    public struct Column: Sendable {
        /// Finite or NaN. Categories are codes: whichever numbers, equal ones are the same category.
        public var values: [Double]
        /// Whether values have no order: splits then part categories, and not ranges.
        ///
        /// The 255 most frequent categories are told apart; rarer ones, and those that come up only after the fit,
        /// count as missing.
        public var isCategorical: Bool

        /// A column with its fields as they are.
        public init(_ values: [Double], isCategorical: Bool = false) {
            self.values = values
            self.isCategorical = isCategorical
        }
    }
}
