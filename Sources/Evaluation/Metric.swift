/// A number that says how good predictions are, under the name that job files and reports use.
public enum Metric: String, CaseIterable, Codable, Sendable {
    /// Area under the ROC curve: how often a random positive scores above a random negative, a tie counting half. Of
    /// several classes: the mean over the classes, each against all others.
    case auc
    /// Kolmogorov-Smirnov: the largest distance between the score distributions of the two classes.
    case ks
    /// Mean negative log-likelihood of the labels, probabilities kept 2^-52 away from 0 and 1.
    case logloss
    /// Share of rows on the right side of one half; exactly one half counts as class 0. Of several classes: share of
    /// rows whose most probable class is theirs, the first one where several are.
    case accuracy
    /// Share of the rows above one half that are positive; 0 where none is above. Of several classes: the mean over the
    /// classes.
    case precision
    /// Share of the positives that are above one half. Of several classes: the mean over the classes, 0 for one without
    /// rows.
    case recall
    /// Harmonic mean of precision and recall; 0 where both are 0. Of several classes: the mean over the classes.
    case f1
    /// Average precision: over all thresholds, from the highest down, precision times what recall grows by.
    case ap
    /// Brier score: mean squared difference between the probability of class 1 and the label.
    case brier
    /// Root of the mean squared difference.
    case rmse
    /// Mean magnitude of the difference.
    case mae
    /// R squared, the share of the targets' variance that the predictions explain; below 0 for worse than their mean.
    case r2
    /// Mean Poisson deviance of counts t at predicted rates p: 2 (t log(t / p) - t + p), where 0 log 0 is 0.
    case deviance

    /// Measures predictions row by row against their targets.
    ///
    /// `auc`, `ks` and `ap` depend on the order of the predictions only, so that logits serve as well as probabilities;
    /// what else is for labels needs probabilities; `rmse`, `mae` and `r2` take any numbers; `deviance` needs rates above
    /// and targets not below 0.
    ///
    /// - Parameter weights: What each row counts, 0 or more; each counts 1 where there are none. A whole number counts as
    ///   that many equal rows.
    /// - Throws: ``EvaluationError``.
    public func measure(
        _ predictions: [Double], against targets: [Double], weights: [Double]? = nil
    ) throws(EvaluationError) -> Double {
        try require(predictions, targets, weights)
        switch self {
        case .auc: return try ROC(predictions, targets, weights).area
        case .ks: return try ROC(predictions, targets, weights).distance
        case .ap: return try ScoreLevels(predictions, targets, weights).averagePrecision
        case .precision: return ConfusionCounts(checked: predictions, targets, weights, above: 0.5).precision
        case .recall: return ConfusionCounts(checked: predictions, targets, weights, above: 0.5).recall
        case .f1: return ConfusionCounts(checked: predictions, targets, weights, above: 0.5).f1
        case .r2: return try Self.explainedVariance(predictions, targets, weights)
        case .rmse: return mean(of: terms(predictions, targets), weights).squareRoot()
        case .logloss, .accuracy, .brier, .mae, .deviance: return mean(of: terms(predictions, targets), weights)
        }
    }

    private static func explainedVariance(
        _ predictions: [Double], _ targets: [Double], _ weights: [Double]?
    ) throws(EvaluationError) -> Double {
        let counted = weights.map { weights in targets.indices.filter { weights[$0] > 0 } } ?? Array(targets.indices)
        guard counted.contains(where: { targets[$0] != targets[counted[0]] }) else { throw .constantTargets }
        let center = mean(of: targets, weights)
        let variance = mean(of: targets.map { ($0 - center) * ($0 - center) }, weights)
        return 1 - mean(of: rmse.terms(predictions, targets), weights) / variance
    }
}

/// The mean of what rows contribute, each counting its weight.
func mean(of terms: [Double], _ weights: [Double]?) -> Double {
    guard let weights else { return terms.reduce(0, +) / Double(terms.count) }
    return zip(weights, terms).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
}
