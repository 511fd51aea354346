import Foundation
import Jobs
import Testing

/// Weighted, L2-regularised logistic regression over two parties against scikit-learn (make_vectors.py).
@Suite struct TrainingReferenceTests {
    private struct Vectors: Decodable {
        struct Expected: Decodable { let logloss, auc, loss: Double }

        let features: [[Int]]
        let labels: [Int]
        let weights: [Double]
        let isTest: [Bool]
        let l2: String
        let plain, weighted, balanced, both: Expected

        static func load() throws -> Vectors {
            try JSONDecoder().decode(Vectors.self, from: Data(PackageResources.vectors_json))
        }
    }

    private static let job = [
        "protection=none", "model={kind: logistic}", "columns.shop=[x0, x1, x2]", "evaluate.test={part: test}",
        "train={epochs: 400, batch: 1000, optimizer: {kind: sgd, rate: 2, momentum: 0}, l2: 0.02}",
    ]

    @Test(arguments: [
        ("plain", [String]()), ("weighted", ["train.sample-weights=w"]), ("balanced", ["train.class-weights=balanced"]),
        ("both", ["train.sample-weights=w", "train.class-weights={1: 3}"]),
    ]) func theOptimumIsScikitLearns(name: String, overrides: [String]) throws {
        let vectors = try Vectors.load()
        let expected =
            switch name {
            case "plain": vectors.plain
            case "weighted": vectors.weighted
            case "balanced": vectors.balanced
            default: vectors.both
            }
        try #require(vectors.l2 == "0.02")
        let run = try Self.tables(vectors).run(Self.job + overrides, key: ["id", "part"])
        let metrics = try #require(run.report.metrics)
        #expect(abs((metrics.logloss ?? 0) - expected.logloss) < 1e-4)
        #expect(abs((metrics.auc ?? 0) - expected.auc) < 1e-3)
        #expect(abs((run.report.curves?.loss?.last?.loss ?? 0) - expected.loss) < 1e-4)
    }

    /// The first party has the label, the weights and half of the columns.
    private static func tables(_ vectors: Vectors) throws -> OwnTables {
        let half = vectors.features[0].count / 2
        let rows = vectors.features.indices
        func ids(_ row: Int) -> String { "row-\(row),\(vectors.isTest[row] ? "test" : "train")" }
        let label = rows.map { row in
            ids(row) + "," + vectors.features[row][..<half].map(String.init).joined(separator: ",")
                + ",\(vectors.labels[row]),\(vectors.weights[row])"
        }
        let feature = rows.map { row in
            ids(row) + "," + vectors.features[row][half...].map(String.init).joined(separator: ",")
        }
        let names = (0..<vectors.features[0].count).map { "x\($0)" }
        return try OwnTables([
            ((["id,part," + names[..<half].joined(separator: ",") + ",y,w"]) + label).joined(separator: "\n") + "\n",
            ((["id,part," + names[half...].joined(separator: ",")]) + feature).joined(separator: "\n") + "\n",
        ])
    }
}
