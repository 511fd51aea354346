package import Arithmetic

/// Linear regression with a penalty on the squared coefficients (Hoerl and Kennard 1970), chosen for each target from a fixed list
/// by its leave-one-out errors (PRESS; Allen 1974). Among the choices is to explain nothing.
package struct RidgeRegression: Sendable {
    /// A row for each column of the design, a column for each target.
    package let coefficients: Matrix<Double>
    /// What is added for each target.
    package let intercepts: [Double]
    /// What each row leaves unexplained where it was left out.
    package let leftOut: Matrix<Double>

    /// Small ones for what is exact, large ones for noise; designs have columns of variance one.
    static let penalties = [1e-8, 1e-5, 1e-2, 1, 10, 100, 1000]

    /// Learns from rows of a design and the targets of the same rows; two rows at least.
    package init(_ design: Matrix<Double>, _ targets: Matrix<Double>) {
        precondition(design.rows == targets.rows && design.rows > 1, "targets of the same rows")
        let (count, size) = (design.rows, design.columns)
        let (means, offsets) = (design.columnMeans, targets.columnMeans)
        let (centered, wanted) = (design.subtracting(means), targets.subtracting(offsets))
        let gram = centered.gram
        let moments = centered.transposedProduct(wanted)

        var best = Matrix<Double>(rows: size, columns: targets.columns, repeating: 0)
        var errors = wanted.map { $0 * Double(count) / Double(count - 1) }
        var least = errors.columnSumsOfSquares
        for penalty in Self.penalties {
            var matrix = gram
            for place in 0..<size { matrix[place * size + place] += penalty }
            guard let factor = Cholesky(matrix, size: size) else { continue }
            let solutions = (0..<targets.columns).map { target in
                factor.solve((0..<size).map { moments[$0, target] })
            }
            let solution = Matrix(rows: targets.columns, columns: size, elements: solutions.flatMap { $0 }).transposed()
            var candidate = wanted - centered.product(solution)
            for row in 0..<count {
                let leverage = factor.halfSolve(centered.row(row)).reduce(1 / Double(count)) { $0 + $1 * $1 }
                // Of a row that is fitted exactly nothing can be said.
                let scale = leverage < 1 - 1e-9 ? 1 / (1 - leverage) : .infinity
                for target in 0..<targets.columns { candidate[row, target] *= scale }
            }
            let sums = candidate.columnSumsOfSquares
            for target in 0..<targets.columns where sums[target] < least[target] {
                least[target] = sums[target]
                for row in 0..<size { best[row, target] = solution[row, target] }
                for row in 0..<count { errors[row, target] = candidate[row, target] }
            }
        }
        coefficients = best
        leftOut = errors
        let shift = Matrix(rows: 1, columns: size, elements: means).product(best)
        intercepts = zip(offsets, shift.elements).map { $0 - $1 }
    }

    /// What it expects of other rows.
    package func predict(_ design: Matrix<Double>) -> Matrix<Double> {
        design.product(coefficients).subtracting(intercepts.map { -$0 })
    }
}
