import Evaluation
import Testing

@Suite struct ClassMetricTests {
    @Test(arguments: Vector.all(.classes))
    func agreesWithScikitLearn(vector: Vector) throws {
        let classes = try #require(vector.classes)
        #expect(Set(vector.values.keys) == Set(Metric.measurable(of: .classes).map(\.rawValue)))
        for metric in Metric.measurable(of: .classes) {
            let value = try metric.measure(
                classes: classes, probabilities: vector.predictions, against: vector.targets.map { Int($0) })
            let expected = vector.values[metric.rawValue] ?? .nan
            #expect(abs(value - expected) < 1e-14 * max(1, value), "\(metric)")
        }
    }

    @Test(arguments: Vector.all(.classes))
    func whatIsTakenForWhat(vector: Vector) throws {
        let matrix = try ConfusionMatrix(
            classes: #require(vector.classes), probabilities: vector.predictions,
            against: vector.targets.map { Int($0) })
        #expect(matrix.counts == vector.confusion)
        #expect(agree(matrix.microF1, vector.microF1))
        #expect(try agree(matrix.macro(\.f1), vector.measure(.f1)))
    }

    @Test func otherMetricsDoNotMeasureClasses() {
        for metric in Metric.allCases where !metric.isMeasurable(of: .classes) {
            let error = EvaluationError.notMeasurable(metric, of: .classes)
            #expect(throws: error) { try metric.measure(classes: 2, probabilities: [0.5, 0.5], against: [0]) }
            #expect(
                error.description
                    == "\(metric.rawValue) does not measure predictions of classes; possible are auc, logloss, accuracy, precision, recall, f1"
            )
        }
    }

    @Test(arguments: Metric.measurable(of: .classes))
    func refusesWhatCannotBeMeasured(metric: Metric) {
        #expect(throws: EvaluationError.empty) { try metric.measure(classes: 2, probabilities: [], against: []) }
        #expect(throws: EvaluationError.countsDiffer(predictions: 3, targets: 4)) {
            try metric.measure(classes: 2, probabilities: [0, 1, 0], against: [1, 0])
        }
        #expect(throws: EvaluationError.notFinite(row: 1)) {
            try metric.measure(classes: 2, probabilities: [0, 1, 0.5, .nan], against: [1, 0])
        }
        for label in [-1, 2] {
            #expect(throws: EvaluationError.notAClass(row: 1, classes: 2)) {
                try metric.measure(classes: 2, probabilities: [0, 1, 0.5, 0.5], against: [1, label])
            }
        }
    }

    @Test(arguments: [[0.5, 0.4], [1.5, -0.5]])
    func scoresAreNoProbabilities(row: [Double]) {
        for metric in [Metric.logloss, .accuracy, .precision, .recall, .f1] {
            #expect(throws: EvaluationError.notADistribution(row: 1)) {
                try metric.measure(classes: 2, probabilities: [0.5, 0.5] + row, against: [0, 1])
            }
        }
    }

    @Test func eachClassNeedsRowsAndOthers() {
        let third = 1.0 / 3
        #expect(throws: EvaluationError.oneSided(class: 2)) {
            try Metric.auc.measure(
                classes: 3, probabilities: [Double](repeating: third, count: 9), against: [0, 1, 1])
        }
        #expect(throws: EvaluationError.oneSided(class: 0)) {
            try Metric.auc.measure(classes: 2, probabilities: [0.5, 0.5], against: [0])
        }
    }
}
