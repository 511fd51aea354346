public import Arithmetic

/// The MatMul source layer in the clear: `Z = X W`, X without its zeros.
///
/// What the protected layer computes on shares, without protection: for jobs that say `protection: none`, where each
/// party holds its own rows of W, and for baselines on columns in one place.
public struct LinearSource: Hashable, Codable, Sendable {
    /// W, columns of X x width.
    public private(set) var weights: TrainedMatrix

    /// A layer with the given weights, columns of X x width.
    public init(weights: Matrix<Double>) { self.weights = TrainedMatrix(weights) }

    /// Uniform weights.
    ///
    /// - Parameter deviation: their standard deviation.
    /// - Throws: what the initializer's stream throws.
    public init(columns: Int, width: Int, deviation: Double, from initializer: Initializer) throws {
        self.init(weights: try initializer.uniform(rows: columns, columns: width, deviation: deviation))
    }

    /// Columns of X.
    public var columns: Int { weights.rows }
    /// Columns of Z.
    public var width: Int { weights.columns }

    /// `X W`, rows x ``width``.
    public func callAsFunction(_ batch: SparseMatrix<Double>) -> Matrix<Double> {
        precondition(batch.columns == columns, "X is as wide as W is high")
        var z = [Double](repeating: 0, count: batch.rows * width)
        addProduct(batch, weights.elements, width: width, to: &z)
        return Matrix(rows: batch.rows, columns: width, elements: z)
    }

    /// The derivative by some columns of X, `dZ Wᵀ` at the present weights: rows x as many columns.
    ///
    /// - Parameter dZ: rows x ``width``, summed over the batch as ``TopModel/Step/gradient`` is.
    public func gradient(by columns: Range<Int>, dZ: Matrix<Double>) -> Matrix<Double> {
        precondition(columns.lowerBound >= 0 && columns.upperBound <= self.columns, "columns of X")
        return Matrix(
            rows: dZ.rows, columns: columns.count,
            elements: transposedProduct(dZ, weights.elements, rows: columns))
    }

    /// Descends along `Xᵀ dZ`.
    ///
    /// - Parameter gradient: dZ, rows x ``width``, summed over the batch as ``TopModel/Step/gradient`` is.
    public mutating func descend(
        _ batch: SparseMatrix<Double>, gradient: Matrix<Double>, by descent: SourceDescent
    ) {
        precondition(batch.columns == columns, "X is as wide as W is high")
        precondition(gradient.rows == batch.rows && gradient.columns == width, "one row of dZ for each row of X")
        weights.descend(batch: batch.rows, by: descent) { factor, target in
            addTransposedProduct(batch, gradient, times: factor, to: &target)
        }
    }
}

/// `target += X W`, row by row in the order of the columns.
private func addProduct(
    _ batch: SparseMatrix<Double>, _ weights: [Double], width: Int, to target: inout [Double]
) {
    for row in 0..<batch.rows {
        for place in batch.row(row) {
            let (from, to) = (place.column * width, row * width)
            for column in 0..<width { target[to + column] += place.value * weights[from + column] }
        }
    }
}

/// `target += factor Xᵀ dZ`, in the order of the rows.
private func addTransposedProduct(
    _ batch: SparseMatrix<Double>, _ dZ: Matrix<Double>, times factor: Double, to target: inout [Double]
) {
    let (gradient, width) = (dZ.elements, dZ.columns)
    for row in 0..<batch.rows {
        for place in batch.row(row) {
            let (from, to, scaled) = (row * width, place.column * width, factor * place.value)
            for column in 0..<width { target[to + column] += scaled * gradient[from + column] }
        }
    }
}

/// `dZ Wᵀ` for some rows of W, row-major.
func transposedProduct(_ dZ: Matrix<Double>, _ weights: [Double], rows: Range<Int>) -> [Double] {
    let (gradient, width) = (dZ.elements, dZ.columns)
    var product = [Double](repeating: 0, count: dZ.rows * rows.count)
    for row in 0..<dZ.rows {
        for (place, weightRow) in rows.enumerated() {
            var sum = 0.0
            for column in 0..<width { sum += gradient[row * width + column] * weights[weightRow * width + column] }
            product[row * rows.count + place] = sum
        }
    }
    return product
}
