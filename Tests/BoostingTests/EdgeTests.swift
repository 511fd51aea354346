import Boosting
import Foundation
import Testing
import Workers

/// Input from which there is little or nothing to learn.
@Suite struct EdgeTests {
    private let column = BoostedTrees.Column((0..<200).map(Double.init))

    private func fit(
        _ columns: [BoostedTrees.Column], _ targets: [Double], _ objective: BoostedTrees.Objective = .number,
        _ change: (inout BoostedTrees.Parameters) -> Void = { _ in }
    ) throws -> BoostedTrees {
        var parameters = BoostedTrees.Parameters()
        change(&parameters)
        return try BoostedTrees(fitting: columns, targets: targets, objective: objective, parameters: parameters)
    }

    @Test func columnsThatNeverVaryLeaveTheConstant() throws {
        let targets = (0..<200).map { $0 % 4 == 0 ? 1.0 : 0 }
        for value in [3, Double.nan] {
            for isCategorical in [false, true] {
                let constant = BoostedTrees.Column(
                    [Double](repeating: value, count: 200), isCategorical: isCategorical)
                for objective in [BoostedTrees.Objective.binary, .number, .count] {
                    let trees = try fit([constant], targets, objective) { $0.patience = nil }
                    #expect(trees.rounds == 0 && trees.history.count == 1)
                    #expect(trees.predict([[3, .nan, 5]]).allSatisfy { abs($0 - 0.25) < 1e-14 })
                }
                let shares = try fit([constant], targets, .classes(2)) { $0.patience = nil }.predict([[3]])
                #expect(zip(shares, [0.75, 0.25]).allSatisfy { abs($0 - $1) < 1e-14 })
            }
        }
    }

    @Test func targetsThatNeverVaryLeaveTheConstant() throws {
        let zeros = [Double](repeating: 0, count: 200)
        let ones = [Double](repeating: 1, count: 200)
        func predict(_ targets: [Double], _ objective: BoostedTrees.Objective) throws -> [Double] {
            let trees = try fit([column], targets, objective) { $0.patience = nil }
            #expect(trees.rounds == 0)
            return trees.predict([[17]])
        }
        #expect(try predict([Double](repeating: 0.1, count: 200), .number).allSatisfy { abs($0 - 0.1) < 1e-15 })
        // What no row has counts as half a row.
        #expect(abs(try predict(zeros, .binary)[0] - 0.5 / 200.5) < 1e-15)
        #expect(abs(try predict(ones, .binary)[0] - 200 / 200.5) < 1e-15)
        #expect(abs(try predict(zeros, .count)[0] - 0.5 / 200) < 1e-15)
        let shares = try predict(ones, .classes(3))
        #expect(zip(shares, [0.5 / 201, 200 / 201, 0.5 / 201]).allSatisfy { abs($0 - $1) < 1e-15 })
    }

    @Test func oneRowIsItsOwnConstant() throws {
        let trees = try fit([.init([5])], [42])
        #expect(trees.rounds == 0 && trees.predict([[5, 6]]) == [42, 42])
    }

    @Test func noRowsArePredictedAsNone() throws {
        #expect(try fit([column], column.values).predict([[]]) == [])
    }

    @Test func extremeValuesAreOrdered() throws {
        let least = Double.leastNonzeroMagnitude
        let extremes = [-Double.greatestFiniteMagnitude, -2000 * least, 0, least, 2 * least, .greatestFiniteMagnitude]
        let values = (0..<60).map { extremes[$0 % 6] }
        let targets = (0..<60).map { Double($0 % 6) }
        let trees = try fit([.init(values)], targets) { ($0.rate, $0.lambda) = (1, 0) }
        #expect(zip(trees.predict([values]), targets).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(trees.predict([[-.infinity, .infinity]]) == trees.predict([[extremes[0], extremes[5]]]))
    }

    @Test func whatIsNoTableIsRefused() {
        #expect(throws: BoostingError.empty) { try fit([], [1]) }
        #expect(throws: BoostingError.empty) { try fit([.init([])], []) }
        #expect(throws: BoostingError.countsDiffer(column: 1, values: 1, targets: 2)) {
            try fit([.init([1, 2]), .init([1])], [1, 2])
        }
        for isCategorical in [false, true] {
            #expect(throws: BoostingError.notFinite(column: 0, row: 1)) {
                try fit([.init([1, -.infinity], isCategorical: isCategorical)], [1, 2])
            }
        }
    }

    @Test(
        arguments: [
            (.binary, 2), (.binary, .nan), (.classes(3), 3), (.classes(3), -1), (.classes(3), 0.5), (.classes(3), .nan),
            (.number, .infinity), (.number, .nan), (.count, -1), (.count, .infinity), (.count, .nan),
        ] as [(BoostedTrees.Objective, Double)])
    func targetsOfAnotherKindAreRefused(objective: BoostedTrees.Objective, target: Double) {
        #expect(throws: BoostingError.badTarget(row: 1)) { try fit([.init([1, 2])], [0, target], objective) }
    }

    @Test func parametersHaveRanges() {
        func expect(_ name: String, _ change: (inout BoostedTrees.Parameters) -> Void) {
            #expect(throws: BoostingError.outOfRange(parameter: name)) {
                try fit([column], column.values, .number, change)
            }
        }
        for rounds in [0, 100_001] { expect("rounds") { $0.rounds = rounds } }
        for rate in [0, 1.1, .nan] { expect("rate") { $0.rate = rate } }
        for depth in [0, 17] { expect("depth") { $0.depth = depth } }
        for weight in [0, .nan] { expect("minimumChildWeight") { $0.minimumChildWeight = weight } }
        for lambda in [-1, .nan] { expect("lambda") { $0.lambda = lambda } }
        for gain in [-1, .nan] { expect("minimumGain") { $0.minimumGain = gain } }
        for smoothing in [-1, .nan] { expect("categorySmoothing") { $0.categorySmoothing = smoothing } }
        expect("patience") { $0.patience = 0 }
        #expect(throws: BoostingError.outOfRange(parameter: "classes")) {
            try fit([.init([1, 2])], [0, 0], .classes(1))
        }
    }

    @Test func cancelledWorkEnds() {
        let cancellation = Cancellation()
        cancellation.cancel()
        #expect(throws: BoostingError.cancelled) {
            try WorkContext(cancellation: cancellation).run { try fit([column], column.values) }
        }
    }
}
