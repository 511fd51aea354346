import Preparation
import Tables
import Testing

@Suite struct WeightOfEvidenceTests {
    private func expect(
        _ bins: [(rows: Int, events: Int)], _ weights: [Double], value: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let evidence = try #require(WeightOfEvidence(bins), sourceLocation: sourceLocation)
        #expect(evidence.weights.count == weights.count, sourceLocation: sourceLocation)
        for (own, expected) in zip(evidence.weights, weights) {
            #expect(abs(own - expected) < 1e-12, sourceLocation: sourceLocation)
        }
        #expect(abs(evidence.informationValue - value) < 1e-12, sourceLocation: sourceLocation)
    }

    /// By numpy, from the formula as FATE has it.
    @Test func weightsAndValuesAreThoseOfTheFormula() throws {
        try expect(
            [(100, 10), (200, 60), (50, 40)], [-1.4170660197866443, -0.06713930283762869, 2.166452918669466],
            value: 1.1026509189366636)
        // Bins of one class are smoothed, empty ones say nothing.
        try expect(
            [(30, 0), (40, 40), (0, 0), (30, 15)], [-4.311544559635463, 4.193778459210288, 0, -0.20067069546215124],
            value: 5.936783509009487)
        try expect([(10, 5)], [0], value: 0)
    }

    @Test func labelsThatAreAllTheSameHaveNoWeights() {
        #expect(WeightOfEvidence([(10, 0), (3, 0)]) == nil)
        #expect(WeightOfEvidence([(10, 10)]) == nil)
        #expect(WeightOfEvidence([]) == nil)
    }
}

@Suite struct ColumnBinsTests {
    private func bins(
        _ table: Table, _ steps: [PreparationPlan.Step] = [], most: Int, fewest: Int = 1
    ) throws -> ColumnBins? {
        try ColumnBins(
            fitting: table, column: "x", rows: Array(0..<table.rowCount), steps: steps, most: most, fewest: fewest)
    }

    private func places(_ table: Table, _ bins: ColumnBins?) throws -> [Int] {
        try #require(bins).places(table, rows: Array(0..<table.rowCount))
    }

    @Test func numbersAreCutLikeBinsOfEqualFrequency() throws {
        let data = try table(numbers: [5, 1, 2, 8, 3, 7, 6, 4])
        #expect(try places(data, bins(data, most: 4)) == [2, 0, 0, 3, 1, 3, 2, 1])
        // Transforms come first: what is clipped is one value.
        let clipped = try bins(data, [.clip(low: .number(0), high: .number(3))], most: 8)
        #expect(try places(data, clipped) == [2, 0, 1, 2, 2, 2, 2, 2])
        #expect(try bins(table(numbers: [4, 4, 4]), most: 4) == nil)
    }

    @Test func smallBinsJoinTheirSmallerNeighbour() throws {
        // Bins of 1, 4, 2 and 3 rows.
        let data = try table(numbers: [1, 2, 2, 2, 2, 3, 3, 4, 4, 4])
        let whole = try bins(data, most: 10)
        #expect(try places(data, whole) == [0, 1, 1, 1, 1, 2, 2, 3, 3, 3])
        #expect(try places(data, bins(data, most: 10, fewest: 2)) == [0, 0, 0, 0, 0, 1, 1, 2, 2, 2])
        #expect(try places(data, bins(data, most: 10, fewest: 3)) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
        #expect(try bins(data, most: 10, fewest: 6)?.count == 1)
        #expect(try bins(data, most: 10, fewest: 100)?.count == 1)
    }

    @Test func gapsAreABinOrJoinTheLargest() throws {
        let data = try table(numbers: [1, 1, 1, 2, 2, nil, nil])
        #expect(try places(data, bins(data, most: 4, fewest: 2)) == [0, 0, 0, 1, 1, 2, 2])
        #expect(try places(data, bins(data, most: 4, fewest: 3)) == [0, 0, 0, 0, 0, 0, 0])
        #expect(try places(data, bins(data, [.fill(.constant("9"))], most: 10, fewest: 2)) == [0, 0, 0, 1, 1, 2, 2])
        // Gaps that are many and numbers that are few are one bin, too.
        let rare = try table(numbers: [1, nil, nil, nil])
        #expect(try places(rare, bins(rare, most: 2, fewest: 2)) == [0, 0, 0, 0])
    }

    @Test func theCommonestTextsHaveBins() throws {
        let cells = ["b", "b", "b", "a", "a", "c", "c", "d", ""]
        let data = try table(cells: cells, as: .category)
        // a and b, all others, and the gap.
        #expect(try places(data, bins(data, most: 3)) == [1, 1, 1, 0, 0, 2, 2, 2, 3])
        #expect(try places(data, bins(data, most: 4)) == [1, 1, 1, 0, 0, 2, 2, 3, 4])
        // d and the gap are too few: they join b.
        #expect(try places(data, bins(data, most: 9, fewest: 2)) == [1, 1, 1, 0, 0, 2, 2, 1, 1])
        #expect(
            try places(data, bins(data, [.fill(.constant("d"))], most: 9, fewest: 2)) == [1, 1, 1, 0, 0, 2, 2, 3, 3])
        let alike = try table(cells: ["a", "a"], as: .category)
        #expect(try bins(alike, most: 4) == nil)
    }

    /// Every bin but the only one has as many rows as asked for, whatever the column looks like.
    @Test func binsAreLargeEnough() throws {
        var state: UInt64 = 7
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        for round in 0..<200 {
            let (values, gaps) = (1 + next(40), next(4))
            let numbers = (0..<120).map { _ in next(10) < gaps ? Double?.none : Double(next(values) * next(values)) }
            let isText = round % 2 == 0
            let data =
                try isText
                ? table(cells: numbers.map { $0.map { "t\(Int($0))" } ?? "" }, as: .category) : table(numbers: numbers)
            let fewest = Int(1 + next(50))
            guard let bins = try self.bins(data, most: Int(2 + next(20)), fewest: fewest) else { continue }
            let places = try self.places(data, bins)
            let sizes = (0..<bins.count).map { bin in places.count { $0 == bin } }
            #expect(sizes.reduce(0, +) == 120)
            #expect(bins.count == 1 || sizes.allSatisfy { $0 >= fewest }, "\(sizes) \(fewest)")
        }
    }
}

@Suite struct WeighedColumnTests {
    private func preparation(
        _ table: Table, _ steps: [PreparationPlan.Step] = [], most: Int, fewest: Int = 1, weights: [Double]
    ) throws -> Preparation {
        let rows = Array(0..<table.rowCount)
        let bins = try #require(
            try ColumnBins(fitting: table, column: "x", rows: rows, steps: steps, most: most, fewest: fewest))
        return try Preparation(
            fitting: table, columns: ["x"], rows: rows,
            plan: PreparationPlan(columns: ["x": steps + [.weights(bins: most)]]),
            weighed: ["x": bins.step(weights: weights)])
    }

    @Test func laterNumbersHaveTheWeightOfTheirBin() throws {
        let training = try table(numbers: [1, 2, 3, 4, nil])
        let preparation = try preparation(training, most: 2, weights: [0.5, -1, 0.25, 99])
        #expect(preparation.columnNames == ["x"] && preparation.rawColumnCount == 1)
        #expect(try preparation.values(training) == [0.5, 0.5, -1, -1, 0.25])
        #expect(try preparation.values(table(numbers: [-100, 2.4, 2.5, 1e300, nil])) == [0.5, 0.5, -1, -1, 0.25])
        // Gaps that training did not have say nothing.
        let whole = try self.preparation(table(numbers: [1, 2, 3, 4]), most: 2, weights: [0.5, -1])
        #expect(try whole.values(table(numbers: [nil, 1])) == [0, 0.5])
    }

    @Test func laterTextsHaveTheWeightOfTheirBin() throws {
        let training = try table(cells: ["b", "b", "a", "a", "c", ""], as: .category)
        let preparation = try preparation(training, [.indicator], most: 3, weights: [1, 2, 3, 4])
        #expect(preparation.columnNames == ["x missing", "x"])
        #expect(
            try preparation.values(table(cells: ["a", "b", "c", "new", ""], as: .category))
                == [0, 1, 0, 2, 0, 3, 0, 0, 1, 4])
        let open = try self.preparation(training, most: 2, weights: [1, 2, 3])
        #expect(try open.values(table(cells: ["a", "b", "new", ""], as: .category)) == [1, 2, 2, 3])
        // Where training had no other texts, new ones say nothing.
        let closed = try self.preparation(table(cells: ["b", "a"], as: .category), most: 3, weights: [1, 2])
        #expect(try closed.values(table(cells: ["new", "", "a"], as: .category)) == [0, 0, 1])
        #expect(closed.types == ["x": .category])
    }

    @Test func weightsStayWithinTheBoundAndSurviveSaving() throws {
        let training = try table(numbers: [1, 2, 3, 4])
        let preparation = try preparation(training, most: 2, weights: [100, -100])
        let bound = Preparation.bound
        #expect(try preparation.values(training) == [bound, bound, -bound, -bound])
        let equal = try #require(
            try ColumnBins(fitting: training, column: "x", rows: [0, 1, 2, 3], steps: [], most: 2, fewest: 1))
        #expect(equal.step(weights: [0.5, 0.5]) == nil)
        // What does not vary is dropped; what nobody has weighed is an error.
        #expect(throws: TablesError.nothingToLearnFrom(file: "a.csv")) {
            try Preparation(
                fitting: training, columns: ["x"], rows: [0, 1, 2, 3], weighed: ["x": Preparation.Step?.none])
        }
        #expect(throws: PreparationError.noWeights(file: "a.csv", column: "x")) {
            try Preparation(training, [.weights(bins: 4)], training: 0..<4)
        }
        #expect(throws: PreparationError.noWeights(file: "a.csv", column: "x")) {
            try Preparation(table(cells: ["a", "b"], as: .category), [.weights(bins: 4)], training: 0..<2)
        }
    }

    @Test func listsHaveOneEncoding() {
        #expect(PreparationPlan.problem(of: [.fill(.median), .log, .weights(bins: 10)]) == nil)
        #expect(PreparationPlan.problem(of: [.rare(below: 5), .weights(bins: 10)]) == nil)
        #expect(PreparationPlan.problem(of: [.weights(bins: 10), .log]) != nil)
        #expect(PreparationPlan.problem(of: [.weights(bins: 10), .bins(count: 3, .oneHot)]) != nil)
        #expect(PreparationPlan.problem(of: [.weights(bins: 10), .embed(atLeast: 2)]) != nil)
        #expect(PreparationPlan.problem(of: [.weights(bins: 1)]) != nil)
        #expect(PreparationPlan.problem(of: [.weights(bins: 257)]) != nil)
    }
}
