import Evaluation
import Foundation
import Testing

/// Numbers of scikit-learn and SciPy; `make_vectors.py` wrote them.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let predictions: [Double]
    let targets: [Double]
    let auc: Double
    let ks: Double
    let logloss: Double
    let accuracy: Double
    let rmse: Double

    var testDescription: String { name }

    static let all: [Vector] = {
        do {
            return try JSONDecoder().decode([Vector].self, from: Data(PackageResources.vectors_json))
        } catch {
            fatalError("vectors.json: \(error)")
        }
    }()
}

@Suite struct MetricTests {
    @Test(arguments: Vector.all)
    func agreesWithScikitLearn(vector: Vector) throws {
        let expected: [Metric: Double] = [
            .auc: vector.auc, .ks: vector.ks, .logloss: vector.logloss, .accuracy: vector.accuracy, .rmse: vector.rmse,
        ]
        for metric in Metric.allCases {
            let value = try metric.measure(vector.predictions, against: vector.targets)
            #expect(abs(value - (expected[metric] ?? .nan)) < 1e-14 * max(1, value), "\(metric)")
        }
    }

    @Test func orderOfRowsAndMonotoneMapsChangeNothing() throws {
        let vector = Vector.all[1]
        let order = Array(vector.predictions.indices).shuffled()
        let logits = order.map { log(vector.predictions[$0] / (1 - vector.predictions[$0] + 0.001) + 0.001) }
        let labels = order.map { vector.targets[$0] }
        for metric in [Metric.auc, .ks] {
            #expect(
                try metric.measure(logits, against: labels)
                    == metric.measure(vector.predictions, against: vector.targets))
        }
    }

    @Test func rmseTakesAnyNumbers() throws {
        #expect(try Metric.rmse.measure([3, -4], against: [0, 0]) == 12.5.squareRoot())
    }

    @Test(arguments: Metric.allCases)
    func refusesWhatCannotBeMeasured(metric: Metric) {
        #expect(throws: EvaluationError.empty) { try metric.measure([], against: []) }
        #expect(throws: EvaluationError.countsDiffer(predictions: 2, targets: 1)) {
            try metric.measure([0, 1], against: [1])
        }
        #expect(throws: EvaluationError.notFinite(row: 1)) { try metric.measure([0, .nan], against: [0, 1]) }
        #expect(throws: EvaluationError.notFinite(row: 0)) { try metric.measure([0, 1], against: [.infinity, 1]) }
        guard metric != .rmse else { return }
        #expect(throws: EvaluationError.notBinary(row: 1)) { try metric.measure([0, 1], against: [0, 2]) }
    }

    @Test func oneClassHasNoOrder() {
        for metric in [Metric.auc, .ks] {
            #expect(throws: EvaluationError.oneClass) { try metric.measure([0.1, 0.2], against: [1, 1]) }
            #expect(throws: EvaluationError.oneClass) { try metric.measure([0.1, 0.2], against: [0, 0]) }
        }
    }

    @Test func logitsAreNoProbabilities() {
        for metric in [Metric.logloss, .accuracy] {
            #expect(throws: EvaluationError.notAProbability(row: 1)) { try metric.measure([0, 1.5], against: [0, 1]) }
        }
    }
}
