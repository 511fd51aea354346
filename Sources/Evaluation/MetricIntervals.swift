extension Metric {
    /// The confidence interval of what ``measure(_:against:weights:)`` says of these rows, if they were drawn independently.
    ///
    /// `auc`: DeLong, cut at 0 and 1. `accuracy`, `precision` and `recall`: Wilson. `logloss`, `brier`, `mae` and
    /// `deviance`: normal, by the rows' own terms; `rmse` is the root of such an interval of the mean square, cut at 0. `ks`,
    /// `f1`, `ap` and `r2`: a seeded percentile bootstrap of 1000 resamples; of 200 where rows are a million or more.
    ///
    /// Where a class has rows but is perfectly told apart, DeLong's interval of `auc` has no width: too few rows are wrong to
    /// say how many would be.
    ///
    /// - Throws: ``EvaluationError``; ``EvaluationError/noInterval(_:)`` where rows are too few.
    public func interval(_ predictions: [Double], against targets: [Double]) throws(EvaluationError) -> Interval {
        // Whatever cannot be measured has its error from there.
        _ = try measure(predictions, against: targets)
        let found: Interval?
        switch self {
        case .auc:
            found = DeLong(predictions, targets).map { Interval.around($0.area, variance: $0.variance).within01 }
        case .accuracy:
            found = .wilson(hits: terms(predictions, targets).reduce(0, +), of: Double(targets.count))
        case .precision, .recall:
            let counts = ConfusionCounts(checked: predictions, targets, nil, above: 0.5)
            let of = counts.truePositives + (self == .precision ? counts.falsePositives : counts.falseNegatives)
            found = of > 0 ? .wilson(hits: counts.truePositives, of: of) : nil
        case .logloss, .brier, .mae, .deviance: found = .mean(of: terms(predictions, targets))
        case .rmse:
            found = Interval.mean(of: terms(predictions, targets)).map {
                Interval(low: max(0, $0.low).squareRoot(), high: $0.high.squareRoot())
            }
        case .ks, .f1, .ap, .r2:
            // In the order of the predictions sorting is a walk, and the order of rows decides nothing.
            let order = targets.indices.sorted { (predictions[$0], targets[$0]) < (predictions[$1], targets[$1]) }
            let (sorted, truth) = (order.map { predictions[$0] }, order.map { targets[$0] })
            found = Bootstrap.interval(rows: order.count) { counts in
                try? measure(sorted, against: truth, weights: counts)
            }
        }
        return try found.orThrow(self)
    }

    /// The same of several classes. `accuracy`: Wilson. `logloss`: normal. `auc`, `precision`, `recall` and `f1`, means over
    /// the classes: the bootstrap.
    public func interval(
        classes: Int, probabilities: [Double], against labels: [Int]
    ) throws(EvaluationError) -> Interval {
        // Whatever cannot be measured has its error from there.
        _ = try measure(classes: classes, probabilities: probabilities, against: labels)
        let found: Interval?
        switch self {
        case .accuracy:
            found = .wilson(
                hits: terms(classes: classes, probabilities, labels).reduce(0, +), of: Double(labels.count))
        case .logloss: found = .mean(of: terms(classes: classes, probabilities, labels))
        default:
            found = Bootstrap.interval(rows: labels.count) { counts in
                try? measure(classes: classes, probabilities: probabilities, against: labels, weights: counts)
            }
        }
        return try found.orThrow(self)
    }
}

extension Interval {
    fileprivate var within01: Interval { Interval(low: max(0, low), high: min(1, high)) }
}

extension Interval? {
    fileprivate func orThrow(_ metric: Metric) throws(EvaluationError) -> Interval {
        guard let self, self.low.isFinite, self.high.isFinite else { throw .noInterval(metric) }
        return self
    }
}
