import Glibc

/// A number that says how good predictions are, under the name that job files and reports use.
public enum Metric: String, CaseIterable, Codable, Sendable {
    /// Area under the ROC curve: how often a random positive scores above a random negative, a tie counting half.
    case auc
    /// Kolmogorov-Smirnov: the largest distance between the score distributions of the two classes.
    case ks
    /// Mean negative log-likelihood of the labels, probabilities kept 2^-52 away from 0 and 1.
    case logloss
    /// Share of rows on the right side of one half; exactly one half counts as class 0.
    case accuracy
    /// Root of the mean squared difference.
    case rmse

    /// Measures predictions row by row against their targets.
    ///
    /// `auc` and `ks` depend on the order of the predictions only, so that logits serve as well as probabilities;
    /// `logloss` and `accuracy` need probabilities; `rmse` takes any numbers.
    ///
    /// - Throws: ``EvaluationError``.
    public func measure(_ predictions: [Double], against targets: [Double]) throws(EvaluationError) -> Double {
        guard predictions.count == targets.count else {
            throw .countsDiffer(predictions: predictions.count, targets: targets.count)
        }
        guard !predictions.isEmpty else { throw .empty }
        if let row = predictions.indices.first(where: { !predictions[$0].isFinite || !targets[$0].isFinite }) {
            throw .notFinite(row: row)
        }
        if self != .rmse, let row = targets.firstIndex(where: { $0 != 0 && $0 != 1 }) { throw .notBinary(row: row) }

        switch self {
        case .auc:
            return try ROC(predictions, targets).area
        case .ks:
            return try ROC(predictions, targets).distance
        case .logloss:
            try Self.requireProbabilities(predictions)
            let losses = zip(predictions, targets).lazy.map { probability, label in
                let clipped = min(max(probability, .ulpOfOne), 1 - .ulpOfOne)
                return -log(label == 1 ? clipped : 1 - clipped)
            }
            return losses.reduce(0, +) / Double(predictions.count)
        case .accuracy:
            try Self.requireProbabilities(predictions)
            let right = zip(predictions, targets).count { ($0 > 0.5) == ($1 == 1) }
            return Double(right) / Double(predictions.count)
        case .rmse:
            let squares = zip(predictions, targets).lazy.map { ($0 - $1) * ($0 - $1) }
            return (squares.reduce(0, +) / Double(predictions.count)).squareRoot()
        }
    }

    private static func requireProbabilities(_ predictions: [Double]) throws(EvaluationError) {
        if let row = predictions.firstIndex(where: { $0 < 0 || $0 > 1 }) { throw .notAProbability(row: row) }
    }
}
