import Arithmetic
import Foundation
import Preparation
import Tables
import Testing

/// What numpy, scipy and a plain reading of the rule make of some columns: `make_correlations.py`.
private struct CorrelationVectors: Decodable {
    struct Column: Decodable {
        let name: String
        let numbers: [Double?]
        let steps: String
    }

    struct Square: Decodable {
        let correlations: [[Double]]
        /// `nil` of an infinite one.
        let inflations: [Double?]

        var matrix: Matrix<Double> {
            Matrix(rows: correlations.count, columns: correlations.count, elements: correlations.flatMap { $0 })
        }
    }

    struct Selection: Decodable {
        let matrix: String
        let values: [Double]
        let maximumCorrelation, maximumInflation: Double
        let fates: [String]
        let inflations: [Double?]
    }

    let columns: [Column]
    let matrices: [String: Square]
    let selections: [Selection]

    static let all: CorrelationVectors = {
        do {
            return try JSONDecoder().decode(CorrelationVectors.self, from: Data(PackageResources.correlations_json))
        } catch { fatalError("correlations.json: \(error)") }
    }()
}

@Suite struct CorrelationTests {
    private let vectors = CorrelationVectors.all

    private static let lists: [String: [PreparationPlan.Step]] = [
        "": [], "median": [.indicator, .fill(.median)], "log": [.log], "bins": [.bins(count: 4, .oneHot)],
        "clip": [.clip(low: .percentile(5), high: .percentile(95)), .minMax],
    ]

    private func prepared(_ column: CorrelationVectors.Column) throws -> CorrelatedColumn? {
        let table = try table(numbers: column.numbers)
        return try CorrelatedColumn(
            fitting: table, column: "x", rows: Array(0..<table.rowCount), steps: #require(Self.lists[column.steps]))
    }

    @Test func innerProductsAreTheCorrelationsOfNumpy() throws {
        let expected = try #require(vectors.matrices["columns"])
        let columns = try vectors.columns.map { try #require(try prepared($0)?.values) }
        for (row, first) in columns.enumerated() {
            #expect(abs(first.reduce(0, +)) < 1e-12)
            for (place, second) in columns.enumerated() {
                let product = zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(product - expected.correlations[row][place]) < 1e-12, "\(row) \(place)")
            }
        }
    }

    @Test(arguments: ["columns", "singular"]) func inflationsAreThoseOfRegressions(name: String) throws {
        let square = try #require(vectors.matrices[name])
        let found = VarianceInflation(square.matrix).tolerances
        #expect(found.count == square.inflations.count)
        for (tolerance, inflation) in zip(found, square.inflations) {
            guard let inflation else {
                #expect(tolerance == 0)
                continue
            }
            #expect(abs(1 / tolerance - inflation) < 1e-9 * inflation, "\(inflation)")
        }
    }

    @Test func columnsThatGoChangeTheOthersAsIfTheyHadNeverBeen() throws {
        let square = try #require(vectors.matrices["columns"]).matrix
        var inflation = VarianceInflation(square)
        for column in [3, 0, 8] { inflation.remove(column) }
        let left = [1, 2, 4, 5, 6, 7]
        #expect(inflation.columns == left)
        let smaller = Matrix(rows: 6, columns: 6, elements: left.flatMap { row in left.map { square[row, $0] } })
        for (found, expected) in zip(inflation.tolerances, VarianceInflation(smaller).tolerances) {
            #expect(abs(found - expected) < 1e-12)
        }
        // What was singular is so no longer.
        var singular = VarianceInflation(try #require(vectors.matrices["singular"]).matrix)
        #expect(singular.tolerances[0...5].allSatisfy { $0 == 0 } && singular.tolerances[6] > 0)
        singular.remove(3)
        #expect(singular.tolerances[0...2].allSatisfy { $0 > 0.5 } && singular.tolerances[3...4] == [0, 0])
    }

    /// Correlations of a federation are off by up to 2.4e-7.
    @Test func errorsOfTheSeventhDigitDecideNothing() throws {
        for selection in vectors.selections {
            let square = try #require(vectors.matrices[selection.matrix]).matrix
            var shaken = square
            for row in 0..<square.rows {
                for column in 0..<row {
                    let error = 2e-7 * Double((row * 7 + column * 5) % 5 - 2) / 2
                    shaken[row, column] += error
                    shaken[column, row] += error
                }
            }
            func fates(_ matrix: Matrix<Double>) -> [CorrelationSelection.Fate] {
                CorrelationSelection(
                    matrix, informationValues: selection.values,
                    maximumCorrelation: selection.maximumCorrelation - 1e-6,
                    maximumInflation: selection.maximumInflation
                ).decisions.map(\.fate)
            }
            #expect(fates(square) == fates(shaken), "\(selection)")
        }
    }

    @Test func theRuleSelectsWhatItsPlainReadingDoes() throws {
        for selection in vectors.selections {
            let decisions = CorrelationSelection(
                try #require(vectors.matrices[selection.matrix]).matrix, informationValues: selection.values,
                // A correlation of one comes out one unit in the last place above or below it.
                maximumCorrelation: selection.maximumCorrelation == 1 ? nil : selection.maximumCorrelation,
                maximumInflation: selection.maximumInflation
            ).decisions
            let fates = decisions.map { decision in
                switch decision.fate {
                case .stays: "stays"
                case .alike(let rival): "alike \(rival)"
                case .inflated: "inflated"
                }
            }
            #expect(fates == selection.fates, "\(selection)")
            for (decision, inflation) in zip(decisions, selection.inflations) {
                #expect(
                    inflation.map { abs(1 / decision.lastTolerance - $0) < 1e-6 * $0 } ?? (decision.lastTolerance == 0),
                    "\(selection)")
            }
        }
    }

    @Test func whatDoesNotVaryIsNotCorrelated() throws {
        for numbers in [[3, 3, 3, nil], [nil, nil], [0, 0], [0.1, 0.1, 0.1, 0.1]] as [[Double?]] {
            let table = try table(cells: numbers.map { $0.map { "\($0)" } ?? "" }, as: .number)
            #expect(
                try CorrelatedColumn(
                    fitting: table, column: "x", rows: Array(numbers.indices), steps: [.indicator]) == nil)
        }
        let texts = try table(cells: ["a", "b"], as: .category)
        #expect(throws: TablesError.self) {
            try CorrelatedColumn(fitting: texts, column: "x", rows: [0, 1], steps: [])
        }
        #expect(
            CorrelationSelection(
                Matrix(rows: 0, columns: 0, elements: []), informationValues: [], maximumCorrelation: 0.5,
                maximumInflation: 2
            ).decisions.isEmpty)
    }
}
