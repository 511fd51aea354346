import Boosting
import Evaluation
import Foundation
import Testing
import Workers

/// What trees learn, and what they promise on the way.
@Suite struct LearningTests {
    /// A table with everything: a column with missing values, one of categories, one constant, one empty.
    private static func table(_ rows: Int, seed: UInt64 = 5) -> (columns: [BoostedTrees.Column], signal: [Double]) {
        var random = Numbers(seed)
        var columns = (0..<6).map { _ in BoostedTrees.Column(random.uniform(rows)) }
        for row in 0..<rows where Bool.random(using: &random) { columns[1].values[row] = .nan }
        columns[2] = BoostedTrees.Column(columns[2].values.map { ($0 * 12).rounded(.down) }, isCategorical: true)
        columns.append(BoostedTrees.Column([Double](repeating: 1, count: rows)))
        columns.append(BoostedTrees.Column([Double](repeating: .nan, count: rows)))
        let signal = (0..<rows).map { row in
            let (a, b, c) = (columns[0].values[row], columns[1].values[row], columns[2].values[row])
            return 2 * a + (b.isNaN ? 1 : -b) + (Int(c) % 3 == 0 ? 1 : -0.5) + 0.3 * columns[3].values[row]
        }
        return (columns, signal)
    }

    private static func targets(
        _ objective: BoostedTrees.Objective, _ signal: [Double], seed: UInt64 = 6
    ) -> [Double] {
        var random = Numbers(seed)
        return signal.map { signal in
            let noisy = signal + Double.random(in: -1...1, using: &random)
            return switch objective {
            case .binary: noisy > 1.2 ? 1 : 0
            case .classes(let count): min(max(noisy.rounded(), 0), Double(count - 1))
            case .number: noisy
            case .count: random.poisson(exp(signal / 2))
            }
        }
    }

    private static let objectives: [BoostedTrees.Objective] = [.binary, .classes(4), .number, .count]

    @Test(arguments: objectives)
    func theTrainingLossFallsInEachRound(objective: BoostedTrees.Objective) throws {
        let (columns, signal) = Self.table(500)
        var parameters = BoostedTrees.Parameters()
        (parameters.rounds, parameters.patience) = (100, nil)
        let trees = try BoostedTrees(
            fitting: columns, targets: Self.targets(objective, signal), objective: objective, parameters: parameters)
        #expect(trees.rounds == 100 && trees.history.count == 101)
        #expect(trees.history.allSatisfy { $0.heldOut == nil })
        for (before, after) in zip(trees.history, trees.history.dropFirst()) {
            #expect(after.training < before.training)
        }
    }

    @Test(arguments: objectives)
    func newRowsArePredictedBetterThanByTheConstant(objective: BoostedTrees.Objective) throws {
        let (columns, signal) = Self.table(3000)
        let trees = try BoostedTrees(
            fitting: columns, targets: Self.targets(objective, signal), objective: objective)
        let (others, otherSignal) = Self.table(2000, seed: 7)
        let truth = Self.targets(objective, otherSignal, seed: 8)
        let predictions = trees.predict(others.map(\.values))
        switch objective {
        case .binary:
            #expect(try Metric.auc.measure(predictions, against: truth) > 0.8)
        case .classes(let classes):
            let loss = try Metric.logloss.measure(
                classes: classes, probabilities: predictions, against: truth.map { Int($0) })
            #expect(loss < 0.75 * log(4))
        case .number:
            // The noise has a deviation of 0.577.
            #expect(try Metric.rmse.measure(predictions, against: truth) < 0.65)
        case .count:
            let constant = [Double](repeating: truth.reduce(0, +) / 2000, count: 2000)
            let best = otherSignal.map { exp($0 / 2) }
            let (low, high) = try (
                Metric.deviance.measure(best, against: truth), Metric.deviance.measure(constant, against: truth)
            )
            #expect(try Metric.deviance.measure(predictions, against: truth) < low + 0.25 * (high - low))
        }
    }

    @Test func exclusiveOrTakesTwoSplits() throws {
        var random = Numbers(9)
        let columns = [random.uniform(1000), random.uniform(1000)]
        let targets = (0..<1000).map { (columns[0][$0] > 0.5) != (columns[1][$0] > 0.5) ? 1.0 : 0 }
        var parameters = BoostedTrees.Parameters()
        parameters.patience = nil
        func accuracy(depth: Int) throws -> Double {
            parameters.depth = depth
            let trees = try BoostedTrees(
                fitting: columns.map { .init($0) }, targets: targets, objective: .binary, parameters: parameters)
            return try Metric.accuracy.measure(trees.predict(columns), against: targets)
        }
        #expect(try accuracy(depth: 1) < 0.8)
        #expect(try accuracy(depth: 2) > 0.99)
    }

    @Test func onlyTheOrderOfValuesMatters() throws {
        let (columns, signal) = Self.table(1000)
        let targets = Self.targets(.binary, signal)
        let mapped = columns.map { column in
            column.isCategorical ? column : BoostedTrees.Column(column.values.map { exp(5 * $0) - 7 })
        }
        let trees = try BoostedTrees(fitting: columns, targets: targets, objective: .binary)
        let others = try BoostedTrees(fitting: mapped, targets: targets, objective: .binary)
        #expect(trees.history == others.history)
        #expect(trees.predict(columns.map(\.values)) == others.predict(mapped.map(\.values)))
    }

    @Test(arguments: objectives)
    func anyNumberOfThreadsGrowsTheSameTrees(objective: BoostedTrees.Objective) throws {
        let (columns, signal) = Self.table(6000)
        let targets = Self.targets(objective, signal)
        var parameters = BoostedTrees.Parameters()
        parameters.rounds = 10
        func fit(threads: Int?) throws -> BoostedTrees {
            try WorkContext(threads: threads).run {
                try BoostedTrees(fitting: columns, targets: targets, objective: objective, parameters: parameters)
            }
        }
        let (one, many) = try (fit(threads: 1), fit(threads: nil))
        #expect(one.history == many.history)
        #expect(one.predict(columns.map(\.values)) == many.predict(columns.map(\.values)))
    }

    @Test func growingStopsWhereNothingIsToBeLearned() throws {
        var random = Numbers(10)
        let columns = (0..<5).map { _ in BoostedTrees.Column(random.uniform(2000)) }
        let noise = random.uniform(2000).map { $0 < 0.3 ? 1.0 : 0 }
        var parameters = BoostedTrees.Parameters()
        parameters.patience = 7
        let trees = try BoostedTrees(
            fitting: columns, targets: noise, objective: .binary, parameters: parameters)
        #expect(trees.history.count == 1 + trees.rounds + 7 && trees.history.count < 100)
        let losses = trees.history.map { $0.heldOut ?? .nan }
        #expect(losses.min() == losses[trees.rounds])
    }
}
