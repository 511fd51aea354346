internal import Glibc

extension Metric {
    /// What each row contributes to a metric that is a mean over the rows, or, for `rmse`, the root of one. The other
    /// metrics are no means.
    func terms(_ predictions: [Double], _ targets: [Double]) -> [Double] {
        zip(predictions, targets).map { prediction, target in
            switch self {
            case .logloss: Self.loss(ofProbability: target == 1 ? prediction : 1 - prediction)
            case .accuracy: (prediction > 0.5) == (target == 1) ? 1 : 0
            case .brier, .rmse: (prediction - target) * (prediction - target)
            case .mae: abs(prediction - target)
            case .deviance: 2 * ((target == 0 ? 0 : target * log(target / prediction)) - target + prediction)
            case .auc, .ks, .ap, .precision, .recall, .f1, .r2: preconditionFailure("\(self) is no mean over rows")
            }
        }
    }

    /// Minus the logarithm of what was predicted for what then was.
    static func loss(ofProbability probability: Double) -> Double {
        -log(min(max(probability, .ulpOfOne), 1 - .ulpOfOne))
    }
}
