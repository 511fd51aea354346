import Boosting
import Foundation
import Testing

/// What XGBoost predicts after eight rounds of exact greedy boosting; `make_vectors.py` wrote it.
private struct Vectors: Decodable, Sendable {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let classes: Int?
        let targets: [Double]
        let predictions: [Double]

        var testDescription: String { name }
    }

    /// Nil is missing.
    let columns: [[Double?]]
    let cases: [Case]

    static let all: Vectors = {
        do {
            return try JSONDecoder().decode(Vectors.self, from: Data(PackageResources.vectors_json))
        } catch {
            fatalError("vectors.json: \(error)")
        }
    }()
}

@Suite struct VectorTests {
    /// Where each value has a bin of its own, histograms find the splits of the exact search.
    @Test(arguments: Vectors.all.cases)
    private func agreesWithXGBoost(vector: Vectors.Case) throws {
        let objective: BoostedTrees.Objective =
            switch vector.name {
            case "binary": .binary
            case "number": .number
            case "count": .count
            default: .classes(try #require(vector.classes))
            }
        let columns = Vectors.all.columns.map { $0.map { $0 ?? .nan } }
        var parameters = BoostedTrees.Parameters()
        (parameters.rounds, parameters.rate, parameters.depth, parameters.patience) = (8, 0.3, 3, nil)
        let trees = try BoostedTrees(
            fitting: columns.map { BoostedTrees.Column($0) }, targets: vector.targets, objective: objective,
            parameters: parameters)
        let predictions = trees.predict(columns)
        #expect(predictions.count == vector.predictions.count)
        let errors = zip(predictions, vector.predictions).map { abs($0 - $1) / max(1, abs($1)) }
        #expect(errors.max() ?? .infinity < 1e-5)
    }
}
