import Arithmetic
import Attacks
import Testing

@Suite struct FeatureAttackTests {
    private let planted: Planted
    private let weights = Matrix(rows: 5, columns: 1, elements: [1, -1, 0.5, 0.2, 0.1])

    init() throws { planted = try Planted() }

    private var activations: Visits { planted.visits((planted.truth * weights).selecting(rows: planted.rows)) }

    @Test(arguments: [40, 400]) func regression(known: Int) throws {
        let attack = try #require(
            FeatureRegression(
                known: known, own: planted.own, truth: planted.truth, rows: Array(0..<Planted.rows)))
        #expect(attack.columns == [0, 1, 2, 3, 4])
        #expect(try #require(attack.advantage(of: activations)).value >= 0.2)
        #expect(try #require(attack.advantage(of: activations.shuffled())).value <= 0.01)
        #expect(try #require(attack.advantage(of: planted.noise("noise", columns: 4))).value <= 0.01)
    }

    /// What own features tell already is no advantage.
    @Test func ownFeaturesAreNoAdvantage() throws {
        let attack = try #require(
            FeatureRegression(known: 400, own: planted.own, truth: planted.own, rows: Array(0..<Planted.rows)))
        let same = planted.visits(planted.own.selecting(rows: planted.rows))
        #expect(try #require(attack.advantage(of: same)).value <= 0.01)
    }

    @Test func rareColumnsAreNotTried() {
        var truth = Matrix<Double>(rows: 1000, columns: 2, repeating: 0)
        for row in 0..<1000 {
            truth[row, 0] = row < 10 ? 1 : 0
            truth[row, 1] = Double(row % 2)
        }
        let own = Planted.normal("own", 1000, 2)
        #expect(FeatureRegression(known: 40, own: own, truth: truth, rows: Array(0..<1000))?.columns == [1])
        #expect(FeatureRegression(known: 400, own: own, truth: truth, rows: Array(0..<700)) == nil)
    }

    @Test func inversion() throws {
        let shares = planted.rounds.indices.map { Planted.normal("share \($0)", 5, 2) }
        let products = planted.rounds.enumerated().map { number, round in
            planted.truth.selecting(rows: round.rows) * shares[number]
        }
        let seen = planted.visits(.above(products))
        let estimate = try #require(FeatureInversion.features(seen, shares: shares))
        // Two equations for five unknowns: two fifths of their variance.
        let measured = try #require(FeatureInversion.correlation(estimate, with: planted.truth))
        #expect(measured.value > 0.55 && measured.value < 0.75)
        let noise = try #require(
            FeatureInversion.features(planted.noise("noise", columns: 2), shares: shares))
        let nothing = try #require(FeatureInversion.correlation(noise, with: planted.truth))
        #expect(nothing.deviation <= max(0.02, 4.1 * nothing.standardError))
        #expect(FeatureInversion.features(planted.noise("noise"), shares: shares) == nil)
    }

    @Test func enoughEquationsGiveTheFeatures() throws {
        let share = Planted.normal("square", 5, 5)
        let shares = planted.rounds.map { _ in share }
        let seen = planted.visits((planted.truth * share).selecting(rows: planted.rows))
        let estimate = try #require(FeatureInversion.features(seen, shares: shares))
        #expect(try #require(FeatureInversion.correlation(estimate, with: planted.truth)).value > 0.99)
    }

    @Test func gradientInversion() throws {
        let derivatives = planted.rounds.map { planted.derivatives.selecting(rows: $0.places) }
        let gradients = Gradients(
            rounds: zip(planted.rounds, derivatives).map { round, derivative in
                .init(
                    rows: round.rows,
                    matrix: planted.truth.selecting(rows: round.rows).transposed() * derivative)
            })
        let found = try #require(
            FeatureInversion.correlation(gradients.features(derivatives: derivatives), with: planted.truth))
        // One equation for a hundred rows, whose features go with the labels.
        #expect(found.value > 0.07 && found.value < 0.4)
        let noise = Gradients(
            rounds: planted.rounds.enumerated().map { number, round in
                .init(rows: round.rows, matrix: Planted.normal("gradient \(number)", 5, 1))
            })
        let nothing = try #require(
            FeatureInversion.correlation(noise.features(derivatives: derivatives), with: planted.truth))
        #expect(nothing.deviation <= max(0.02, 4.1 * nothing.standardError))
    }
}
