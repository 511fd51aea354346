/// Rows of equal score together, from the highest score down: they stand on one threshold. Every curve over thresholds is
/// made of these.
struct ScoreLevels {
    struct Level {
        let score: Double
        /// Weights of the rows with label 1, and with label 0.
        var positives = 0.0
        var negatives = 0.0
    }

    let levels: [Level]
    let positives: Double
    let negatives: Double

    /// - Throws: ``EvaluationError/oneClass`` where only one class has weight.
    init(_ scores: [Double], _ labels: [Double], _ weights: [Double]?) throws(EvaluationError) {
        var levels: [Level] = []
        for row in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
            let weight = weights?[row] ?? 1
            guard weight > 0 else { continue }
            if levels.last?.score != scores[row] { levels.append(Level(score: scores[row])) }
            if labels[row] == 1 {
                levels[levels.count - 1].positives += weight
            } else {
                levels[levels.count - 1].negatives += weight
            }
        }
        self.levels = levels
        positives = levels.reduce(0) { $0 + $1.positives }
        negatives = levels.reduce(0) { $0 + $1.negatives }
        guard positives > 0 && negatives > 0 else { throw .oneClass }
    }

    /// Over the levels from the highest down: precision of all down to one, times what recall grows by there.
    var averagePrecision: Double {
        var (found, taken, sum) = (0.0, 0.0, 0.0)
        for level in levels {
            found += level.positives
            taken += level.positives + level.negatives
            sum += found / taken * (level.positives / positives)
        }
        return sum
    }
}
