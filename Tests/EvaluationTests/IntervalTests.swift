import Evaluation
import Testing

@Suite struct IntervalTests {
    /// DeLong by every pair of rows, SciPy's Wilson, and the bootstrap with scikit-learn on rows that are there as often as
    /// they were drawn.
    @Test(arguments: Metric.Subject.allCases)
    func agreesWithTheReferences(subject: Metric.Subject) throws {
        for vector in Vector.all(subject) {
            #expect(Set(vector.intervals.keys) == Set(Metric.measurable(of: subject).map(\.rawValue)))
            for metric in Metric.measurable(of: subject) {
                guard let ends = try #require(vector.intervals[metric.rawValue]) else {
                    #expect(throws: EvaluationError.noInterval(metric), "\(vector.name)") {
                        try vector.interval(metric)
                    }
                    continue
                }
                let interval = try vector.interval(metric)
                #expect(agree(interval.low, ends[0], within: 1e-9), "\(metric), \(vector.name): \(interval), \(ends)")
                #expect(agree(interval.high, ends[1], within: 1e-9), "\(metric), \(vector.name): \(interval), \(ends)")
            }
        }
    }

    @Test(arguments: [Metric.Subject.binary, .number, .count])
    func orderOfRowsDecidesNothing(subject: Metric.Subject) throws {
        let vector = Vector.all(subject)[1]
        let (predictions, targets) = vector.rows(vector.targets.indices.shuffled())
        for metric in Metric.measurable(of: subject) {
            let interval = try metric.interval(predictions, against: targets)
            let expected = try vector.interval(metric)
            #expect(agree(interval.low, expected.low) && agree(interval.high, expected.high), "\(metric)")
        }
    }

    /// Of many rows, twenty times: an interval of 95 % that held the truth in fewer than fourteen would be none.
    @Test func intervalsHoldTheTruthAboutAsOftenAsTheySay() throws {
        var random = SystemRandomNumberGenerator()
        var held = 0
        for _ in 0..<20 {
            // Scores 0 to 1 among negatives, the larger of two such among positives: the area is 2/3.
            let labels = (0..<400).map { Double($0 % 2) }
            let scores = labels.map { label in
                let score = Double.random(in: 0..<1, using: &random)
                return label == 1 ? max(score, .random(in: 0..<1, using: &random)) : score
            }
            let interval = try Metric.auc.interval(scores, against: labels)
            if interval.low <= 2.0 / 3, 2.0 / 3 <= interval.high { held += 1 }
            #expect(interval.high - interval.low < 0.15)
        }
        #expect(held >= 14)
    }

    @Test func sharesStayBetweenZeroAndOne() {
        let none = Interval.wilson(hits: 0, of: 10)
        let all = Interval.wilson(hits: 10, of: 10)
        #expect(none.low == 0 && none.high > 0.2 && none.high < 0.35)
        #expect(agree(all.low, 1 - none.high) && all.high == 1)
        #expect(none.level == 0.95)
    }

    @Test func oneRowHasNoInterval() {
        #expect(Interval.mean(of: [3]) == nil)
        for metric in [Metric.rmse, .mae] {
            #expect(throws: EvaluationError.noInterval(metric)) { try metric.interval([1], against: [2]) }
        }
        #expect(throws: EvaluationError.noInterval(.auc)) { try Metric.auc.interval([1, 0], against: [1, 0]) }
        #expect(throws: EvaluationError.empty) { try Metric.mae.interval([], against: []) }
    }
}
