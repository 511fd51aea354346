internal import Arithmetic

/// Scores of rows for being of the rarer class, from the numbers of one kind of frame, without learning from labels but for a few
/// positives.
package enum LabelScoring: String, CaseIterable, Sendable {
    /// The length of a row's numbers: derivatives of the rarer class are longer (Li et al., *Label leakage and protection in
    /// two-party split learning*, ICLR 2022, norm attack).
    case norm
    /// The projection on the mean of some known positives: derivatives of the two classes point in opposite directions (the same
    /// paper's cosine attack, with several examples in the place of one).
    case direction
    /// The projection on the direction in which a batch varies most, towards its longer tail, where the rarer class is (Sun et
    /// al., *Label leakage and protection from forward embedding in vertical federated learning*, 2022, arXiv 2203.01451, spectral attack).
    case spectral

    /// Positives that the attacker knows from elsewhere.
    static let knownPositives = 10
    /// Where neither class is rare, nothing but a few known labels says which is which: `norm` and `spectral` are no attacks then.
    package static let rareShare = 1.0 / 3

    /// Whether it means anything for these labels.
    package func applies(to labels: Labels) -> Bool { self == .direction || labels.share <= Self.rareShare }

    /// The area under the curve over all visits whose label is known to the auditor, and not to the attacker.
    /// - Returns: `nil` where a class is empty.
    package func measure(_ visits: Visits, _ labels: Labels) -> Measurement? {
        let examples = self == .direction ? Set(labels.examples(Self.knownPositives, of: true, "known positives")) : []
        let scores = scores(visits, examples: examples)
        let places = visits.rows.indices.filter {
            labels.positives[visits.rows[$0]] != nil && !examples.contains(visits.rows[$0])
        }
        let area = AreaUnderCurve(
            places.map { scores[$0] }, positives: places.map { labels.positives[visits.rows[$0]] == true },
            clusters: places.map { visits.batches[$0] })
        return area.map { Measurement(.auc, $0.area, standardError: $0.standardError, count: places.count) }
    }

    private func scores(_ visits: Visits, examples: Set<Int>) -> [Double] {
        let numbers = visits.numbers
        switch self {
        case .norm: return (0..<numbers.rows).map { numbers.row($0).reduce(0) { $0 + $1 * $1 } }
        case .direction:
            let known = visits.rows.indices.filter { examples.contains(visits.rows[$0]) }
            guard !known.isEmpty else { return [Double](repeating: 0, count: visits.count) }
            let mean = numbers.selecting(rows: known).columnMeans
            return numbers.product(Matrix(rows: mean.count, columns: 1, elements: mean)).elements
        case .spectral: return visits.rounds.flatMap { Self.principal(numbers.selecting(rows: $0)) }
        }
    }

    /// Of one batch: the projection on its first principal component, of variance one and positive skewness.
    private static func principal(_ batch: Matrix<Double>) -> [Double] {
        let centered = batch.subtracting(batch.columnMeans)
        // Power iteration from the longest row, along which something varies unless nothing does.
        let lengths = (0..<batch.rows).map { centered.row($0).reduce(0) { $0 + $1 * $1 } }
        guard let longest = lengths.indices.max(by: { lengths[$0] < lengths[$1] }), lengths[longest] > 0 else {
            return lengths
        }
        var direction = Matrix(rows: batch.columns, columns: 1, elements: Array(centered.row(longest)))
        for _ in 0..<(batch.columns == 1 ? 0 : 50) {
            direction = centered.transposedProduct(centered.product(direction))
            let length = direction.columnSumsOfSquares[0].squareRoot()
            direction = direction.map { $0 / length }
        }
        let scores = centered.product(direction).standardized().elements
        let skewness = scores.reduce(0) { $0 + $1 * $1 * $1 }
        return skewness < 0 ? scores.map { -$0 } : scores
    }
}
