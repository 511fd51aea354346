import Evaluation
import Testing

@Suite struct WeightTests {
    @Test(arguments: Metric.Subject.allCases)
    func agreesWithScikitLearn(subject: Metric.Subject) throws {
        for vector in Vector.all(subject) {
            #expect(Set(vector.weighted.keys) == Set(Metric.measurable(of: subject).map(\.rawValue)))
            for metric in Metric.measurable(of: subject) {
                let value = try vector.measure(metric, weights: vector.weights)
                #expect(agree(value, vector.weighted[metric.rawValue]), "\(metric), \(vector.name): \(value)")
            }
        }
    }

    /// A row of weight 3 is three rows, one of weight 0 none.
    @Test(arguments: Metric.Subject.allCases)
    func wholeWeightsAreRepeatedRows(subject: Metric.Subject) throws {
        for vector in Vector.all(subject) where vector.targets.count > 3 {
            let weights = vector.targets.indices.map { [2, 0, 1, 3][$0 % 4] }
            let again = vector.rows(weights.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) })
            for metric in Metric.measurable(of: subject) {
                let weighted = try vector.measure(metric, weights: weights.map { Double($0) })
                let repeated =
                    try vector.classes.map {
                        try metric.measure(
                            classes: $0, probabilities: again.predictions, against: again.targets.map { Int($0) })
                    } ?? metric.measure(again.predictions, against: again.targets)
                #expect(agree(weighted, repeated), "\(metric), \(vector.name): \(weighted), \(repeated)")
            }
        }
    }

    @Test func equalWeightsAreNone() throws {
        for subject in Metric.Subject.allCases {
            for vector in Vector.all(subject) {
                for metric in Metric.measurable(of: subject) {
                    let weights = [Double](repeating: 0.25, count: vector.targets.count)
                    #expect(agree(try vector.measure(metric, weights: weights), try vector.measure(metric)))
                }
            }
        }
    }

    @Test(arguments: Metric.allCases)
    func refusesWhatIsNoWeight(metric: Metric) {
        func measure(_ weights: [Double]) throws {
            _ = try metric.measure([0.5, 0.25], against: [1, 0], weights: weights)
        }
        #expect(throws: EvaluationError.weightsDiffer(weights: 1, targets: 2)) { try measure([1]) }
        #expect(throws: EvaluationError.notAWeight(row: 1)) { try measure([1, -0.5]) }
        #expect(throws: EvaluationError.notAWeight(row: 0)) { try measure([.nan, 1]) }
        #expect(throws: EvaluationError.noWeight) { try measure([0, 0]) }
    }

    @Test func aClassWithoutWeightIsNotThere() {
        for metric in [Metric.auc, .ks, .ap] {
            #expect(throws: EvaluationError.oneClass) {
                try metric.measure([0.5, 0.25], against: [1, 0], weights: [1, 0])
            }
        }
        #expect(throws: EvaluationError.constantTargets) {
            try Metric.r2.measure([0.5, 0.25], against: [1, 0], weights: [1, 0])
        }
    }
}
