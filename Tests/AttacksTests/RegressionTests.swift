import Arithmetic
import Attacks
import Testing

@Suite struct RegressionTests {
    @Test func ridgeFindsExactCoefficients() {
        let design = Planted.normal("design", 60, 5)
        let wanted = Planted.normal("coefficients", 5, 2)
        let model = RidgeRegression(design, (design * wanted).map { $0 + 3 })
        for place in 0..<10 { #expect(abs(model.coefficients.elements[place] - wanted.elements[place]) < 1e-6) }
        #expect(model.intercepts.allSatisfy { abs($0 - 3) < 1e-6 })
    }

    /// What a row leaves where it was left out, by leaving it out. Of the same penalty, which a target that follows the design nearly
    /// always gets: the smallest.
    @Test func leftOutIsLeavingOut() {
        let design = Planted.normal("design", 40, 3)
        let target = design * Planted.normal("coefficients", 3, 1) + Planted.normal("noise", 40, 1).map { 0.01 * $0 }
        let model = RidgeRegression(design, target)
        for row in 0..<3 {
            let others = (0..<40).filter { $0 != row }
            let ones = Matrix<Double>(rows: 39, columns: 1, repeating: 1)
            let solved = LeastSquares(.beside([design.selecting(rows: others), ones]), target.selecting(rows: others))
                .solution
            let expected = target[row, 0] - (0..<3).reduce(solved[3, 0]) { $0 + design[row, $1] * solved[$1, 0] }
            #expect(abs(model.leftOut[row, 0] - expected) < 1e-4)
        }
    }

    @Test func ridgeOfNoiseExplainsNothing() {
        let (design, target) = (Planted.normal("design", 40, 6), Planted.normal("unrelated", 40, 20))
        let model = RidgeRegression(design, target)
        let others = Planted.normal("other rows", 2000, 6)
        let left = Planted.normal("other targets", 2000, 20) - model.predict(others)
        let explained = 1 - left.elements.reduce(0) { $0 + $1 * $1 } / 40_000
        #expect(explained > -0.1 && explained < 0.01)
    }

    /// At the solution the gradient is zero: residuals are orthogonal to columns, but for the penalty.
    @Test func logisticSolvesItsEquations() throws {
        let planted = try Planted()
        let design = planted.own.prefix(rows: 300)
        let classes = planted.targets.prefix(300).map { $0 == 1 }
        let model = LogisticRegression(design, classes)
        let residuals = zip(model.scores(design), classes).map { ($1 ? 1 : 0) - sigmoid($0) }
        for column in 0..<4 {
            let gradient = residuals.indices.reduce(0) { $0 + residuals[$1] * design[$1, column] }
            #expect(abs(gradient - model.coefficients[column]) < 1e-5)
        }
        #expect(abs(residuals.reduce(0, +)) < 1e-4)
    }

    /// Classes that a column separates do not send coefficients to infinity.
    @Test func logisticEndsWhereClassesSeparate() {
        let model = LogisticRegression(
            Matrix(rows: 4, columns: 1, elements: [-1, -1, 1, 1]), [false, false, true, true])
        #expect(model.coefficients[0] > 0.5 && model.coefficients[0] < 2)
    }
}
