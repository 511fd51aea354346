import Glibc

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
    /// `auc` and `ks` depend on the order of the predictions only, so that logits serve as well as probabilities;
    /// `logloss` and `accuracy` need probabilities; `rmse`, `mae` and `r2` take any numbers; `deviance` needs rates
    /// above and targets not below 0.
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
        switch self {
        case .auc:
            try Self.requireLabels(targets)
            return try ROC(predictions, targets).area
        case .ks:
            try Self.requireLabels(targets)
            return try ROC(predictions, targets).distance
        case .logloss:
            try Self.requireLabels(targets)
            try Self.requireProbabilities(predictions)
            return Self.mean(predictions, targets) { Self.loss(ofProbability: $1 == 1 ? $0 : 1 - $0) }
        case .accuracy:
            try Self.requireLabels(targets)
            try Self.requireProbabilities(predictions)
            return Self.mean(predictions, targets) { ($0 > 0.5) == ($1 == 1) ? 1 : 0 }
        case .rmse:
            return Self.mean(predictions, targets) { ($0 - $1) * ($0 - $1) }.squareRoot()
        case .mae:
            return Self.mean(predictions, targets) { abs($0 - $1) }
        case .r2:
            return try Self.explainedVariance(predictions, targets)
        case .deviance:
            if let row = predictions.firstIndex(where: { $0 <= 0 }) { throw .notARate(row: row) }
            if let row = targets.firstIndex(where: { $0 < 0 }) { throw .notACount(row: row) }
            return Self.mean(predictions, targets) { 2 * (($1 == 0 ? 0 : $1 * log($1 / $0)) - $1 + $0) }
        }
    }

    /// Minus the logarithm of what was predicted for what then was.
    static func loss(ofProbability probability: Double) -> Double {
        -log(min(max(probability, .ulpOfOne), 1 - .ulpOfOne))
    }

    private static func mean(
        _ predictions: [Double], _ targets: [Double], of term: (_ prediction: Double, _ target: Double) -> Double
    ) -> Double {
        zip(predictions, targets).lazy.map(term).reduce(0, +) / Double(predictions.count)
    }

    private static func explainedVariance(
        _ predictions: [Double], _ targets: [Double]
    ) throws(EvaluationError) -> Double {
        guard targets.contains(where: { $0 != targets[0] }) else { throw .constantTargets }
        let center = targets.reduce(0, +) / Double(targets.count)
        let variance = mean(predictions, targets) { ($1 - center) * ($1 - center) }
        return 1 - mean(predictions, targets) { ($0 - $1) * ($0 - $1) } / variance
    }

    private static func requireLabels(_ targets: [Double]) throws(EvaluationError) {
        if let row = targets.firstIndex(where: { $0 != 0 && $0 != 1 }) { throw .notBinary(row: row) }
    }

    private static func requireProbabilities(_ predictions: [Double]) throws(EvaluationError) {
        if let row = predictions.firstIndex(where: { $0 < 0 || $0 > 1 }) { throw .notAProbability(row: row) }
    }
}
