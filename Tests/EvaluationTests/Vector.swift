import Evaluation
import Foundation
import Testing

/// Numbers of scikit-learn and SciPy; `make_vectors.py` wrote them.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    /// How many columns the predictions have; nil for one.
    let classes: Int?
    /// Rows x classes.
    let predictions: [Double]
    let targets: [Double]
    /// Of each metric that measures the subject.
    let values: [String: Double]
    let weights: [Double]
    /// The same where each row counts its weight.
    let weighted: [String: Double]
    /// Of `values`, low and high; nil where there is none to be had.
    let intervals: [String: [Double]?]

    // Of classes.
    /// Class by answer.
    let confusion: [Double]?
    let microF1: Double?

    // Of labels 0 and 1.
    /// True negatives, false positives, false negatives, true positives at 0.05, 0.10, ... 0.95.
    let thresholds: [[Double]]?
    let bestF1: Double?
    let bestKS: Double?
    /// Of each bin that is not empty, the mean probability; then the share of positives.
    let calibration: [[Double]]?
    let calibrationError: Double?
    /// Rows, and positives, down to the end of each bin.
    let gain: [[Double]]?
    /// Other scores, and how far `predictions` are from them.
    let reference: [Double]?
    let psi: Double?

    var testDescription: String { name }

    /// Those of one subject.
    static func all(_ subject: Metric.Subject) -> [Vector] {
        guard let vectors = bySubject[subject.rawValue] else { fatalError("vectors.json: no \(subject.rawValue)") }
        return vectors
    }

    private static let bySubject: [String: [Vector]] = {
        do {
            return try JSONDecoder().decode([String: [Vector]].self, from: Data(PackageResources.vectors_json))
        } catch {
            fatalError("vectors.json: \(error)")
        }
    }()

    /// What `metric` says of these rows.
    func measure(_ metric: Metric, weights: [Double]? = nil) throws -> Double {
        guard let classes else { return try metric.measure(predictions, against: targets, weights: weights) }
        return try metric.measure(
            classes: classes, probabilities: predictions, against: targets.map { Int($0) }, weights: weights)
    }

    /// And between which ends.
    func interval(_ metric: Metric) throws -> Interval {
        guard let classes else { return try metric.interval(predictions, against: targets) }
        return try metric.interval(classes: classes, probabilities: predictions, against: targets.map { Int($0) })
    }

    /// With some rows again and again: row `index` of the result is row `rows[index]` of this one.
    func rows(_ rows: [Int]) -> (predictions: [Double], targets: [Double]) {
        let width = classes ?? 1
        return (rows.flatMap { predictions[$0 * width..<($0 + 1) * width] }, rows.map { targets[$0] })
    }
}

/// Whether two numbers are the same up to what rounding does in another order.
func agree(_ found: Double, _ expected: Double?, within tolerance: Double = 1e-12) -> Bool {
    guard let expected else { return false }
    return abs(found - expected) <= tolerance * max(1, abs(expected))
}
