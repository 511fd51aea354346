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
}
