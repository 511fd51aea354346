internal import Glibc
package import Arithmetic

/// Logistic regression with a penalty of one on the squared coefficients, by Newton's method (iteratively reweighted least
/// squares; Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning*, section 4.4.1).
package struct LogisticRegression: Sendable {
    package let coefficients: [Double]
    package let intercept: Double

    private static let penalty = 1.0
    private static let mostSteps = 30

    /// Learns from rows of a design, whose columns have variance one, and the class of each.
    package init(_ design: Matrix<Double>, _ classes: [Bool]) {
        precondition(design.rows == classes.count, "a class for each row")
        let extended = Matrix.beside([design, Matrix(rows: design.rows, columns: 1, repeating: 1)])
        let size = extended.columns
        var solution = [Double](repeating: 0, count: size)
        for _ in 0..<Self.mostSteps {
            let scores = extended.product(Matrix(rows: size, columns: 1, elements: solution)).elements
            let probabilities = scores.map(sigmoid)
            var curvature = extended.gram(weights: probabilities.map { max($0 * (1 - $0), 1e-6) })
            let residuals = zip(probabilities, classes).map { ($1 ? 1 : 0) - $0 }
            var gradient = extended.transposedProduct(Matrix(rows: residuals.count, columns: 1, elements: residuals))
                .elements
            for place in 0..<size - 1 {
                curvature[place * size + place] += Self.penalty
                gradient[place] -= Self.penalty * solution[place]
            }
            // Where all rows are of one class, only this holds the intercept.
            curvature[size * size - 1] += 1e-6
            guard let factor = Cholesky(curvature, size: size) else { break }
            let step = factor.solve(gradient)
            let length = step.map(abs).max() ?? 0
            // A long step leaves the region where the curvature holds.
            let scale = min(1, 4 / max(length, 1e-300))
            for place in 0..<size { solution[place] += scale * step[place] }
            if length < 1e-8 { break }
        }
        coefficients = Array(solution.dropLast())
        intercept = solution.last ?? 0
    }

    /// Log odds of other rows.
    package func scores(_ design: Matrix<Double>) -> [Double] {
        design.product(Matrix(rows: coefficients.count, columns: 1, elements: coefficients)).elements
            .map { $0 + intercept }
    }
}

/// `1 / (1 + exp(-score))`.
package func sigmoid(_ score: Double) -> Double { 1 / (1 + exp(-score)) }
