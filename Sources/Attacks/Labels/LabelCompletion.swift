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

    /// How often other rows are the known ones.
    static let drawCount = 16

    /// - Parameters:
    ///   - own: The attacker's features of all rows, of variance one.
    ///   - rows: Rows that it may know the label of.
    /// - Returns: `nil` where so many are not there, or leave nothing to score.
    package init?(known: Int, own: Matrix<Double>, labels: Labels, rows: Set<Int>) {
        // Both classes are there in every draw, at least twice.
        let positives = max(2, Int((Double(known) * labels.share).rounded()))
        (self.known, self.own, self.labels) = (known, own, labels)
        draws = (0..<Self.drawCount).compactMap { draw in
            let visited = labels.restricted(to: rows)
            let chosen =
                visited.examples(positives, of: true, "completion", draw)
                + visited.examples(known - positives, of: false, "completion", draw)
            guard chosen.count == known else { return nil }
            let classes = chosen.map { labels.positives[$0] == true }
            return (chosen, LogisticRegression(own.selecting(rows: chosen), classes))
        }
        let others = rows.count { labels.positives[$0] != nil } - known
        guard draws.count == Self.drawCount, others >= known else { return nil }
    }

    /// The area under the curve with what was seen, less that without, on visits of rows that are not known: the mean over draws.
    package func advantage(of visits: Visits) -> Measurement? {
        let numbers = visits.numbers.standardized()
        let design = Matrix.beside([own.selecting(rows: visits.rows), numbers])
        var advantages: [Double] = []
        var count = 0
        for draw in draws {
            let rows = Set(draw.rows)
            let learned = visits.rows.indices.filter { rows.contains(visits.rows[$0]) }
            let scored = visits.rows.indices.filter {
                !rows.contains(visits.rows[$0]) && labels.positives[visits.rows[$0]] != nil
            }
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
            else { return nil }
            advantages.append(with.area - without.area)
            count = scored.count
        }
        return .mean(.aucAdvantage, advantages, count: count)
    }
}
