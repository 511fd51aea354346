package import Arithmetic

/// Labels of all rows from those of a few: a logistic regression on the attacker's own features and on what a frame said, against one
/// on its own features alone (Fu et al., *Label inference attacks against vertical federated learning*, USENIX Security 2022, passive
/// attack by model completion).
package struct LabelCompletion: Sendable {
    /// Labels that the attacker knows.
    package let known: Int
    private let own: Matrix<Double>
    private let labels: Labels
    /// Of each draw: the rows that are known, and the area that own features alone reach.
    private let draws: [(rows: [Int], alone: LogisticRegression)]

    /// - Parameters:
    ///   - own: The attacker's features of all rows, of variance one.
    ///   - rows: Rows that it may know the label of.
    /// - Returns: `nil` where so many are not there, or leave nothing to score.
    package init?(known: Int, own: Matrix<Double>, labels: Labels, rows: Set<Int>) {
        // Both classes are there in every draw, at least twice.
        let positives = max(2, Int((Double(known) * labels.share).rounded()))
        (self.known, self.own, self.labels) = (known, own, labels)
        let labelled = rows.filter { labels.positives[$0] != nil }.sorted()
        let ones = labelled.filter { labels.positives[$0] == true }
        let zeros = labelled.filter { labels.positives[$0] == false }
        guard labelled.count >= 2 * known, ones.count >= positives, zeros.count >= known - positives else { return nil }
        let count = KnownRows.draws(of: known, from: labelled.count)
        let chosen = zip(
            KnownRows.cut(ones, into: positives, draws: count, "known positives of a model"),
            KnownRows.cut(zeros, into: known - positives, draws: count, "known negatives of a model"))
        draws = chosen.map { ones, zeros in
            let rows = ones + zeros
            let classes = ones.map { _ in true } + zeros.map { _ in false }
            return (rows, LogisticRegression(own.selecting(rows: rows), classes))
        }
    }

    /// The area under the curve with what was seen, less that without, on visits of rows that are not known: the mean over draws.
    package func advantage(of visits: Visits) -> Measurement? {
        let numbers = visits.numbers.standardized()
        let design = Matrix.beside([own.selecting(rows: visits.rows), numbers])
        let places = visits.placesOfRows
        var advantages: [Double] = []
        for (number, draw) in draws.enumerated() {
            let known = Set(draw.rows)
            let learned = draw.rows.flatMap { places[$0] ?? [] }
            let scored = visits.scored(in: number, of: draws.count).filter {
                !known.contains(visits.rows[$0]) && labels.positives[visits.rows[$0]] != nil
            }
            guard learned.count > 1 else { return nil }
            let model = LogisticRegression(
                design.selecting(rows: learned), learned.map { labels.positives[visits.rows[$0]] == true })
            let positives = scored.map { labels.positives[visits.rows[$0]] == true }
            let clusters = scored.map { visits.batches[$0] }
            guard
                let with = AreaUnderCurve(
                    model.scores(design.selecting(rows: scored)), positives: positives, clusters: clusters),
                let without = AreaUnderCurve(
                    draw.alone.scores(own.selecting(rows: scored.map { visits.rows[$0] })), positives: positives,
                    clusters: clusters)
            else { continue }
            advantages.append(with.area - without.area)
        }
        // Of a rare class a draw may have nothing to score.
        guard 2 * advantages.count >= draws.count else { return nil }
        // Every visit is scored in some draw.
        return .mean(.aucAdvantage, advantages, count: visits.rows.count { labels.positives[$0] != nil })
    }
}
