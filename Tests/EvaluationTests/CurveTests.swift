import Evaluation
import Foundation
import Testing

/// Tables over thresholds and bins, of labels 0 and 1.
@Suite struct CurveTests {
    @Test(arguments: Vector.all(.binary))
    func thresholdsAgreeWithScikitLearn(vector: Vector) throws {
        let table = try ThresholdTable(vector.predictions, against: vector.targets)
        #expect(table.entries.map(\.threshold) == ThresholdTable.standard)
        let found = table.entries.map(\.counts).map {
            [$0.trueNegatives, $0.falsePositives, $0.falseNegatives, $0.truePositives]
        }
        #expect(found == vector.thresholds)
        #expect(agree(table.bestF1.counts.f1, vector.bestF1))
        #expect(agree(table.bestKS.counts.recall - table.bestKS.counts.fallout, vector.bestKS))
        // The same counts, had one asked for that threshold alone.
        for entry in table.entries + [table.bestF1, table.bestKS] {
            let counts = try ConfusionCounts(vector.predictions, against: vector.targets, above: entry.threshold)
            #expect(counts == entry.counts, "\(entry.threshold)")
        }
    }

    @Test(arguments: Vector.all(.binary))
    func calibrationAgreesWithScikitLearn(vector: Vector) throws {
        let calibration = try Calibration(vector.predictions, against: vector.targets)
        let expected = try #require(vector.calibration)
        #expect(calibration.bins.count == expected[0].count)
        for (index, bin) in calibration.bins.enumerated() {
            #expect(agree(bin.predicted, expected[0][index]) && agree(bin.observed, expected[1][index]), "\(index)")
        }
        #expect(agree(calibration.expectedError, vector.calibrationError))
    }

    @Test(arguments: Vector.all(.binary))
    func gainsAreThoseOfSortedRows(vector: Vector) throws {
        let table = try GainTable(vector.predictions, against: vector.targets)
        let expected = try #require(vector.gain)
        let (rows, positives) = (Double(vector.targets.count), vector.targets.reduce(0, +))
        #expect(table.bins.count == expected.count)
        for (index, end) in expected.enumerated() {
            #expect(agree(table.depths[index], end[0] / rows) && agree(table.gains[index], end[1] / positives))
        }
        let lifts = zip(table.bins, table.lifts).reduce(0) { $0 + $1.0.rows * $1.1 }
        #expect(agree(lifts, rows), "the mean lift is 1")
        let scores = zip(table.bins, table.bins.dropFirst())
        #expect(scores.allSatisfy { $0.meanScore > $1.meanScore })
    }

    @Test(arguments: Vector.all(.binary))
    func stabilityIsThatOfDeciles(vector: Vector) throws {
        let reference = try #require(vector.reference)
        let stability = try Stability(reference: reference, actual: vector.predictions)
        #expect(agree(stability.index, vector.psi), "\(stability.index)")
        #expect(stability.bins.reduce(0) { $0 + $1.actual } == vector.predictions.count)
        #expect(try Stability(reference: reference, actual: reference).index == 0)
    }

    @Test func orderOfRowsDecidesNothing() throws {
        for vector in Vector.all(.binary) {
            let order = vector.targets.indices.shuffled()
            let (scores, labels) = vector.rows(order)
            let weights = vector.targets.indices.map { Double($0 % 3 + 1) }
            let moved = order.map { weights[$0] }
            #expect(
                try ThresholdTable(scores, against: labels, weights: moved)
                    == ThresholdTable(vector.predictions, against: vector.targets, weights: weights))
            let gains = try GainTable(scores, against: labels, weights: moved)
            let expected = try GainTable(vector.predictions, against: vector.targets, weights: weights)
            #expect(gains.bins.map(\.rows) == expected.bins.map(\.rows) && gains.gains == expected.gains)
            let bins = try Calibration(scores, against: labels, weights: moved).bins
            let others = try Calibration(vector.predictions, against: vector.targets, weights: weights).bins
            #expect(zip(bins, others).allSatisfy { $0.rows == $1.rows && agree($0.predicted, $1.predicted) })
        }
    }

    @Test func wholeWeightsAreRepeatedRows() throws {
        for vector in Vector.all(.binary) where vector.targets.count > 3 {
            let weights = vector.targets.indices.map { [2, 0, 1, 3][$0 % 4] }
            let (scores, labels) = vector.rows(
                weights.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) })
            let numbers = weights.map { Double($0) }
            #expect(
                try ThresholdTable(scores, against: labels)
                    == ThresholdTable(vector.predictions, against: vector.targets, weights: numbers))
            let repeated = try GainTable(scores, against: labels)
            let weighted = try GainTable(vector.predictions, against: vector.targets, weights: numbers)
            #expect(repeated.gains == weighted.gains && repeated.depths == weighted.depths, "\(vector.name)")
        }
    }

    /// What a report may show: no bin of fewer rows than its reader may see alone, and nothing that is not in the bins.
    @Test(arguments: Vector.all(.binary).filter { $0.targets.count > 50 }, [1, 2, 5])
    func smallBinsJoinTheirNeighbours(vector: Vector, part: Int) throws {
        let (scores, labels) = (vector.predictions, vector.targets)
        let reference = try Array(#require(vector.reference).prefix(labels.count / part))
        let bins = try ScoreBins(scores, against: labels, reference: reference).bins
        #expect(bins.allSatisfy { $0.rows >= ScoreBins.fewest && $0.reference >= ScoreBins.fewest })
        #expect(bins.reduce(0) { $0 + $1.rows } == labels.count)
        #expect(bins.reduce(0) { $0 + $1.reference } == reference.count)
        #expect(bins.last?.above == nil && bins.dropLast().allSatisfy { $0.above != nil })
        for bin in bins {
            let above = bin.above ?? -.infinity
            #expect(try bin.counts == ConfusionCounts(scores, against: labels, above: above))
            #expect(
                (above * 1000).rounded() == above * 1000 || bin.above == nil
                    || agree(above * 1000, (above * 1000).rounded()))
        }
        let weighted = zip(bins, bins).reduce(0) { $0 + Double($1.0.rows) * $1.0.meanScore }
        #expect(agree(weighted, scores.reduce(0, +)))
        #expect(agree(bins.reduce(0) { $0 + Double($1.rows) * $1.lift }, Double(labels.count)))
    }

    @Test func fewRowsHaveNoBins() throws {
        let (scores, labels) = ((0..<19).map { Double($0) / 19 }, (0..<19).map { Double($0 % 2) })
        #expect(try ScoreBins(scores, against: labels, reference: scores).bins.count == 1)
        #expect(try ScoreBins(scores, against: labels, reference: Array(scores.prefix(9))).bins.isEmpty)
        #expect(
            try ScoreBins(Array(scores.prefix(9)), against: Array(labels.prefix(9)), reference: scores).bins.isEmpty)
        #expect(throws: EvaluationError.oneClass) { try ScoreBins([0.5], against: [1], reference: []) }
    }

    @Test func aShareOfNothingCountsAsTheFloor() throws {
        // All of the reference below all that is compared with it: nine bins of a tenth vanish, one holds everything.
        let reference = (0..<10).map { Double($0) }
        let index = try Stability(reference: reference, actual: [20, 21, 22]).index
        let expected = 9 * (Stability.floor - 0.1) * log(Stability.floor / 0.1) + 0.9 * log(10)
        #expect(agree(index, expected))
    }

    @Test func refusesWhatCannotBeMeasured() {
        #expect(throws: EvaluationError.oneClass) { try ThresholdTable([0.5], against: [1]) }
        #expect(throws: EvaluationError.oneClass) { try GainTable([0.5], against: [0]) }
        #expect(throws: EvaluationError.notBinary(row: 0)) { try ConfusionCounts([0.5], against: [2], above: 0) }
        #expect(throws: EvaluationError.notAProbability(row: 0)) { try Calibration([1.5], against: [1]) }
        #expect(throws: EvaluationError.empty) { try Stability(reference: [], actual: [1]) }
        #expect(throws: EvaluationError.notFinite(row: 1)) { try Stability(reference: [1], actual: [1, .nan]) }
    }
}
