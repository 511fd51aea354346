public import Arithmetic

/// What a label party knows of a source layer by doing no more than its part, as real numbers: the input of all attacks on the
/// opened sums Z.
///
/// Of several feature parties, read their columns side by side for X_A: the label party sees the sum of their parts.
public struct LabelView: Sendable {
    /// One opening.
    public struct Round: Sendable {
        /// The numbers of the batch's rows.
        public let rows: [Int]
        /// Z of these rows.
        public let opened: Matrix<Double>
        /// U_B before the round: the label party's share of its own weights.
        public let ownShare: Matrix<Double>
        /// dZ, which the label party sent under encryption; none where nothing was trained.
        public let derivative: Matrix<Double>?

        /// A round as the label party saw it.
        public init(rows: [Int], opened: Matrix<Double>, ownShare: Matrix<Double>, derivative: Matrix<Double>?) {
            self.rows = rows
            self.opened = opened
            self.ownShare = ownShare
            self.derivative = derivative
        }
    }

    /// X_B, all rows.
    public let ownRows: Matrix<Double>
    /// The optimiser's learning rate, for the mean gradient of a batch.
    public let rate: Double
    /// The optimiser's momentum.
    public let momentum: Double
    /// In their order.
    public let rounds: [Round]

    /// The view of a job without weight decay.
    public init(ownRows: Matrix<Double>, rate: Double, momentum: Double, rounds: [Round]) {
        self.ownRows = ownRows
        self.rate = rate
        self.momentum = momentum
        self.rounds = rounds
    }
}

extension LabelView {
    var width: Int { rounds.first?.opened.columns ?? 0 }

    /// What is left of Z where the label party takes away what it knows: `Z - X_B U_B = X_A W_A + X_B V_B`.
    func remainder(_ round: Round) -> Matrix<Double> {
        round.opened - ownRows.selecting(rows: round.rows) * round.ownShare
    }

    /// The remainders of every row at its first visit, at its second, and so on, as often as all rows were visited.
    ///
    /// Where batches are all rows, one visit is one opening under one W_A; where they are smaller, W_A changes a little between
    /// the rows of a visit.
    var visits: [Matrix<Double>] {
        var byRow = [[[Double]]](repeating: [], count: ownRows.rows)
        for round in rounds {
            let remainder = remainder(round)
            for (place, row) in round.rows.enumerated() { byRow[row].append(Array(remainder.row(place))) }
        }
        return (0..<(byRow.map(\.count).min() ?? 0)).map { visit in
            Matrix(rows: byRow.count, columns: width, elements: byRow.flatMap { $0[visit] })
        }
    }
}
