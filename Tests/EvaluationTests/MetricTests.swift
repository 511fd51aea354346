import Evaluation
import Foundation
import Testing

@Suite struct MetricTests {
    @Test(arguments: [Metric.Subject.binary, .number, .count])
    func agreesWithScikitLearn(subject: Metric.Subject) throws {
        for vector in Vector.all(subject) {
            #expect(Set(vector.values.keys) == Set(Metric.measurable(of: subject).map(\.rawValue)))
            for metric in Metric.measurable(of: subject) {
                let value = try metric.measure(vector.predictions, against: vector.targets)
                let expected = vector.values[metric.rawValue] ?? .nan
                #expect(abs(value - expected) < 1e-14 * max(1, abs(value)), "\(metric), \(vector.name)")
            }
        }
    }

    @Test func orderOfRowsAndMonotoneMapsChangeNothing() throws {
        let vector = Vector.all(.binary)[1]
        let order = Array(vector.predictions.indices).shuffled()
        let logits = order.map { log(vector.predictions[$0] / (1 - vector.predictions[$0] + 0.001) + 0.001) }
        let labels = order.map { vector.targets[$0] }
        for metric in [Metric.auc, .ks, .ap] {
            #expect(
                try metric.measure(logits, against: labels)
                    == metric.measure(vector.predictions, against: vector.targets))
        }
    }

    @Test func differencesTakeAnyNumbers() throws {
        #expect(try Metric.rmse.measure([3, -4], against: [0, 0]) == 12.5.squareRoot())
        #expect(try Metric.mae.measure([3, -4], against: [0, 0]) == 3.5)
        #expect(try Metric.r2.measure([3, -4], against: [-1, 1]) == 1 - 20.5)
    }

    @Test(arguments: Metric.allCases)
    func refusesWhatCannotBeMeasured(metric: Metric) {
        #expect(throws: EvaluationError.empty) { try metric.measure([], against: []) }
        #expect(throws: EvaluationError.countsDiffer(predictions: 2, targets: 1)) {
            try metric.measure([0, 1], against: [1])
        }
        #expect(throws: EvaluationError.notFinite(row: 1)) { try metric.measure([0, .nan], against: [0, 1]) }
        #expect(throws: EvaluationError.notFinite(row: 0)) { try metric.measure([0, 1], against: [.infinity, 1]) }
        guard metric.isMeasurable(of: .binary), metric != .rmse else { return }
        #expect(throws: EvaluationError.notBinary(row: 1)) { try metric.measure([0, 1], against: [0, 2]) }
    }

    @Test func oneClassHasNoOrder() {
        for metric in [Metric.auc, .ks, .ap] {
            #expect(throws: EvaluationError.oneClass) { try metric.measure([0.1, 0.2], against: [1, 1]) }
            #expect(throws: EvaluationError.oneClass) { try metric.measure([0.1, 0.2], against: [0, 0]) }
        }
    }

    @Test func logitsAreNoProbabilities() {
        for metric in [Metric.logloss, .accuracy, .precision, .recall, .f1, .brier] {
            #expect(throws: EvaluationError.notAProbability(row: 1)) { try metric.measure([0, 1.5], against: [0, 1]) }
        }
    }

    @Test func devianceNeedsRatesAndCounts() {
        #expect(throws: EvaluationError.notARate(row: 1)) { try Metric.deviance.measure([1, 0], against: [1, 0]) }
        #expect(throws: EvaluationError.notACount(row: 0)) { try Metric.deviance.measure([1, 1], against: [-1, 0]) }
    }

    @Test func nothingExplainsTargetsWithoutVariance() {
        // The mean of three times 0.1 is not 0.1.
        #expect(throws: EvaluationError.constantTargets) {
            try Metric.r2.measure([1, 2, 3], against: [0.1, 0.1, 0.1])
        }
    }
}

@Suite struct SubjectTests {
    @Test(arguments: Metric.Subject.allCases)
    func whatIsStandardIsMeasurable(subject: Metric.Subject) {
        let standard = Metric.standard(for: subject)
        #expect(!standard.isEmpty)
        #expect(standard.allSatisfy { $0.isMeasurable(of: subject) })
        #expect(Set(standard).count == standard.count)
    }

    @Test func eachSubjectHasItsOwn() {
        #expect(
            Metric.measurable(of: .binary) == [
                .auc, .ks, .logloss, .accuracy, .precision, .recall, .f1, .ap, .brier, .rmse,
            ])
        #expect(Metric.measurable(of: .classes) == [.auc, .logloss, .accuracy, .precision, .recall, .f1])
        #expect(Metric.measurable(of: .number) == [.rmse, .mae, .r2])
        #expect(Metric.measurable(of: .count) == [.rmse, .mae, .r2, .deviance])
    }
}
