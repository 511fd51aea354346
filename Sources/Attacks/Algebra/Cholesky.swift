/// The factor L of a positive definite matrix `A = L L^T` (Golub and Van Loan, *Matrix Computations*, section 4.2).
struct Cholesky {
    private let size: Int
    /// Row by row; above the diagonal nothing is read.
    private var factor: [Double]

    /// - Parameter symmetric: Row by row; only the lower half is read.
    /// - Returns: `nil` unless it is positive definite in floating point.
    init?(_ symmetric: [Double], size: Int) {
        precondition(symmetric.count == size * size, "a square matrix")
        self.size = size
        factor = symmetric
        let isDefinite = factor.withUnsafeMutableBufferPointer { factor in
            for row in 0..<size {
                for column in 0...row {
                    var rest = factor[row * size + column]
                    for inner in 0..<column { rest -= factor[row * size + inner] * factor[column * size + inner] }
                    if row != column {
                        factor[row * size + column] = rest / factor[column * size + column]
                    } else {
                        guard rest > 1e-14 * symmetric[row * size + row], rest > 0 else { return false }
                        factor[row * size + row] = rest.squareRoot()
                    }
                }
            }
            return true
        }
        guard isDefinite else { return nil }
    }

    /// `L^-1 vector`.
    func halfSolve(_ vector: some Collection<Double>) -> [Double] {
        var solution = Array(vector)
        factor.withUnsafeBufferPointer { factor in
            for row in 0..<size {
                var rest = solution[row]
                for inner in 0..<row { rest -= factor[row * size + inner] * solution[inner] }
                solution[row] = rest / factor[row * size + row]
            }
        }
        return solution
    }

    /// `A^-1 vector`.
    func solve(_ vector: some Collection<Double>) -> [Double] {
        var solution = halfSolve(vector)
        factor.withUnsafeBufferPointer { factor in
            for row in stride(from: size - 1, through: 0, by: -1) {
                solution[row] /= factor[row * size + row]
                for inner in 0..<row { solution[inner] -= factor[row * size + inner] * solution[row] }
            }
        }
        return solution
    }
}
