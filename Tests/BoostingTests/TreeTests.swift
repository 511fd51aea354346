import Boosting
import Foundation
import Testing

/// One round at full rate: trees that can be computed by hand.
@Suite struct TreeTests {
    private let parameters = {
        var parameters = BoostedTrees.Parameters()
        (parameters.rounds, parameters.rate, parameters.depth, parameters.patience) = (1, 1, 1, nil)
        return parameters
    }()

    private func fit(
        _ columns: [BoostedTrees.Column], _ targets: [Double], _ objective: BoostedTrees.Objective,
        _ change: (inout BoostedTrees.Parameters) -> Void = { _ in }
    ) throws -> BoostedTrees {
        var parameters = parameters
        change(&parameters)
        return try BoostedTrees(fitting: columns, targets: targets, objective: objective, parameters: parameters)
    }

    private func expect(_ predictions: [Double], _ expected: [Double]) {
        #expect(predictions.count == expected.count)
        #expect(zip(predictions, expected).allSatisfy { abs($0 - $1) < 1e-14 }, "\(predictions)")
    }

    @Test func numbersStepFromTheirMean() throws {
        // Two rows on either side, gradients of 3 and -3 each: -6 / (2 + 1).
        let trees = try fit([.init([1, 2, 3, 4])], [1, 1, 7, 7], .number)
        expect(trees.predict([[-9, 2.4, 2.6, 9]]), [2, 2, 6, 6])
        #expect(trees.history.map(\.training) == [4.5, 0.5])
        // Without lambda, the mean of each leaf.
        let exact = try fit([.init([1, 2, 3, 4])], [1, 3, 6, 8], .number) { $0.lambda = 0 }
        expect(exact.predict([[1, 2, 3, 4]]), [2, 2, 7, 7])
    }

    @Test func labelsStepByTheirCurvature() throws {
        // Four rows on either side: gradient 4 / 2, curvature 4 / 4, so -2 / (1 + 1).
        let trees = try fit([.init((0..<8).map(Double.init))], [0, 0, 0, 0, 1, 1, 1, 1], .binary)
        expect(trees.predict([[0, 7]]), [1 / (1 + exp(1)), 1 / (1 + exp(-1))])
        expect([trees.history[0].training, trees.history[1].training], [log(2), log1p(exp(-1))])
    }

    @Test func classesStepTogether() throws {
        let trees = try fit([.init([0, 0, 0, 0, 1, 1, 1, 1])], [0, 0, 0, 0, 1, 1, 2, 2], .classes(3))
        // Class 0 against the others: gradients -4 / 2 and 4 / 2, curvature 2 / 4 a row. Class 1 or 2 against the
        // others: gradients 4 / 4 and 2 / 4 - 2 * 3 / 4, curvature 2 * 3 / 16 a row.
        let (strong, weak) = (2.0 / (2 + 1), 1 / (1.5 + 1))
        let scores = [
            [log(0.5) + strong, log(0.25) - weak, log(0.25) - weak],
            [log(0.5) - strong, log(0.25) + weak, log(0.25) + weak],
        ]
        expect(
            trees.predict([[0, 1]]), scores.flatMap { row in row.map { exp($0) / row.map { exp($0) }.reduce(0, +) } })
    }

    @Test func countsStepWithHeadroom() throws {
        // Rates of 2 before; gradients 2 and -2 over two rows, curvature 2 e^0.7 a row.
        let trees = try fit([.init([1, 1, 2, 2])], [1, 1, 3, 3], .count)
        let step = 2 / (4 * exp(0.7) + 1)
        expect(trees.predict([[1, 2]]), [2 * exp(-step), 2 * exp(step)])
    }

    @Test func missingValuesLearnTheirSide() throws {
        let values = [1, 2, 3, 4, .nan, .nan]
        let right = try fit([.init(values)], [0, 0, 1, 1, 1, 1], .number) { $0.lambda = 0 }
        expect(right.predict([[1, 4, .nan]]), [0, 1, 1])
        let left = try fit([.init(values)], [0, 0, 1, 1, 0, 0], .number) { $0.lambda = 0 }
        expect(left.predict([[1, 4, .nan]]), [0, 1, 0])
        // That a value is missing may be all that matters.
        let alone = try fit([.init(values)], [0, 0, 0, 0, 1, 1], .number) { $0.lambda = 0 }
        expect(alone.predict([[1, 4, .nan]]), [0, 0, 1])
        // Where none was seen, the heavier side is the better guess.
        let unseen = try fit([.init([1, 2, 3, 4])], [0, 1, 1, 1], .number) { $0.lambda = 0 }
        expect(unseen.predict([[1, 4, .nan]]), [0, 1, 1])
    }

    @Test func categoriesPartInAnyOrder() throws {
        let codes = (0..<60).map { Double($0 % 6) }
        let targets = codes.map { [0, 3, 5].contains($0) ? 1.0 : 0 }
        let trees = try fit([.init(codes, isCategorical: true)], targets, .number) { $0.lambda = 0 }
        expect(trees.predict([[0, 1, 2, 3, 4, 5]]), [1, 0, 0, 1, 0, 1])
        let ordered = try fit([.init(codes)], targets, .number) { $0.lambda = 0 }
        #expect(ordered.history[1].training > 0.05)
    }

    @Test func unknownCategoriesCountAsMissing() throws {
        let codes = (0..<40).map { $0 % 4 == 3 ? Double.nan : Double($0 % 4) }
        let targets = codes.map { $0.isNaN || $0 == 1 ? 1.0 : 0 }
        let trees = try fit([.init(codes, isCategorical: true)], targets, .number) { $0.lambda = 0 }
        expect(trees.predict([[0, 1, 2, .nan, 77]]), [0, 1, 0, 1, 1])
    }

    @Test func rareCategoriesCountAsMissing() throws {
        // 255 categories of two rows, and 100 of one row, to be told apart from all others.
        let codes = (0..<510).map { Double($0 % 255) } + (1000..<1100).map(Double.init)
        let targets = codes.map { $0 < 1000 ? 0.0 : 1 }
        let trees = try fit([.init(codes, isCategorical: true)], targets, .number) { $0.lambda = 0 }
        expect(trees.predict([[0, 254, 1000, 1099]]), [0, 0, 1, 1])
    }

    @Test func aFrequentValueCostsTheOthersNoBins() throws {
        // Half of a percent of the rows, at the end of a tail of distinct values, behind a great many zeros.
        let values = [Double](repeating: 0, count: 19_000) + (1...1000).map(Double.init)
        let targets = values.map { $0 > 900 ? 1.0 : 0 }
        let trees = try fit([.init(values)], targets, .number) { $0.lambda = 0 }
        let wrong = zip(trees.predict([values]), targets).count { abs($0 - $1) > 0.5 }
        #expect(wrong <= 1000 / 254 + 1)
    }

    @Test func leavesKeepTheirWeight() throws {
        let targets: [Double] = [9, 0, 0, 0, 0, 0]
        let values = (0..<6).map(Double.init)
        let free = try fit([.init(values)], targets, .number) { $0.lambda = 0 }
        expect(free.predict([values]), [9, 0, 0, 0, 0, 0])
        let held = try fit([.init(values)], targets, .number) { ($0.lambda, $0.minimumChildWeight) = (0, 3) }
        expect(held.predict([values]), [3, 3, 3, 0, 0, 0])
        #expect(try fit([.init(values)], targets, .number) { $0.minimumChildWeight = 4 }.rounds == 0)
        // 9 squared, less 6 times the square of its mean: half of 67.5 is all there is to gain.
        #expect(try fit([.init(values)], targets, .number) { ($0.lambda, $0.minimumGain) = (0, 33.7) }.rounds == 1)
        #expect(try fit([.init(values)], targets, .number) { ($0.lambda, $0.minimumGain) = (0, 33.8) }.rounds == 0)
    }
}
