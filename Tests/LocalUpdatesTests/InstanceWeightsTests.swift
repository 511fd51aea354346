import Arithmetic
import LocalUpdates
import Testing

/// How much rows count.
@Suite struct InstanceWeightsTests {
    private let exchanged = Matrix(rows: 4, columns: 2, elements: [1.0, 0, 0, 2, 3, 0, 0, 0])
    private let now = Matrix(rows: 4, columns: 2, elements: [5.0, 0, 1, 1, -1, 0, 1, 2])

    private func weights(_ angle: Int) -> [Double] {
        ReusePlan(workset: 5, reuse: 5, maxAngle: angle).weights(now: now, exchanged: exchanged)
    }

    @Test func cosinesUpToTheAngle() {
        let half = 0.5.squareRoot()
        for (seen, expected) in [
            (weights(60), [1, half, 0, 0]), (weights(44), [1, 0, 0, 0]), (weights(179), [1, half, 0, 0]),
        ] {
            #expect(zip(seen, expected).allSatisfy { abs($0 - $1) < 1e-15 }, "\(seen)")
        }
    }

    @Test func allCountWithoutAnAngle() { #expect(weights(180) == [1, 1, 1, 1]) }

    @Test func aSingleNumberHasNoDirection() {
        let plan = ReusePlan(workset: 5, reuse: 5, maxAngle: 60)
        let column = Matrix(rows: 2, columns: 1, elements: [1.0, -1])
        #expect(plan.weights(now: column, exchanged: column.map { -$0 }) == [1, 1])
        #expect(!plan.weighs(width: 1) && plan.weighs(width: 2))
    }

    /// As far as rounding goes beyond 1, it is cut.
    @Test func noWeightIsAboveOne() {
        let rows = Matrix(rows: 50, columns: 3, elements: (0..<150).map { 1 / Double($0 + 3) })
        let weights = ReusePlan(workset: 2, reuse: 2, maxAngle: 1).weights(now: rows.map { $0 * 1.1 }, exchanged: rows)
        #expect(weights.allSatisfy { $0 <= 1 && $0 > 0.999_999 })
    }
}
