extension Metric {
    /// What this metric needs of its rows.
    func require(
        _ predictions: [Double], _ targets: [Double], _ weights: [Double]?
    ) throws(EvaluationError) {
        try requireRows(predictions, targets, weights)
        switch self {
        case .auc, .ks, .ap: try requireLabels(targets)
        case .logloss, .accuracy, .precision, .recall, .f1, .brier:
            try requireLabels(targets)
            try requireProbabilities(predictions)
        case .rmse, .mae, .r2: break
        case .deviance:
            if let row = predictions.firstIndex(where: { $0 <= 0 }) { throw .notARate(row: row) }
            if let row = targets.firstIndex(where: { $0 < 0 }) { throw .notACount(row: row) }
        }
    }
}

/// As many finite predictions as finite targets, at least one, and a weight for each where there are weights.
func requireRows(
    _ predictions: [Double], _ targets: [Double], _ weights: [Double]?
) throws(EvaluationError) {
    guard predictions.count == targets.count else {
        throw .countsDiffer(predictions: predictions.count, targets: targets.count)
    }
    guard !predictions.isEmpty else { throw .empty }
    if let row = predictions.indices.first(where: { !predictions[$0].isFinite || !targets[$0].isFinite }) {
        throw .notFinite(row: row)
    }
    try requireWeights(weights, rows: targets.count)
}

/// One for each row, none below 0, not all 0.
func requireWeights(_ weights: [Double]?, rows: Int) throws(EvaluationError) {
    guard let weights else { return }
    guard weights.count == rows else { throw .weightsDiffer(weights: weights.count, targets: rows) }
    if let row = weights.firstIndex(where: { !$0.isFinite || $0 < 0 }) { throw .notAWeight(row: row) }
    guard weights.contains(where: { $0 > 0 }) else { throw .noWeight }
}

func requireLabels(_ targets: [Double]) throws(EvaluationError) {
    if let row = targets.firstIndex(where: { $0 != 0 && $0 != 1 }) { throw .notBinary(row: row) }
}

func requireProbabilities(_ predictions: [Double]) throws(EvaluationError) {
    if let row = predictions.firstIndex(where: { $0 < 0 || $0 > 1 }) { throw .notAProbability(row: row) }
}
