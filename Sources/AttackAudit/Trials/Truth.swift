internal import Arithmetic
internal import Attacks
internal import Specification

/// What the auditor knows and the attacker should not: against it attacks are scored, and from it the positive controls are made.
struct Truth: Sendable {
    /// Another party's rows.
    struct Victim: Sendable {
        let party: Party
        /// Prepared columns of all rows.
        let numbers: Matrix<Double>
        /// The same and its commonest categories.
        let features: Matrix<Double>
        /// What an unprotected frame would hold of each row: its part of the score of a model fitted on everything.
        let activations: [Double]
        /// Of each row, how many prepared numbers are not zero: what a sparse product's time depends on.
        let density: [Double]
    }

    let labels: Labels?
    let victims: [Victim]
    /// Of each row, the score of a logistic regression on some columns of every party that is known; and its mean.
    private let scores: [Double]
    private let meanScore: Double

    /// Few columns, so that an activation says something about each of them.
    private static let (fittedRows, fittedColumns) = (4000, 8)

    /// - Parameters:
    ///   - attacker: Whose labels are no secret, if it has any.
    ///   - others: Views of other parties of the same attempt.
    ///   - listed: Labels from elsewhere, by id.
    /// - Throws: ``AttackError/foreign(path:problem:)``.
    init(attacker: RecordedView, others: [RecordedView], listed: [String: Double]?) throws(AttackError) {
        for other in others {
            guard other.job == attacker.job, other.attempt == attacker.attempt,
                other.numbers.rows == attacker.numbers.rows,
                other.party != attacker.party
            else {
                throw .foreign(
                    path: other.path, problem: "it is no other party's view of the attempt in \(attacker.path)")
            }
        }
        let views = [attacker] + others
        var targets = views.first { $0.isLabelParty }?.targets
        if targets == nil, let listed { targets = attacker.ids.map { listed[$0] } }
        let all = targets.flatMap { Labels(targets: $0) }
        labels = attacker.isLabelParty ? nil : all

        // Each party's columns, of variance one, and the fitted weights of all.
        let blocks = views.map { $0.features.mostVaried(Self.fittedColumns).standardized() }
        let joined = Matrix.beside(blocks)
        var random = SplitMix64("fitted rows")
        var coefficients = (0..<joined.columns).map { _ in random.normal() }
        var intercept = 0.0
        if let all {
            let labelled = all.positives.indices.filter { all.positives[$0] != nil }
            let chosen = random.permutation(labelled.count).prefix(Self.fittedRows).map { labelled[$0] }
            let fitted = LogisticRegression(joined.selecting(rows: chosen), chosen.map { all.positives[$0] == true })
            (coefficients, intercept) = (fitted.coefficients, fitted.intercept)
        }
        let parts = zip(blocks, Self.split(coefficients, as: blocks.map(\.columns))).map { block, weights in
            block.product(Matrix(rows: weights.count, columns: 1, elements: weights)).elements
        }
        scores = (0..<attacker.numbers.rows).map { row in parts.reduce(intercept) { $0 + $1[row] } }
        meanScore = intercept
        victims = zip(others, parts.dropFirst()).map { view, part in
            Victim(
                party: view.party, numbers: view.numbers, features: view.features, activations: part,
                density: (0..<view.numbers.rows).map { Double(view.numbers.row($0).count { $0 != 0 }) })
        }
    }

    private static func split(_ all: [Double], as counts: [Int]) -> [[Double]] {
        var rest = all[...]
        return counts.map { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }

    /// What frames to a feature party would hold of each visit if nothing were protected: the derivative of the loss of a logistic
    /// regression that learns, from the share of positives in the first round to the fitted model in the last.
    ///
    /// - Parameter last: The number of the last round.
    func derivatives(of visits: (rows: [Int], batches: [Int]), last: Int) -> Matrix<Double> {
        let elements = zip(visits.rows, visits.batches).map { row, batch in
            let progress = Double(batch) / Double(max(1, last))
            let label = labels?.positives[row] == true ? 1.0 : 0
            return sigmoid(meanScore + progress * (scores[row] - meanScore)) - label
        }
        return Matrix(rows: elements.count, columns: 1, elements: elements)
    }
}

extension Matrix<Double> {
    /// No more columns than this, those in which most rows differ from the commonest value.
    func mostVaried(_ limit: Int) -> Self {
        guard columns > limit else { return self }
        let shares = variedShares(of: Array(0..<rows))
        let chosen = shares.indices.sorted { (shares[$0], $1) > (shares[$1], $0) }.prefix(limit).sorted()
        return selecting(columns: chosen)
    }
}
