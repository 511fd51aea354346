import Arithmetic
import Attacks
import Testing

/// Made-up rows of two parties, labels that depend on both, and batches of them: what leaks are planted in.
struct Planted {
    static let rows = 6000
    static let batch = 100
    /// The attacker's features, of variance one.
    let own: Matrix<Double>
    /// The other party's.
    let truth: Matrix<Double>
    /// One row in six is positive, nearly.
    let targets: [Double]
    let labels: Labels
    /// Two visits of every row.
    let rows: [Int]
    let batches: [Int]

    init(ownColumns: Int = 4, columns: Int = 5) throws {
        own = Self.normal("own", Self.rows, ownColumns)
        truth = Self.normal("truth", Self.rows, columns)
        var random = SplitMix64("labels")
        targets = (0..<Self.rows).map { [own, truth] row in
            let score = own[row, 0] + truth[row, 0] - truth[row, 1] - 2.4
            return random.uniform() < sigmoid(score) ? 1 : 0
        }
        labels = try #require(Labels(targets: targets))
        rows = (0..<2).flatMap { epoch in
            var random = SplitMix64("epoch", epoch)
            return random.permutation(Self.rows)
        }
        batches = rows.indices.map { $0 / Self.batch }
    }

    func visits(_ numbers: Matrix<Double>) -> Visits { Visits(rows: rows, batches: batches, numbers: numbers) }

    /// What has nothing to do with anything.
    func noise(_ name: String, columns: Int = 1) -> Visits { visits(Self.normal(name, rows.count, columns)) }

    /// dZ of a model that knows the share of positives and part of the rest.
    var derivatives: Matrix<Double> {
        Matrix(
            rows: rows.count, columns: 1,
            elements: rows.map { sigmoid(0.5 * own[$0, 0] + 0.5 * truth[$0, 0] - 1.7) - targets[$0] })
    }

    /// The places of each round's visits, and their rows.
    var rounds: [(places: Range<Int>, rows: [Int])] {
        stride(from: 0, to: rows.count, by: Self.batch).map {
            ($0..<$0 + Self.batch, Array(rows[$0..<$0 + Self.batch]))
        }
    }

    static func normal(_ name: String, _ rows: Int, _ columns: Int) -> Matrix<Double> {
        var random = SplitMix64(name)
        return Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in random.normal() })
    }
}
