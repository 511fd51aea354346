public import Arithmetic

/// The least-squares solution of linear equations, for some hundred unknowns: of all that fit best, the one of least norm.
///
/// By singular values, from one-sided Jacobi rotations: pairs of columns are turned until all are orthogonal (Hestenes 1958; Golub
/// and Van Loan, *Matrix Computations*, section 8.6.3). Short and accurate, not fast.
public struct LeastSquares: Sendable {
    /// One row for each unknown, one column for each right-hand side.
    public let solution: Matrix<Double>
    /// How many directions of the unknowns the equations determine.
    public let rank: Int

    /// Singular values below this part of the largest one count as zero.
    private static let tolerance = 1e-10

    /// Solves `coefficients * unknowns = right`, one row for each equation.
    public init(_ coefficients: Matrix<Double>, _ right: Matrix<Double>) {
        precondition(coefficients.rows == right.rows, "a right-hand side for each equation")
        let isTall = coefficients.rows >= coefficients.columns
        let rotated = OrthogonalColumns(of: isTall ? coefficients : coefficients.transposed())
        let norms = rotated.scaled.map { dot($0, $0) }
        let limit = (norms.max() ?? 0) * Self.tolerance * Self.tolerance
        let kept = norms.indices.filter { norms[$0] > limit }
        var solution = Matrix<Double>(rows: coefficients.columns, columns: right.columns, repeating: 0)
        for index in kept {
            // Either the matrix or its transpose is the sum of the products scaled * unit^T.
            let (scaled, unit) = (rotated.scaled[index], rotated.units[index])
            let (image, direction) = isTall ? (scaled, unit) : (unit, scaled)
            for column in 0..<right.columns {
                let share = (0..<right.rows).reduce(0) { $0 + image[$1] * right[$1, column] } / norms[index]
                for row in direction.indices { solution[row, column] += share * direction[row] }
            }
        }
        self.solution = solution
        rank = kept.count
    }
}

/// A matrix of no more columns than rows, times a rotation that makes its columns orthogonal.
private struct OrthogonalColumns {
    /// Columns of the product: left singular vectors times singular values.
    private(set) var scaled: [[Double]]
    /// Columns of the rotation: right singular vectors.
    private(set) var units: [[Double]]

    private static let mostSweeps = 60

    init(of matrix: Matrix<Double>) {
        let transposed = matrix.transposed()
        scaled = (0..<matrix.columns).map { Array(transposed.row($0)) }
        units = (0..<matrix.columns).map { column in (0..<matrix.columns).map { $0 == column ? 1 : 0 } }
        // What is smaller than the rounding of the whole is no direction of its own.
        let nothing = scaled.reduce(0) { $0 + dot($1, $1) } * .ulpOfOne * .ulpOfOne
        var sweeps = 0
        while sweeps < Self.mostSweeps, sweep(ignoring: nothing) > 0 { sweeps += 1 }
    }

    /// Turns each pair of columns that is not orthogonal.
    ///
    /// - Returns: How many there were.
    private mutating func sweep(ignoring nothing: Double) -> Int {
        var turned = 0
        for first in scaled.indices {
            for second in (first + 1)..<max(first + 1, scaled.count) {
                let (one, other) = (dot(scaled[first], scaled[first]), dot(scaled[second], scaled[second]))
                let both = dot(scaled[first], scaled[second])
                guard min(one, other) > nothing, abs(both) > 1e-15 * (one * other).squareRoot() else { continue }
                turned += 1
                let cotangent = (other - one) / (2 * both)
                let sign: Double = cotangent < 0 ? -1 : 1
                let tangent = sign / (abs(cotangent) + (1 + cotangent * cotangent).squareRoot())
                let cosine = 1 / (1 + tangent * tangent).squareRoot()
                turn(&scaled, first, second, cosine, tangent * cosine)
                turn(&units, first, second, cosine, tangent * cosine)
            }
        }
        return turned
    }

    private func turn(
        _ columns: inout [[Double]], _ first: Int, _ second: Int, _ cosine: Double, _ sine: Double
    ) {
        for row in columns[first].indices {
            let (one, other) = (columns[first][row], columns[second][row])
            columns[first][row] = cosine * one - sine * other
            columns[second][row] = sine * one + cosine * other
        }
    }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for index in left.indices { sum += left[index] * right[index] }
    return sum
}
