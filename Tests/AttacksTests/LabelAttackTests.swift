import Arithmetic
import Attacks
import Testing

/// Planted leaks must light up, noise must not.
@Suite struct LabelAttackTests {
    private let planted: Planted

    init() throws { planted = try Planted() }

    private func limit(_ measurement: Measurement) -> Double { max(0.02, 3.5 * measurement.standardError) }

    @Test(arguments: zip(LabelScoring.allCases, [0.9, 0.99, 0.9]))
    func derivativesInTheClear(scoring: LabelScoring, least: Double) throws {
        let visits = planted.visits(planted.derivatives)
        #expect(try #require(scoring.measure(visits, planted.labels)).value >= least)
        let shuffled = try #require(scoring.measure(visits, planted.labels.shuffled()))
        #expect(shuffled.deviation <= limit(shuffled))
    }

    /// Along one direction of several, as where a layer is wider.
    @Test(arguments: LabelScoring.allCases) func wideDerivatives(scoring: LabelScoring) throws {
        let visits = planted.visits(planted.derivatives * Matrix(rows: 1, columns: 3, elements: [0.5, -2, 1]))
        #expect(try #require(scoring.measure(visits, planted.labels)).value >= 0.9)
    }

    @Test(arguments: LabelScoring.allCases) func noiseSaysNothing(scoring: LabelScoring) throws {
        for columns in [1, 4] {
            let measured = try #require(scoring.measure(planted.noise("noise", columns: columns), planted.labels))
            #expect(measured.deviation <= limit(measured))
        }
    }

    /// A tenth of dZ under noise of its own size is found, too.
    @Test func weakLeaks() throws {
        let noise = planted.noise("noise").numbers
        let visits = planted.visits(planted.derivatives + noise.map { 2 * $0 })
        let measured = try #require(LabelScoring.direction.measure(visits, planted.labels))
        #expect(measured.value > 0.5 + limit(measured) && measured.value < 0.8)
    }

    @Test func balancedLabelsHaveNoRareClass() throws {
        let labels = try #require(Labels(targets: (0..<100).map(Double.init)))
        #expect(!LabelScoring.norm.applies(to: labels) && LabelScoring.direction.applies(to: labels))
    }

    // MARK: - Gradients

    private func gradients(of own: Matrix<Double>, _ derivatives: Matrix<Double>) -> Gradients {
        Gradients(
            rounds: planted.rounds.map { round in
                let rows = own.selecting(rows: round.rows)
                return .init(rows: round.rows, matrix: rows.transposed() * derivatives.selecting(rows: round.places))
            })
    }

    @Test func gradientsOfWideRowsGiveDerivatives() throws {
        let own = Planted.normal("wide", Planted.rows, 120)
        let solved = gradients(of: own, planted.derivatives).derivatives(own: own)
        let measured = try #require(LabelScoring.direction.measure(solved, planted.labels))
        #expect(measured.value >= 0.99)
    }

    @Test func gradientsOfNarrowRowsSaySomething() throws {
        let solved = gradients(of: planted.own, planted.derivatives).derivatives(own: planted.own)
        let measured = try #require(LabelScoring.direction.measure(solved, planted.labels))
        #expect(measured.value >= 0.55)
        let noise = Gradients(
            rounds: planted.rounds.enumerated().map { number, round in
                .init(rows: round.rows, matrix: Planted.normal("gradient \(number)", 4, 1))
            })
        let nothing = try #require(
            LabelScoring.direction.measure(noise.derivatives(own: planted.own), planted.labels))
        #expect(nothing.deviation <= limit(nothing))
    }

    // MARK: - Completion

    @Test(arguments: [40, 400]) func completion(known: Int) throws {
        let attack = try #require(
            LabelCompletion(known: known, own: planted.own, labels: planted.labels, rows: Set(0..<Planted.rows)))
        #expect(try #require(attack.advantage(of: planted.visits(planted.derivatives))).value >= 0.05)
        #expect(try #require(attack.advantage(of: planted.noise("noise", columns: 3))).value <= 0.01)
        let shuffled = try #require(attack.advantage(of: planted.visits(planted.derivatives).shuffled()))
        #expect(shuffled.value <= 0.01)
    }

    /// Draws that know different rows tell an advantage of 0.01 from nothing, nearly.
    @Test func manyDrawsOfFewLabels() throws {
        let attack = try #require(
            LabelCompletion(known: 40, own: planted.own, labels: planted.labels, rows: Set(0..<Planted.rows)))
        let nothing = try #require(attack.advantage(of: planted.noise("noise", columns: 3)))
        #expect(nothing.standardError <= 0.005 && nothing.standardError > 0)
        #expect(nothing.count == planted.rows.count)
    }

    /// Over many frames of noise, means over draws lie as far from each other as they say.
    @Test func standardErrorOfDraws() throws {
        let rows = 0..<1000
        let own = planted.own.selecting(rows: Array(rows))
        let labels = try #require(Labels(targets: planted.targets.prefix(rows.count).map { $0 }))
        let attack = try #require(LabelCompletion(known: 40, own: own, labels: labels, rows: Set(rows)))
        let measured = try (0..<40).map { number in
            try #require(
                attack.advantage(
                    of: Visits(
                        rows: Array(rows), batches: rows.map { $0 / 100 },
                        numbers: Planted.normal("frame \(number)", rows.count, 3))))
        }
        let mean = measured.reduce(0) { $0 + $1.value } / 40
        let spread = (measured.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / 39).squareRoot()
        let stated = measured.reduce(0) { $0 + $1.standardError } / 40
        #expect((0.5...1.5).contains(spread / stated), "\(spread) against \(stated)")
        #expect(mean <= 0)
    }

    @Test func completionNeedsRows() {
        let few = Set(0..<60)
        #expect(LabelCompletion(known: 40, own: planted.own, labels: planted.labels, rows: few) == nil)
    }
}
